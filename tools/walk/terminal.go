package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

const (
	columns = "90"
	lines   = "40"
	tick    = 25 * time.Millisecond
	patient = 90 * time.Second // the build of everything is in it
)

// terminal is a shell in tmux, with a server of its own.
type terminal struct {
	socket string
	user   *user
}

func openTerminal(ctx context.Context, u *user) (*terminal, error) {
	t := &terminal{socket: filepath.Join(u.home, ".tmux"), user: u}
	shell := []string{"new-session", "-d", "-x", columns, "-y", lines, "-c", u.home, "env", "-i"}
	shell = append(append(shell, u.env...), "bash", "--norc", "--noprofile", "-i")
	if _, err := t.tmux(ctx, shell...); err != nil {
		return nil, err
	}
	_, err := t.tmux(ctx, "set", "-g", "status", "off")
	return t, err
}

func (t *terminal) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, _ = t.tmux(ctx, "kill-server")
}

func (t *terminal) tmux(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "tmux", append([]string{"-S", t.socket, "-f", "/dev/null"}, args...)...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8", "TMUX=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("tmux %s: %w: %s", args[0], err, out)
	}
	return string(out), nil
}

var (
	atPrompt = regexp.MustCompile(`(?:^|\n)\$\s*$`)
	randoms  = regexp.MustCompile(`(?:code_challenge|state)=([^&\s]+)`)
	address  = regexp.MustCompile(`http://127\S+/oauth/authorize\S+`)
)

// take plays one chapter on an empty screen and returns the screen.
func (t *terminal) take(ctx context.Context, c chapter) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	if err := t.clear(ctx); err != nil {
		return "", err
	}
	var screen string
	for _, a := range c.acts {
		var err error
		if screen, err = t.play(ctx, a); err != nil {
			return "", err
		}
	}
	return strings.TrimSuffix(strings.TrimRight(screen, " \n"), "\n$"), nil
}

// clear leaves the prompt alone; tmux keeps what scrolled off until it is told.
func (t *terminal) clear(ctx context.Context) error {
	if _, err := t.wait(ctx, atPrompt); err != nil {
		return err
	}
	if _, err := t.tmux(ctx, "send-keys", "C-l"); err != nil {
		return err
	}
	for ctx.Err() == nil {
		screen, err := t.tmux(ctx, "capture-pane", "-p")
		if err != nil {
			return err
		}
		if strings.TrimSpace(screen) == "$" {
			_, err = t.tmux(ctx, "clear-history")
			return err
		}
		time.Sleep(tick)
	}
	return ctx.Err()
}

// play types and waits for what has to follow.
func (t *terminal) play(ctx context.Context, a act) (string, error) {
	types := a.types
	if a.visits {
		var err error
		if types, err = t.visit(ctx); err != nil {
			return "", err
		}
	}
	before, err := t.capture(ctx)
	if err != nil {
		return "", err
	}
	if _, err := t.tmux(ctx, "send-keys", "-l", types); err != nil {
		return "", err
	}
	// What was typed has to show before the prompt may count as a new one; a code
	// that is pasted never shows.
	for now := before; now == before && !a.visits && err == nil; {
		time.Sleep(tick)
		now, err = t.capture(ctx)
	}
	if err != nil {
		return "", err
	}
	if _, err := t.tmux(ctx, "send-keys", "Enter"); err != nil {
		return "", err
	}
	if a.until == "" {
		return t.wait(ctx, atPrompt)
	}
	return t.wait(ctx, regexp.MustCompile(a.until))
}

// visit follows the address on the screen. What is random in it, and the code that
// came of it, is for the masks.
func (t *terminal) visit(ctx context.Context) (string, error) {
	joined, err := t.tmux(ctx, "capture-pane", "-p", "-J", "-S", "-")
	if err != nil {
		return "", err
	}
	page := address.FindString(joined)
	code, err := visit(ctx, page)
	if err != nil {
		return "", err
	}
	for _, found := range randoms.FindAllStringSubmatch(page, -1) {
		t.user.secrets = append(t.user.secrets, found[1])
	}
	t.user.secrets = append(t.user.secrets, code)
	return code, nil
}

// capture is the screen and what has scrolled off it.
func (t *terminal) capture(ctx context.Context) (string, error) {
	return t.tmux(ctx, "capture-pane", "-p", "-S", "-")
}

// wait returns the screen, with what has scrolled off, once it shows a pattern.
func (t *terminal) wait(ctx context.Context, pattern *regexp.Regexp) (string, error) {
	var screen string
	for ctx.Err() == nil {
		var err error
		if screen, err = t.capture(ctx); err != nil {
			return "", err
		}
		if pattern.MatchString(screen) {
			return screen, nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(tick):
		}
	}
	return "", fmt.Errorf("the screen does not show %s:\n%s", pattern, screen)
}
