package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host/internal/cachefile"
	"github.com/jcode-go/jcode/host/internal/config"
	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/sdk"
)

const (
	// chooseTime is how long the providers may take to say whether they are
	// logged in; choiceAge how long their answer is believed.
	chooseTime = 2 * time.Second
	choiceAge  = 5 * time.Minute
)

// choose returns the provider to use: the one named by flag or configuration,
// else the first that is logged in.
func (h *Host) choose(ctx context.Context, flag string, c *config.Config) (chosen, error) {
	if named := firstOf(flag, c.Provider); named != "" {
		return chosen{name: named}, nil
	}
	names := h.candidates(c)
	if len(names) == 0 && len(c.Providers) > 0 {
		return chosen{}, &ConfigError{Key: "providers", Message: "none of these is installed: " + strings.Join(c.Providers, ", "), Remedy: "jcode plugins list"}
	}
	if remembered := h.recall(names); remembered != "" {
		if status := h.askAgain(ctx, remembered, c); status.State == sdk.AuthOK {
			return chosen{name: remembered, why: "logged in", auth: &status}, nil
		}
	}
	name, status := h.firstLoggedIn(ctx, names, c)
	if name == "" {
		if ctx.Err() != nil {
			return chosen{}, context.Cause(ctx)
		}
		return chosen{}, &NoProviderError{Found: names}
	}
	h.remember(names, name)
	why := "the first that is logged in"
	if status.Source != "" {
		why += ", from " + status.Source
	}
	return chosen{name: name, why: why, auth: &status}, nil
}

// candidates are the names to choose from, best first.
func (h *Host) candidates(c *config.Config) []string {
	var names []string
	for _, row := range h.usable() {
		names = append(names, row.Name)
	}
	if len(c.Providers) == 0 {
		return names
	}
	return slices.DeleteFunc(slices.Clone(c.Providers), func(name string) bool {
		return !slices.Contains(names, name)
	})
}

// firstLoggedIn asks all at once and waits no longer than the order needs: the
// first of the list that is logged in wins as soon as all before it have answered.
func (h *Host) firstLoggedIn(ctx context.Context, names []string, c *config.Config) (string, sdk.AuthStatus) {
	limited, cancel := context.WithTimeout(ctx, h.chooseTime)
	defer cancel()
	answers := make([]chan sdk.AuthStatus, len(names))
	for i, name := range names {
		answers[i] = make(chan sdk.AuthStatus, 1)
		go func() { answers[i] <- h.loggedIn(limited, name, c) }()
	}
	chosen, found := "", sdk.AuthStatus{}
	for i, name := range names {
		status := <-answers[i]
		if status.State == sdk.AuthOK {
			chosen, found = name, status
			break
		}
	}
	cancel() // nobody waits for the others
	for _, name := range names {
		if name != chosen {
			h.drop(name) //nolint:contextcheck // its end outlives the question
		}
	}
	return chosen, found
}

// askAgain asks the provider that was chosen last, no longer than all would be asked.
func (h *Host) askAgain(ctx context.Context, name string, c *config.Config) sdk.AuthStatus {
	limited, cancel := context.WithTimeout(ctx, h.chooseTime)
	defer cancel()
	return h.loggedIn(limited, name, c)
}

// loggedIn asks one provider. One that cannot be asked is not logged in.
func (h *Host) loggedIn(ctx context.Context, name string, c *config.Config) sdk.AuthStatus {
	supervisor, err := h.supervisor(name, c)
	if err != nil {
		return sdk.AuthStatus{}
	}
	provider, _, err := supervisor.Provider(ctx)
	if err != nil {
		return sdk.AuthStatus{}
	}
	status, err := provider.AuthStatus(ctx, false)
	if err != nil {
		return sdk.AuthStatus{}
	}
	h.keepAuth(name, status)
	return status
}

// choice is what is remembered of the last one. It saves asking all providers;
// the one remembered is still asked.
type choice struct {
	Key  string    `json:"key"`
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

func (h *Host) choicePath() string { return filepath.Join(h.home, "cache", "provider-choice.json") }

// choiceKey changes with everything that can change the choice, save a login:
// that forgets the choice.
func (h *Host) choiceKey(names []string) string {
	hash := sha256.New()
	_, _ = fmt.Fprintln(hash, strings.Join(names, ","))
	for _, name := range h.declared() {
		_, _ = fmt.Fprintf(hash, "%s=%q\n", name, h.env[name])
	}
	return hex.EncodeToString(hash.Sum(nil))
}

func (h *Host) recall(names []string) string {
	var last choice
	if !cachefile.Read(h.choicePath(), &last) {
		return ""
	}
	age := time.Since(last.At)
	if age < 0 || age >= choiceAge || !slices.Contains(names, last.Name) || last.Key != h.choiceKey(names) {
		return ""
	}
	return last.Name
}

// remember keeps the choice. A home that cannot be written is no reason to fail.
func (h *Host) remember(names []string, name string) {
	cachefile.Write(h.choicePath(), choice{Key: h.choiceKey(names), Name: name, At: time.Now()})
}

func (h *Host) forgetChoice() { _ = os.Remove(h.choicePath()) }

// declared are the variables of the environment that any plugin declares, sorted.
// They are the providers' own: no shell command sees them.
func (h *Host) declared() []string {
	var names []string
	for name := range h.env {
		if slices.Contains(commonVariables, name) {
			continue
		}
		if slices.ContainsFunc(h.known(), func(row discover.Plugin) bool {
			return row.Manifest.Environment.Declares(name)
		}) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// commonVariables belong to everybody, whatever a manifest says.
var commonVariables = []string{"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TERM", "TZ", "TMPDIR"}

// warnOfAbsent tells what of the user's list could not be chosen.
func (r *run) warnOfAbsent() {
	there := r.host.candidates(r.config)
	for _, name := range r.config.Providers {
		if !slices.Contains(there, name) {
			r.warnings = append(r.warnings, Warning{Code: "config", Message: fmt.Sprintf("providers: %s is not installed, or cannot be used", name)})
		}
	}
}
