package main

import (
	"context"
	"net"
	"net/url"
	"os/exec"
	"runtime"
	"strings"
)

// remote reports whether the user came over SSH.
func (c *command) remote() bool {
	return c.env["SSH_CONNECTION"] != "" || c.env["SSH_TTY"] != "" || c.env["SSH_CLIENT"] != ""
}

// browser returns the command that opens a URL, without the URL; nil when that
// cannot work here.
func (c *command) browser() []string {
	display := c.env["DISPLAY"] != "" || c.env["WAYLAND_DISPLAY"] != ""
	if c.remote() && !display {
		return nil
	}
	var candidates [][]string
	if named, _, _ := strings.Cut(c.env["BROWSER"], ":"); named != "" && !strings.ContainsAny(named, " %") {
		candidates = append(candidates, []string{named})
	}
	switch runtime.GOOS {
	case "darwin":
		candidates = append(candidates, []string{"open"})
	case "windows":
		candidates = append(candidates, []string{"rundll32", "url.dll,FileProtocolHandler"})
	default:
		if c.env["WSL_DISTRO_NAME"] != "" {
			candidates = append(candidates, []string{"wslview"})
		}
		if display {
			candidates = append(candidates, []string{"xdg-open"}, []string{"sensible-browser"})
		}
	}
	for _, candidate := range candidates {
		if path, err := exec.LookPath(candidate[0]); err == nil {
			return append([]string{path}, candidate[1:]...)
		}
	}
	return nil
}

// openBrowser starts the browser and reports whether that worked. The browser
// outlives the login, and Ctrl-C is not for it.
func (c *command) openBrowser(ctx context.Context, address string) bool {
	opener := c.browser()
	if opener == nil || !mayOpen(address) {
		return false
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), opener[0], append(opener[1:], address)...)
	cmd.Env = c.environ
	detach(cmd)
	if cmd.Start() != nil {
		return false
	}
	go func() { _ = cmd.Wait() }()
	return true
}

// mayOpen reports whether a plugin's URL is opened without a word of the user: only
// one that nobody on the way can read or change. Every other one is shown, no more.
func mayOpen(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && thisMachine(u.Hostname())
}

func thisMachine(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
