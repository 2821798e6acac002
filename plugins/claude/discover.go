package claude

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
)

var longAgo = time.Unix(1, 0)

// A source is one place to look for a credential. look returns why there is none.
type source struct {
	name func(places) string
	look func(ctx context.Context, p places, name string) (credential, string)
}

func variable(name string) func(places) string { return func(places) string { return name } }

// places is where to look.
type places struct {
	variables                 sdk.Variables
	own, claudeCode, openCode string
}

var (
	keySource   = source{variable(keyVariable), lookKey}
	tokenSource = source{variable(tokenVariable), lookToken}
	oauthSource = source{variable(oauthVariable), lookOAuth}
	ownSource   = source{func(p places) string { return p.own }, lookIn(readOwn)}
	codeSource  = source{func(p places) string { return p.claudeCode }, lookIn(readClaudeCode)}
	cliSource   = source{codeSource.name, lookIn(readForClaude)}
	openSource  = source{func(p places) string { return p.openCode }, lookIn(readOpenCode)}
)

// The order in which credentials are looked for is data. In direct mode what the
// user set explicitly comes first. The vendor's program is not given an API key
// while there is a login, since that would bill it without a word.
var (
	directSources = []source{keySource, tokenSource, oauthSource, ownSource, codeSource, openSource}
	cliSources    = []source{oauthSource, ownSource, cliSource, openSource, keySource, tokenSource}
)

// found is the outcome of a search.
type found struct {
	// credential has no secret when nothing usable was found.
	credential credential
	passed     []sdk.PassedSource
	// unusable is the first login that was there and could not be used.
	unusable credential
	why      string
	// broken is the first file that is there and tells nothing, with the reason.
	broken string
}

// Why a file that is there tells nothing.
const (
	mayNotBeRead   = "may not be read"
	cannotBeRead   = "cannot be read"
	cannotBeParsed = "cannot be parsed"
)

// search returns the first credential that can be used, and why those before it
// cannot.
func (p places) search(ctx context.Context, sources []source, now time.Time) found {
	var out found
	for _, s := range sources {
		name := s.name(p)
		c, reason := s.look(ctx, p, name)
		if reason == "" {
			if reason = c.fault(now); reason == "" {
				out.credential = c
				return out
			}
			if !c.secret.IsZero() && out.why == "" {
				out.unusable, out.why = c, reason
			}
		}
		if out.broken == "" && slices.Contains([]string{mayNotBeRead, cannotBeRead, cannotBeParsed}, reason) {
			out.broken = name + " " + reason
		}
		if name != "" {
			out.passed = append(out.passed, sdk.PassedSource{Source: name, Reason: reason})
		}
	}
	return out
}

func lookKey(_ context.Context, p places, name string) (credential, string) {
	value := strings.TrimSpace(p.variables.Get(name))
	if value == "" {
		return credential{}, notSet
	}
	return keyCredential(name, fromVariable, value), ""
}

const notSet = "not set"

func lookToken(_ context.Context, p places, name string) (credential, string) {
	value := strings.TrimSpace(p.variables.Get(name))
	if value == "" {
		return credential{}, notSet
	}
	return credential{
		source: name, method: methodToken, billing: billedByGateway, bearer: true, secret: sdk.NewSecret(value),
	}.typed(), ""
}

func lookOAuth(_ context.Context, p places, name string) (credential, string) {
	value := strings.TrimSpace(p.variables.Get(name))
	if value == "" {
		return credential{}, notSet
	}
	return readTokenVariable(value)
}

// reader takes a login out of a file.
type reader func(doc *credfile.Document, path string) (credential, string)

func lookIn(read reader) func(context.Context, places, string) (credential, string) {
	return func(ctx context.Context, _ places, path string) (credential, string) {
		return lookFile(ctx, path, read)
	}
}

func lookFile(ctx context.Context, path string, read reader) (credential, string) {
	if path == "" {
		return credential{}, "there is no home folder"
	}
	doc, info, err := credfile.Read(ctx, path)
	var corrupt *credfile.CorruptError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return credential{}, "not there"
	case errors.Is(err, fs.ErrPermission):
		return credential{}, mayNotBeRead
	case errors.As(err, &corrupt):
		return credential{}, cannotBeParsed
	case err != nil:
		return credential{}, cannotBeRead
	}
	c, reason := read(doc, path)
	if info.WiderThanOwner() {
		c.exposed = info.Warnings()[0]
	}
	return c, reason
}

// placesOf works the paths out. A variable that moves a file moves it wholly.
func placesOf(config sdk.Config, home string) places {
	p := places{variables: config.Variables}
	if config.HomeDir != "" {
		p.own = filepath.Join(config.HomeDir, "auth.json")
	}
	configDir, dataDir := "", ""
	if home != "" {
		configDir, dataDir = filepath.Join(home, ".claude"), filepath.Join(home, ".local", "share")
	}
	if dir := config.Variables.Get(configDirVariable); dir != "" {
		configDir = dir
	}
	if dir := config.Variables.Get(dataVariable); filepath.IsAbs(dir) { // a relative one is void
		dataDir = dir
	}
	if configDir != "" {
		p.claudeCode = filepath.Join(configDir, ".credentials.json")
	}
	if dataDir != "" {
		p.openCode = filepath.Join(dataDir, "opencode", "auth.json")
	}
	return p
}

// userHome is the user's home folder, or "" where there is none.
func userHome() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return home
}
