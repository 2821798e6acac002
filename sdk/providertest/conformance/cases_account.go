package conformance

import (
	"context"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

var accountCases = []Case{
	{ID: "models", Section: sectionCalls, Modes: everywhere, run: models, Proves: "no two models have one id, and at most one is the default"},
	{ID: "auth_missing", Section: sectionCalls, Modes: everywhere, run: authMissing, Proves: "AuthStatus without credentials is ok, expired, missing or unknown within a second, and says what to do if it is expired or missing"},
	{ID: "diagnose", Section: sectionCalls, Modes: everywhere, run: diagnose, Proves: "every check of Diagnose has an id, and one that is not ok has a remedy"},
	{ID: "logout_twice", Section: sectionCalls, Modes: asProgram, run: logoutTwice, Proves: "Logout may come again: then it removes nothing, and says the same"},
	{ID: "file_modes", Section: sectionCalls, Modes: asProgram, run: fileModes, Proves: "what the plugin keeps is the user's alone: files have mode 0600, folders 0700"},
}

// may reports whether err is one that a provider may have for reasons of the vendor
// or of missing credentials.
func may(err error) bool { return err == nil || sdk.KindOf(err) != sdk.KindInternal }

func models(c *check) {
	found, err := c.open().provider.ListModels(c.ctx)
	if !may(err) {
		c.failf("list models: %v", err)
	}
	c.distinctModels("models", found)
}

func (c *check) distinctModels(where string, found []sdk.Model) {
	seen, defaults := map[string]bool{}, 0
	for _, model := range found {
		if model.ID == "" || seen[model.ID] {
			c.failf("%s: the id %q is empty or there twice", where, model.ID)
		}
		seen[model.ID] = true
		if model.Default {
			defaults++
		}
	}
	if defaults > 1 {
		c.failf("%s: %d of them are the default", where, defaults)
	}
}

var authStates = []sdk.AuthState{sdk.AuthOK, sdk.AuthExpired, sdk.AuthMissing, sdk.AuthUnknown}

// authMissing takes the variables away, and with them the credentials that the
// subject has; the folders are empty.
func authMissing(c *check) {
	c.subject.Config.Variables = nil
	s := c.open()
	ctx, cancel := context.WithTimeout(c.ctx, c.limit(time.Second))
	defer cancel()
	auth, err := s.provider.AuthStatus(ctx, false)
	switch {
	case err != nil:
		c.failf("auth status: %v", err)
	case !slices.Contains(authStates, auth.State):
		c.failf("the state is %q", auth.State)
	case auth.State != sdk.AuthOK && auth.State != sdk.AuthUnknown && auth.Remedy == "":
		c.failf("the state is %s, and there is no remedy", auth.State)
	}
}

func diagnose(c *check) {
	checks, err := c.open().provider.Diagnose(c.ctx)
	if !may(err) {
		c.failf("diagnose: %v", err)
	}
	for _, one := range checks {
		switch {
		case one.ID == "":
			c.failf("a check has no id: %+v", one)
		case !one.OK && one.Remedy == "":
			c.failf("the check %s is not ok, and has no remedy", one.ID)
		}
	}
}

func logoutTwice(c *check) {
	s := c.open()
	_, first := s.provider.Logout(c.ctx)
	removed, second := s.provider.Logout(c.ctx)
	switch {
	case !may(first):
		c.failf("logout: %v", first)
	case sdk.KindOf(first) != sdk.KindOf(second) || (first == nil) != (second == nil):
		c.failf("the first logout gave %v, the second %v", first, second)
	case len(removed) > 0:
		c.failf("the second logout removed %v", removed)
	}
}

// forOthers are the bits that nobody else may have.
const forOthers = 0o077

func (c *check) ownMode(path string, entry fs.DirEntry) {
	info, err := entry.Info()
	if err == nil && info.Mode().Perm()&forOthers != 0 && info.Mode().Type() != fs.ModeSymlink {
		c.failf("%s has the mode %v", filepath.Base(path), info.Mode())
	}
}

func fileModes(c *check) {
	if runtime.GOOS == "windows" {
		c.skip("Windows has no file modes")
	}
	s := c.open()
	_, _ = s.provider.AuthStatus(c.ctx, false)
	if c.subject.Fixtures.Text != nil { // there is a stand-in for the vendor
		_, _ = s.provider.ListModels(c.ctx)
		c.mustGenerate(s, c.subject.Fixtures.Text("modes"))
		_, _ = s.provider.Login(c.ctx, sdk.LoginRequest{Headless: true, APIKey: sdk.NewSecret("conformance-api-key-0123456789")}, nobody{})
	}
	config := c.config()
	for _, folder := range []string{config.StateDir, config.CacheDir, config.HomeDir} {
		_ = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err == nil { // else it is gone
				c.ownMode(path, entry)
			}
			return nil
		})
	}
}
