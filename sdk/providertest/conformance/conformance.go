// Package conformance holds the cases that every provider must pass, whatever
// vendor it speaks to and whatever language it is written in. It needs no test
// framework: package providertest runs it in `go test`, a command can run it
// against a binary.
//
// A case reaches the provider in up to three ways, called modes: as a value in
// this process, behind gRPC in this process, and as a program of its own. What
// the provider is to answer comes from the [Subject]'s fixtures: requests that
// lead, through the author's stand-in for the vendor, to a plain text, a tool
// call, a failure. A case whose fixture is missing is skipped, and says so.
package conformance

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/sdk"
)

// Mode is how a case reaches the provider.
type Mode string

// The modes.
const (
	InProcess Mode = "in_process"
	OverGRPC  Mode = "grpc"
	Binary    Mode = "binary"
)

// Subject is what is tested.
type Subject struct {
	// New makes a provider that nobody has configured yet. It serves the modes
	// InProcess and OverGRPC; nil leaves them out.
	New func() sdk.Provider
	// Path is the built program, for the mode Binary; empty leaves it out. Env
	// is added to the small environment that it gets.
	Path string
	Env  []string
	// Config is what Configure gets. Empty folders are filled with temporary
	// ones. The case about secrets takes the values of Variables, of at least
	// eight bytes, for secret.
	Config sdk.Config
	// Fixtures are the requests to send.
	Fixtures Fixtures
	// Slack multiplies every time limit; below 1 is 1. A busy machine that
	// runs many tests at once wants 10.
	Slack int
	// LargeRequest is the size of the large request in bytes; 0 is 32 MiB.
	LargeRequest int
	// ServerOptions go to the gRPC server of the mode OverGRPC.
	ServerOptions []grpc.ServerOption
}

// Fixtures are requests with a known answer. Each may be missing.
type Fixtures struct {
	// Text is answered by text that contains token and comes in at least two
	// deltas.
	Text func(token string) *sdk.Request
	// Tool is answered by at least one tool call.
	Tool *sdk.Request
	// Long is answered by at least 4 MiB of text.
	Long *sdk.Request
	// Endless is answered by at least one event and then by nothing, or by
	// events without an end, until the call is cancelled.
	Endless *sdk.Request
	// Failure leads to an error of kind, and says what else is in it; nil when
	// the provider cannot fail like that.
	Failure func(kind sdk.Kind) (*sdk.Request, *sdk.Error)
	// Panic makes the provider panic, for plugins with a hook for that.
	Panic *sdk.Request
	// Children makes the plugin start programs, emit an event and wait until
	// the call is cancelled.
	Children *sdk.Request
	// State is answered with provider state; previous is that of the request.
	State func(previous []byte) *sdk.Request
}

// Case is one rule of the contract.
type Case struct {
	// ID is stable.
	ID string
	// Proves is the rule, in one line.
	Proves string
	// Modes are those in which the case means something.
	Modes []Mode

	run func(*check)
}

// Outcome is what came of one case in one mode. It passed when it neither
// failed nor was skipped.
type Outcome struct {
	ID, Proves string
	Mode       Mode
	// Skipped says why the case did not run.
	Skipped string
	// Failures are the rules broken, in words.
	Failures []string
}

// Cases returns all cases, in the order in which they run.
func Cases() []Case {
	var all []Case
	for _, group := range [][]Case{infoCases, generateCases, cancelCases, loginCases, processCases} {
		all = append(all, group...)
	}
	return all
}

// Modes returns the modes in which subject can be tested.
func (s Subject) Modes() []Mode {
	var modes []Mode
	if s.New != nil {
		modes = append(modes, InProcess, OverGRPC)
	}
	if s.Path != "" {
		modes = append(modes, Binary)
	}
	return modes
}

// Evaluate runs one case in one mode, with a provider of its own.
func Evaluate(ctx context.Context, subject Subject, mode Mode, c Case) Outcome {
	outcome := Outcome{ID: c.ID, Proves: c.Proves, Mode: mode}
	if !contains(c.Modes, mode) {
		outcome.Skipped = "means nothing in this mode"
		return outcome
	}
	dir, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		outcome.Failures = []string{err.Error()}
		return outcome
	}
	defer func() { _ = os.RemoveAll(dir) }()
	check := &check{ctx: ctx, mode: mode, subject: subject, dir: dir}
	check.runCase(c.run)
	outcome.Skipped, outcome.Failures = check.skipped, check.failures
	return outcome
}

func contains(modes []Mode, mode Mode) bool {
	for _, m := range modes {
		if m == mode {
			return true
		}
	}
	return false
}

// check is one case that runs.
type check struct {
	ctx      context.Context // of the whole run; a case lives within it
	mode     Mode
	subject  Subject
	dir      string
	skipped  string
	failures []string
	cleanups []func()
}

// stopCase unwinds a case from within.
type stopCase struct{}

func (c *check) runCase(run func(*check)) {
	defer func() {
		for i := len(c.cleanups) - 1; i >= 0; i-- {
			c.cleanups[i]()
		}
	}()
	defer func() {
		switch value := recover().(type) {
		case nil, stopCase:
		default:
			c.failf("the provider panicked: %v", value)
		}
	}()
	run(c)
}

func (c *check) failf(format string, args ...any) {
	c.failures = append(c.failures, fmt.Sprintf(format, args...))
}

func (c *check) fatalf(format string, args ...any) {
	c.failf(format, args...)
	panic(stopCase{})
}

func (c *check) skip(reason string) {
	c.skipped = reason
	panic(stopCase{})
}

// need skips the case without its fixture.
func (c *check) need(there bool, fixture string) {
	if !there {
		c.skip("the subject has no fixture " + fixture)
	}
}

func (c *check) limit(d time.Duration) time.Duration {
	return d * time.Duration(max(c.subject.Slack, 1))
}

// config is the subject's, with folders.
func (c *check) config() sdk.Config {
	config := c.subject.Config
	for name, dir := range map[string]*string{
		"work": &config.WorkingDir, "home": &config.HomeDir, "state": &config.StateDir, "cache": &config.CacheDir,
	} {
		if *dir == "" {
			*dir = filepath.Join(c.dir, name)
		}
		if err := os.MkdirAll(*dir, 0o700); err != nil {
			c.fatalf("make folder: %v", err)
		}
	}
	if config.HostVersion == "" {
		config.HostVersion = "0.0.0-conformance"
	}
	return config
}
