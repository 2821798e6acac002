package host

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host/internal/config"
	"github.com/jcode-go/jcode/host/internal/launch"
	"github.com/jcode-go/jcode/host/internal/logbook"
	"github.com/jcode-go/jcode/sdk"
)

// log is the open log, or nil, which is one too.
func (h *Host) log() *logbook.Log { return h.book.Load() }

// openLog opens the log, unless it is open. A path in the configuration may begin
// with "~/".
func (h *Host) openLog(path, key string) error {
	h.bookMu.Lock()
	defer h.bookMu.Unlock()
	if path == "" || h.log() != nil {
		return nil
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		path = filepath.Join(h.userHome(), filepath.FromSlash(rest))
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(h.options.WorkingDir, path)
	}
	log, err := logbook.Open(path, h.options.LogLevel)
	if err != nil {
		return &ConfigError{Key: key, Message: err.Error(), Remedy: "name a file that you may write, as in --log-file jcode.log"}
	}
	log.Info("jcode started", "version", h.options.Version, "system", runtime.GOOS+"/"+runtime.GOARCH, "home", h.home, "dir", h.options.WorkingDir)
	h.book.Store(log)
	return nil
}

// logFromConfig does what the configuration says of the log. Flags are stronger.
func (h *Host) logFromConfig(c *config.Config) error {
	if h.options.LogFile == "" && c.LogFile != "" {
		if err := h.openLog(c.LogFile, "log_file ("+c.Origin("log_file")+")"); err != nil {
			return err
		}
	}
	if h.options.LogLevel == "" && c.LogLevel != "" {
		h.log().SetLevel(c.LogLevel)
	}
	for _, value := range c.List() {
		if value.Origin != config.OriginDefault { // the value may be a secret
			h.log().Debug("setting", "key", value.Key, "origin", value.Origin)
		}
	}
	return nil
}

// logLevel is what plugins are told; empty leaves it to them.
func (h *Host) logLevel(c *config.Config) string { return firstOf(h.options.LogLevel, c.LogLevel) }

// logStart, logFailure and logRestart tell of a plugin's process.
func (h *Host) logStart(facts launch.Facts) {
	fields := []any{
		"provider", facts.Name, "version", facts.Version, "plugin_pid", facts.PID, "protocol", facts.Protocol,
		"transport", string(facts.Transport), "sha256", facts.SHA256, "verified", facts.Verified, "remembered", facts.Remembered,
		"sandbox", facts.Sandbox.State, "restarts", facts.Restarts,
	}
	var whole time.Duration
	for _, step := range facts.Steps {
		whole += step.Took
		fields = append(fields, step.Name+"_ms", milliseconds(step.Took))
	}
	h.log().Info("plugin started", append(fields, "ms", milliseconds(whole))...)
}

func (h *Host) logFailure(name string, err error, took time.Duration) {
	h.log().Error("plugin did not start", "provider", name, "error", kindOf(err), "ms", milliseconds(took))
}

func (h *Host) logRestart(restart launch.Restart) {
	h.log().Warn("plugin is started again", "provider", restart.Plugin, "attempt", restart.Attempt, "delay_ms", milliseconds(restart.Delay), "error", kindOf(restart.Cause))
}

func (h *Host) logRecord(record launch.Record) {
	h.log().Plugin(record.Plugin, record.PID, string(record.Level), record.Module, record.Message, record.Fields)
}

// milliseconds keeps three decimals: many steps are shorter than one.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// kindOf is what sort of error err is. Its text may hold what a person or a model
// said, so it is not logged.
func kindOf(err error) string {
	var provider *sdk.Error
	var plugin *PluginError
	var limit *LimitError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &plugin):
		return "plugin " + string(plugin.Reason)
	case errors.As(err, &provider):
		return provider.Kind.String()
	case errors.As(err, &limit):
		return "limit " + limit.Limit
	}
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return strings.TrimPrefix(fmt.Sprint(reflect.TypeOf(err)), "*")
}
