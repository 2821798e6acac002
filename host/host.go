package host

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jcode-go/jcode/host/internal/config"
	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/install"
	"github.com/jcode-go/jcode/host/internal/launch"
	"github.com/jcode-go/jcode/host/internal/logbook"
)

// Options are where a [Host] works and what it was given on the command line.
// The zero value of a field means "not given".
type Options struct {
	// Home is jcode's own folder. Empty means JCODE_HOME of Environ, else
	// ".jcode" in the user's home folder.
	Home string
	// Environ is the process environment, "NAME=value". The host reads no
	// other one.
	Environ []string
	// Executable is the real path of the running program: bundled plugins lie
	// beside it.
	Executable string
	// Version is the version of jcode.
	Version string
	// WorkingDir is the absolute folder that the user works in.
	WorkingDir string
	// Plugins are `--plugin NAME=PATH`.
	Plugins map[string]string
	// Settings are `--set key=value`; they beat the environment and the file.
	Settings map[string]string
	// TrustProject trusts the project of WorkingDir for this process.
	TrustProject bool
	// Clean leaves out whatever differs from machine to machine and from user to
	// user: configuration files, instructions, remembered rules, trusted folders
	// and every plugin that is neither bundled nor in Plugins.
	Clean bool
	// LogFile is appended to what the host and its plugins do, never what is said;
	// empty leaves it to the configuration.
	LogFile string
	// LogLevel is how much is logged there, and by plugins to their own logs:
	// "trace", "debug", "info", "warn" or "error"; empty leaves it to the
	// configuration, and then to "info" and to the plugins.
	LogLevel string
}

// Host is the facade that cmd sees. It reads nothing and starts nothing until a
// method needs it, so that opening one costs nothing. It is safe for concurrent
// use. Close it.
type Host struct {
	options Options
	env     environment
	home    string

	configOnce  sync.Once
	configValue *config.Config
	configErr   error

	rowsOnce sync.Once
	rows     []discover.Plugin

	knownOnce sync.Once
	knownRows []discover.Plugin

	// book is the log, once it is open; bookMu lets one goroutine open it.
	book   atomic.Pointer[logbook.Log]
	bookMu sync.Mutex

	// statusMu keeps two goroutines from writing one plugin's status.
	statusMu sync.Mutex

	// chooseTime is the constant of that name, and more on the slow machines of tests.
	chooseTime time.Duration

	// warmed is what Warm found; Run takes it.
	warmed chan warmed
	// afresh has every plugin looked at and hashed again: the doctor says what is, not
	// what was.
	afresh bool

	mu          sync.Mutex
	supervisors map[string]*launch.Supervisor
	// leases keep the files of installed plugins that were started.
	leases []*install.Lease
	// ending are plugins that are being ended while something else goes on.
	ending sync.WaitGroup
}

// Open returns a host. It fails only for options that make no sense, and when the
// log that they name cannot be written (a [ConfigError]): a broken configuration is
// reported by the methods that need it, so that `config path` and `doctor` work all
// the same.
func Open(_ context.Context, options Options) (*Host, error) {
	env := parseEnvironment(options.Environ)
	home, err := homeFolder(options.Home, env)
	if err != nil {
		return nil, err
	}
	if !filepath.IsAbs(options.WorkingDir) {
		return nil, &UsageError{Message: "working folder " + options.WorkingDir + " is not absolute"}
	}
	h := &Host{
		chooseTime: chooseTime, options: options, env: env, home: home, supervisors: map[string]*launch.Supervisor{},
	}
	if err := h.openLog(options.LogFile, "--log-file"); err != nil {
		return nil, err
	}
	return h, nil
}

// Home is jcode's own folder, absolute. It may not exist yet.
func (h *Host) Home() string { return h.home }

// endTime is how long a plugin may take to drain when the host closes. The
// supervisor's own ladder of signals comes after it.
const endTime = 5 * time.Second

// Close ends the plugins that the host started. Nothing may run any more.
func (h *Host) Close() error {
	h.mu.Lock()
	supervisors := h.supervisors
	h.supervisors = nil
	h.mu.Unlock()
	for _, supervisor := range supervisors {
		h.end(supervisor)
	}
	h.ending.Wait()
	for _, lease := range h.leases {
		lease.Release()
	}
	return h.log().Close()
}

// end ends a plugin in the background; Close waits for it.
func (h *Host) end(supervisor *launch.Supervisor) {
	h.ending.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), endTime)
		defer cancel()
		supervisor.Stop(ctx)
	})
}

// environment is the process environment by name; the last entry wins.
type environment map[string]string

func parseEnvironment(entries []string) environment {
	env := make(environment, len(entries))
	for _, entry := range entries {
		if name, value, ok := strings.Cut(entry, "="); ok && name != "" {
			env[name] = value
		}
	}
	return env
}

func homeFolder(given string, env environment) (string, error) {
	home := given
	if home == "" {
		home = env["JCODE_HOME"]
	}
	if home != "" {
		absolute, err := filepath.Abs(home)
		if err != nil {
			return "", &ConfigError{Message: "resolve JCODE_HOME: " + err.Error(), Remedy: "set JCODE_HOME to a whole path"}
		}
		return absolute, nil
	}
	for _, name := range []string{"HOME", "USERPROFILE"} {
		if env[name] != "" {
			return filepath.Join(env[name], ".jcode"), nil
		}
	}
	return "", &ConfigError{Message: "no home folder: neither JCODE_HOME nor HOME is set", Remedy: homeRemedy}
}
