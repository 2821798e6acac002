package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

// open makes the host that every verb but the simplest calls once.
func (c *command) open(flags *cli.Context) (*host.Host, error) {
	dir, err := workingDir()
	if err != nil {
		return nil, err
	}
	return c.openIn(flags, dir)
}

// openIn is open for somebody who works in dir.
func (c *command) openIn(flags *cli.Context, dir string) (*host.Host, error) {
	h, err := c.openToRead(flags, dir)
	c.signals.await() // before a plugin is started
	return h, err
}

// openToRead is openIn for a command that starts nothing.
func (c *command) openToRead(flags *cli.Context, dir string) (*host.Host, error) {
	plugins, err := pluginFlags(flags.StringSlice("plugin"))
	if err != nil {
		return nil, err
	}
	settings, err := pairs("set", "KEY=VALUE", flags.StringSlice("set"))
	if err != nil {
		return nil, err
	}
	return host.Open(flags.Context, host.Options{
		Environ: c.environ, Executable: executable(), Version: thisVersion().Version,
		WorkingDir: dir, Plugins: plugins, Settings: settings,
		LogFile: flags.String("log-file"), LogLevel: flags.String("log-level"),
		Clean: flags.Bool("clean"), TrustProject: flags.Bool("trust-project"),
	})
}

func (c *command) close(h *host.Host) {
	if err := h.Close(); err != nil {
		c.warn("end plugins: " + err.Error())
	}
}

// executable is the real path of this program: bundled plugins lie beside it.
func executable() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		return resolved
	}
	return path
}

// pluginFlags reads --plugin NAME=PATH.
func pluginFlags(values []string) (map[string]string, error) {
	plugins, err := pairs("plugin", "NAME=PATH", values)
	if err != nil {
		return nil, err
	}
	for name, path := range plugins {
		if path == "" {
			return nil, &usageError{what: "flag --plugin", why: name + " has no path"}
		}
		file, attached := strings.CutPrefix(path, host.AttachPrefix)
		absolute, err := filepath.Abs(file)
		if err != nil {
			return nil, &usageError{what: "flag --plugin", why: err.Error()}
		}
		plugins[name] = absolute
		if attached {
			plugins[name] = host.AttachPrefix + absolute
		}
	}
	return plugins, nil
}
