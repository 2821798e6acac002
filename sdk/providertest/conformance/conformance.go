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
	"os/exec"
	"path/filepath"
	"slices"
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

// Suite is a group of cases.
type Suite string

// The suites, in the order in which they run.
const (
	Core     Suite = "core"
	Login    Suite = "login"
	Generate Suite = "generate"
	Faults   Suite = "faults"
)

// Suites returns all of them.
func Suites() []Suite { return []Suite{Core, Login, Generate, Faults} }

// Subject is what is tested.
type Subject struct {
	// New makes a provider that nobody has configured yet. It serves the modes
	// InProcess and OverGRPC; nil leaves them out.
	New func() sdk.Provider
	// Path is the built program, for the mode Binary; empty leaves it out. Env
	// is added to the small environment that it gets; Programs are folders that
	// come before those of PATH.
	Path     string
	Env      []string
	Programs []string
	// AutoMTLS protects the connection with it, as a host does for a program that was
	// built without the Go SDK; such a program is recognised.
	AutoMTLS bool
	// Config is what Configure gets. Empty folders are filled with temporary
	// ones. The case about secrets takes the values of Variables, of at least
	// eight bytes, for secret.
	Config sdk.Config
	// Public are names of Variables that hold nothing secret.
	Public []string
	// Fixtures are the requests to send.
	Fixtures Fixtures
	// Slack multiplies every time limit; below 1 is 1. A busy machine that
	// runs many tests at once wants 10.
	Slack int
	// LargeRequest is the size of the large request in bytes; 0 is 32 MiB.
	LargeRequest int
	// Patient also runs the cases that only wait, for some 20 s.
	Patient bool
	// CaseTime bounds one case, Slack included; 0 is 2 min.
	CaseTime time.Duration
	// Host is what jcode itself adds; nil in `go test`, where it is not at hand.
	Host Host
	// ServerOptions go to the gRPC server of the mode OverGRPC.
	ServerOptions []grpc.ServerOption
}

// Host is jcode's own side of a case.
type Host interface {
	// CheckManifest reads the plugin.toml beside program as strictly as jcode
	// does. The error names file and line.
	CheckManifest(program string) error
	// Start starts a program as jcode does, configures it, calls probe with its
	// process id, and ends it.
	Start(ctx context.Context, request StartRequest, probe func(pid int)) error
	// Run returns the command that has jcode itself, as a process of its own, put
	// prompt to the program; its answer comes on standard output.
	Run(request StartRequest, model, prompt string) *exec.Cmd
}

// StartRequest says what jcode is to start.
type StartRequest struct {
	// Program is its path, Name the provider's name.
	Program, Name string
	// Environ is the user's environment, Settings those of the user for it.
	Environ  []string
	Settings map[string]string
	// Home is a folder for jcode's own files.
	Home string
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
	// Without are the fixtures that cannot be had, by their names in a fixtures
	// file: cases that need them mean nothing for this provider.
	Without []string
	// LooseErrors compares with a Failure's error only what is set in it.
	LooseErrors bool
	// Panic makes the provider panic, for plugins with a hook for that.
	Panic *sdk.Request
	// Children makes the plugin start programs, emit an event and wait until
	// the call is cancelled.
	Children *sdk.Request
	// State is answered with provider state; previous is that of the request.
	State func(previous []byte) *sdk.Request
	// Image is a request with a picture that the provider answers. It is for
	// providers with the capability images.
	Image *sdk.Request
}

// Case is one rule of the contract.
type Case struct {
	// ID is stable.
	ID string
	// Section is the heading of docs/plugin-protocol.md that the rule is in.
	Section string
	// Proves is the rule, in one line.
	Proves string
	// Modes are those in which the case means something.
	Modes []Mode
	// Suite is the group that it belongs to.
	Suite Suite
	// Waits marks a case that does nothing for long.
	Waits bool

	run func(*check)
}

// Outcome is what came of one case in one mode. It passed when it neither
// failed nor was skipped.
type Outcome struct {
	ID, Section, Proves string
	Suite               Suite
	Mode                Mode
	// Skipped says why the case did not run; Missing that its author can mend that.
	Skipped string
	Missing bool
	// Failures are the rules broken, in words.
	Failures []string
	// Took is how long it ran.
	Took time.Duration
}

// Cases returns all cases, in the order in which they run.
func Cases() []Case {
	var all []Case
	for _, group := range []struct {
		suite Suite
		cases []Case
	}{
		{Core, infoCases},
		{Core, accountCases},
		{Core, programCases},
		{Login, loginCases},
		{Generate, generateCases},
		{Generate, wireCases},
		{Generate, cancelCases},
		{Faults, faultCases},
		{Faults, processCases},
	} {
		for _, c := range group.cases {
			c.Suite = group.suite
			all = append(all, c)
		}
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

const (
	defaultCaseTime = 2 * time.Minute
	// unwindTime is what a case gets to clean up once its time is over.
	unwindTime = 10 * time.Second
)

// Evaluate runs one case in one mode, with a provider of its own. A case that ctx
// ends is a skipped one.
func Evaluate(ctx context.Context, subject Subject, mode Mode, c Case) Outcome {
	outcome := Outcome{ID: c.ID, Section: c.Section, Proves: c.Proves, Suite: c.Suite, Mode: mode}
	if !slices.Contains(c.Modes, mode) {
		outcome.Skipped = "means nothing in this mode"
		return outcome
	}
	limit := subject.CaseTime
	if limit <= 0 {
		limit = defaultCaseTime
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	begin := time.Now()
	result := attempt(limited, subject, mode, c)
	outcome.Skipped, outcome.Missing, outcome.Failures = result.skipped, result.missing, result.failures
	outcome.Took = time.Since(begin)
	switch {
	case ctx.Err() != nil:
		outcome.Skipped, outcome.Missing, outcome.Failures = "it was interrupted", false, nil
	case limited.Err() != nil:
		outcome.Skipped, outcome.Missing = "", false
		outcome.Failures = append(outcome.Failures, fmt.Sprintf("the case was not over after %v", limit))
	}
	return outcome
}

// attempt runs a case in a goroutine of its own, which is left behind if the
// provider does not let go of it.
func attempt(ctx context.Context, subject Subject, mode Mode, c Case) verdict {
	dir, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return verdict{failures: []string{err.Error()}}
	}
	check := &check{ctx: ctx, mode: mode, subject: subject, dir: dir}
	over := make(chan struct{})
	go func() {
		defer close(over)
		defer func() { _ = os.RemoveAll(dir) }()
		check.runCase(c.run)
	}()
	select {
	case <-over:
		return check.verdict
	case <-ctx.Done():
	}
	unwind := time.NewTimer(unwindTime)
	defer unwind.Stop()
	select {
	case <-over:
		return check.verdict
	case <-unwind.C:
		return verdict{failures: []string{"the provider holds on to a call that was cancelled"}}
	}
}

// check is one case that runs.
type check struct {
	ctx      context.Context // of the whole run; a case lives within it
	mode     Mode
	subject  Subject
	dir      string
	cleanups []func()
	verdict
}

// verdict is what came of a case.
type verdict struct {
	skipped  string
	missing  bool
	failures []string
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
		if slices.Contains(c.subject.Fixtures.Without, fixture) {
			c.skip("the fixtures say that there is no " + fixture)
		}
		c.missing = true
		c.skip("needs the fixture " + fixture + ": " + wanted[fixture])
	}
}

// wanted says what the fixtures are, in the words of a fixtures file.
var wanted = map[string]string{
	"text":     "a prompt that is answered by text with {token} in it, in at least two pieces",
	"tool":     "a prompt that is answered by at least one tool call",
	"long":     "a prompt that is answered by at least 4 MiB of text",
	"endless":  "a prompt whose answer begins and never ends",
	"children": "a prompt that makes the plugin run a program which does not end, after a first event",
	"panic":    "a prompt that makes the plugin panic, if it has a hook for that",
	"state":    "a prompt that is answered with provider state",
	"image":    "a prompt that goes with a picture and is answered",
	"failures": "prompts that lead to errors of known kinds",
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
