package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// shownHome stands on the page instead of the scratch home, which is as long.
const shownHome = "/home/you"

// user is somebody who has a clone of jcode, a project, and nothing of jcode yet.
type user struct {
	home string
	env  []string
	// secrets are what the login made up; the page shows none.
	secrets []string
}

func newUser(ctx context.Context, root, url string) (*user, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	home := "/tmp/" + strings.ToLower(rand.Text())[:len(shownHome)-len("/tmp/")]
	if err := os.Mkdir(home, 0o700); err != nil {
		return nil, err
	}
	u := &user{home: home, env: environment(ctx, home, url)}
	if err := u.settle(ctx, root); err != nil {
		_ = os.RemoveAll(home)
		return nil, err
	}
	return u, nil
}

func (u *user) settle(ctx context.Context, root string) error {
	if err := os.Symlink(root, filepath.Join(u.home, "jcode")); err != nil {
		return err
	}
	project := filepath.Join(u.home, "project")
	if err := os.CopyFS(project, os.DirFS(filepath.Join(root, "tools", "demo", "testdata", "sample"))); err != nil {
		return fmt.Errorf("copy the project: %w", err)
	}
	for _, args := range [][]string{
		{"init", "-q"},
		{"add", "-A"},
		{"-c", "user.name=you", "-c", "user.email=you@localhost", "commit", "-q", "-m", "project"},
	} {
		cmd := exec.CommandContext(ctx, "git", args...)
		cmd.Dir = project
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %w: %s", args[0], err, text)
		}
	}
	return nil
}

// environment is all that the shell has: of the recorder's own only what Go needs. A
// fixed version keeps the page the same from one commit to the next.
func environment(ctx context.Context, home, url string) []string {
	env := []string{
		"HOME=" + home, "USER=you", "SHELL=/bin/bash", "LANG=C.UTF-8", "TERM=screen-256color", "NO_COLOR=1", "PS1=$ ", "TZ=UTC",
		"ANTHROPIC_BASE_URL=" + url, "JCODE_CLAUDE_AUTH_URL=" + url, "VERSION=v0.1.0", "COMMIT=0123456789ab",
		"PATH=" + home + "/.local/bin:" + goFolder(ctx) + ":/usr/local/bin:/usr/bin:/bin",
	}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOTOOLCHAIN"} {
		if value, err := exec.CommandContext(ctx, "go", "env", name).Output(); err == nil {
			env = append(env, name+"="+strings.TrimSpace(string(value)))
		}
	}
	return env
}

func goFolder(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "/usr/local/go/bin"
	}
	return filepath.Join(strings.TrimSpace(string(out)), "bin")
}
