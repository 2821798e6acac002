package openai

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// places is where to look for a credential.
type places struct {
	variables sdk.Variables
	own       string
	codex     place
}

func placesOf(config sdk.Config, home string) places {
	p := places{variables: config.Variables, own: ownPath(config.StateDir)}
	if home != "" {
		p.codex.dir = filepath.Join(home, ".codex")
	}
	if dir := firstOf(config.Variables.Get(homeVariable)); dir != "" {
		if !filepath.IsAbs(dir) { // as the user's shell means it, not as this process does
			dir = filepath.Join(config.WorkingDir, dir)
		}
		p.codex.dir = dir
	}
	return p
}

// A source is one place to look. look returns why there is nothing to use.
type source struct {
	name func(places) string
	look func(context.Context, places) (credential, string)
}

// sources is the order in which credentials are looked for: a key that was given to
// jcode, Codex's file, a key in the environment.
var sources = []source{
	{func(p places) string { return p.own }, lookOwn},
	{func(p places) string { return p.codex.path() }, lookCodex},
	{func(places) string { return keyVariable }, lookVariable},
}

// found is the outcome of a search.
type found struct {
	// credential has no secret when nothing usable was found.
	credential credential
	passed     []sdk.PassedSource
	// unusable is the first credential that was there and could not be used.
	unusable credential
	why      string
}

// search returns the first credential that can be used, and why those before it
// cannot.
func (p places) search(ctx context.Context, now time.Time) found {
	var out found
	for _, s := range sources {
		name := s.name(p)
		c, reason := s.look(ctx, p)
		there := reason == ""
		if there {
			reason = c.fault(now)
		}
		if reason == "" {
			out.credential = c
			return out
		}
		if (there && !c.secret.IsZero() || unreadable(reason)) && out.why == "" {
			out.unusable, out.why = c, reason
			out.unusable.source = name
		}
		if name != "" {
			out.passed = append(out.passed, sdk.PassedSource{Source: name, Reason: reason})
		}
	}
	return out
}

const (
	notThere  = "not there"
	notParsed = "cannot be parsed"
	// notRead begins a reason that goes on with the system's own.
	notRead = "cannot be read"
)

// unreadable reports whether a reason is about the file and not about what is in it.
func unreadable(reason string) bool {
	return reason == notParsed || strings.HasPrefix(reason, notRead)
}

func lookOwn(ctx context.Context, p places) (credential, string) {
	own := readOwn(ctx, p.own)
	if own.Key == "" {
		return credential{}, "holds no key"
	}
	return keyCredential(p.own, string(own.Key)), ""
}

func lookVariable(_ context.Context, p places) (credential, string) {
	value := strings.TrimSpace(p.variables.Get(keyVariable))
	if value == "" {
		return credential{}, "not set"
	}
	c := keyCredential(keyVariable, value)
	c.variable = true
	return c, ""
}

func lookCodex(ctx context.Context, p places) (credential, string) {
	path := p.codex.path()
	if path == "" {
		return credential{}, "there is no home folder"
	}
	doc, _, err := credfile.Read(ctx, path)
	var corrupt *credfile.CorruptError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return credential{}, notThere
	case errors.As(err, &corrupt):
		return credential{}, notParsed
	case err != nil:
		return credential{}, notRead + ": " + httpapi.Excerpt(httpapi.Root(err).Error())
	}
	c, reason := readAuthFile(doc, path)
	if reason == "" {
		c.refused = readOwn(ctx, p.own).hasRefused(c)
	}
	return c, reason
}

// userHome is the user's home folder, or "" where there is none.
func userHome() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return home
}

// codexLivesIn reports whether Codex's folder is there, whatever of its file.
func codexLivesIn(authFile string) bool {
	info, err := os.Stat(filepath.Join(filepath.Dir(authFile), "config.toml"))
	return err == nil && info.Mode().IsRegular()
}
