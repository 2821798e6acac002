package host

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host/internal/agent"
	"github.com/jcode-go/jcode/host/internal/config"
	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/launch"
	"github.com/jcode-go/jcode/host/internal/logbook"
	"github.com/jcode-go/jcode/sdk"
	sdkplugin "github.com/jcode-go/jcode/sdk/plugin"
)

// discovered lists the plugins, once per host.
func (h *Host) discovered() []discover.Plugin {
	h.rowsOnce.Do(func() { h.rows = discover.List(h.discoverOptions()) })
	return h.rows
}

// known are the plugins whose secrets are to be kept from everybody else: with Clean
// also the installed ones, which cannot be launched then.
func (h *Host) known() []discover.Plugin {
	if !h.options.Clean {
		return h.discovered()
	}
	h.knownOnce.Do(func() {
		installed, _ := h.store().Rows(h.options.Version, launch.Protocols())
		h.knownRows = slices.Concat(h.discovered(), installed)
	})
	return h.knownRows
}

func (h *Host) discoverOptions() discover.Options {
	o := discover.Options{
		SearchPath: h.env["JCODE_PLUGIN_PATH"], Executable: h.options.Executable,
		HostVersion: h.options.Version, HostProtocols: launch.Protocols(),
	}
	if !h.afresh {
		o.CacheDir = filepath.Join(h.home, "cache")
	}
	if h.options.Clean {
		o.SearchPath = ""
	} else {
		o.Dev = discover.DevOverrides(h.home)
		o.Store = h.store()
	}
	for _, name := range slices.Sorted(maps.Keys(h.options.Plugins)) {
		o.Overrides = append(o.Overrides, discover.Override{Name: name, Path: h.options.Plugins[name]})
	}
	if !h.options.Clean {
		o.Overrides = append(o.Overrides, attachments(h.env["JCODE_PLUGIN_ATTACH"], h.options.Plugins)...)
	}
	return o
}

// attachments reads JCODE_PLUGIN_ATTACH: NAME=FILE, several parted by commas. A flag
// for the same name beats it.
func attachments(value string, flags map[string]string) []discover.Override {
	var found []discover.Override
	for entry := range strings.SplitSeq(value, ",") {
		name, file, ok := strings.Cut(strings.TrimSpace(entry), "=")
		if _, flagged := flags[name]; !ok || flagged {
			continue
		}
		found = append(found, discover.Override{Name: name, Path: discover.AttachPrefix + strings.TrimPrefix(file, discover.AttachPrefix)})
	}
	return found
}

// usable are the plugins that can be launched, in the order in which they are
// chosen from.
func (h *Host) usable() []discover.Plugin {
	var rows []discover.Plugin
	for _, row := range h.discovered() {
		if row.Status == discover.StatusOK {
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b discover.Plugin) int {
		if a.Rank != b.Rank {
			return a.Rank - b.Rank
		}
		return strings.Compare(a.Name, b.Name)
	})
	return rows
}

// supervisor returns the one that keeps the named plugin running. It starts
// nothing.
func (h *Host) supervisor(name string, c *config.Config) (*launch.Supervisor, error) {
	row, err := discover.Pick(h.discovered(), name)
	if err != nil {
		return nil, pluginError(name, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.supervisors == nil {
		return nil, errClosed
	}
	if known := h.supervisors[name]; known != nil {
		return known, nil
	}
	h.lease(row)
	made := launch.NewSupervisor(row, h.launchOptions(row, c))
	h.supervisors[name] = made
	return made, nil
}

var errClosed = errors.New("the host is closed")

// drop ends a plugin that is of no more use.
func (h *Host) drop(name string) {
	h.mu.Lock()
	supervisor := h.supervisors[name]
	delete(h.supervisors, name)
	h.mu.Unlock()
	if supervisor != nil {
		h.end(supervisor)
	}
}

func (h *Host) launchOptions(row discover.Plugin, c *config.Config) launch.Options {
	o := launch.Options{
		Home: h.home, Environ: h.options.Environ, HostVersion: h.options.Version,
		WorkingDir: h.options.WorkingDir, Settings: h.pluginSettings(row.Name, c),
		LogLevel: h.logLevel(c), Denied: row.Denied, HashAlways: h.afresh,
		OnStart: func(facts launch.Facts) {
			h.keepSandbox(row.Name, facts)
			h.logStart(facts)
		},
		OnFailure: func(err error, took time.Duration) { h.logFailure(row.Name, err, took) },
		OnRestart: h.logRestart, OnLog: h.logRecord,
	}
	for _, other := range h.known() {
		if other.Name != row.Name {
			o.Others = append(o.Others, other.Manifest.Environment)
		}
	}
	return o
}

// pluginSettings are those of [plugin.NAME]. The model of the configuration goes
// with them, because the provider's own variable is stronger than it; it counts
// for the provider that the configuration names.
func (h *Host) pluginSettings(name string, c *config.Config) map[string]string {
	settings := c.Plugin(name)
	if settings["model"] == "" && c.Model != "" && (c.Provider == "" || c.Provider == name) {
		settings["model"] = c.Model
	}
	return settings
}

// pluginError tells a missing or broken plugin apart from one that does not start.
func pluginError(name string, err error) error {
	var missing *discover.NotFoundError
	var unusable *discover.UnusableError
	switch {
	case errors.As(err, &missing):
		out := &PluginError{Plugin: name, Reason: launch.ReasonNotFound, Remedy: "jcode plugins list", Err: err}
		switch {
		case len(missing.Nearest) > 0:
			out.Detail = "did you mean " + strings.Join(missing.Nearest, " or ") + "?"
		case len(missing.Found) > 0:
			out.Detail = "found: " + strings.Join(missing.Found, ", ")
		default:
			out.Detail = "no plugin was found at all"
		}
		return out
	case errors.As(err, &unusable):
		row := unusable.Plugin
		return &PluginError{Plugin: name, Path: row.Path, Reason: launch.ReasonInternal, Detail: row.Reason, Remedy: row.Remedy, Err: err}
	}
	return err
}

// supervised is a plugin as the turn loop sees it.
type supervised struct {
	supervisor *launch.Supervisor
	log        *logbook.Log
	// renewal is set for a plugin that is being written.
	renewal *renewal
}

// Generate implements agent.Provider.
func (s supervised) Generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	defer s.renewal.begin(ctx)()
	provider, facts, err := s.supervisor.Provider(ctx)
	if err != nil {
		return sdk.Result{}, err
	}
	began := time.Now()
	result, err := provider.Generate(ctx, request, stream)
	logCall(s.log, facts.Name, request.Model, time.Since(began), err)
	return result, err
}

// Recover implements agent.Provider.
func (s supervised) Recover(ctx context.Context, err error) (agent.Restart, error) {
	var lost *sdkplugin.TransportError
	if !errors.As(err, &lost) {
		return agent.Restart{}, err
	}
	reason := lost.Error()
	if crash := s.supervisor.Crash(ctx); crash != nil {
		reason = crash.Error()
	}
	_, facts, err := s.supervisor.Provider(ctx)
	if err != nil {
		return agent.Restart{}, err
	}
	return agent.Restart{Reason: reason, Attempt: facts.Restarts}, nil
}
