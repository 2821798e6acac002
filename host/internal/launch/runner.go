package launch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin/runner"

	"github.com/jcode-go/jcode/sdk/pagetrim"
)

// processRunner is go-plugin's runner over an attempt. go-plugin prepares
// variables and reads the handshake; everything about the process is ours.
type processRunner struct {
	attempt *attempt
	start   func() error
}

var _ runner.Runner = (*processRunner)(nil)

// runnerFunc is what go-plugin's configuration asks for.
func (a *attempt) runnerFunc(ctx context.Context) func(hclog.Logger, *exec.Cmd, string) (runner.Runner, error) {
	return func(_ hclog.Logger, cmd *exec.Cmd, _ string) (runner.Runner, error) {
		// The command is never started: it carries go-plugin's variables.
		return &processRunner{attempt: a, start: func() error { return a.execute(ctx, cmd.Env) }}, nil
	}
}

// Start starts the program. go-plugin's context is one that nobody can cancel.
func (r *processRunner) Start(context.Context) error { return r.start() }

// execute verifies the program and starts it.
func (a *attempt) execute(ctx context.Context, fromGoPlugin []string) error {
	path, byDescriptor := a.binary.execPath(a.folder.path)
	if err := a.verify(ctx, byDescriptor); err != nil {
		return err
	}
	if err := a.makeFolders(); err != nil {
		return err
	}
	if err := a.raise(); err != nil {
		return err
	}
	program := (*os.File)(nil)
	if a.ruleset != nil && byDescriptor {
		var err error
		if path, err = inheritedPath(a.folder.path, filepath.Base(a.plugin.Path)); err != nil {
			return fmt.Errorf("name the program: %w", err)
		}
		program = a.binary.f
	}
	ours, theirs, err := pipes()
	if err != nil {
		return fmt.Errorf("make pipes: %w", err)
	}
	defer closeAll(theirs[:])
	started, err := start(ctx, spec{
		path: path, args: []string{a.plugin.Path}, env: a.environment(fromGoPlugin), dir: a.stateFolder(),
		files: theirs, remove: []string{a.folder.path}, program: program, landlock: a.ruleset,
	}, guarded(a.plugin))
	if err != nil {
		closeAll(ours[:])
		return &startError{err: err, noExec: onNoExecMount(a.binary.f)}
	}
	a.byDescriptor, a.lifeline = byDescriptor, ours[0]
	a.stdout = newStdoutPump(ours[1], a.accept)
	a.stderr = newStderrPump(ours[2], a.redact, a.logged)
	wanted := a.adopt(started)
	go a.stdout.run()
	go a.stderr.run()
	go a.watch()
	pagetrim.Settle(0) // now is the time: the plugin's start is waited for
	if !wanted {
		a.discard()
		return context.Cause(ctx)
	}
	return nil
}

// startError marks an error of the exec itself.
type startError struct {
	err    error
	noExec bool // the program lies where nothing may be executed
}

func (e *startError) Error() string { return "execute plugin: " + e.err.Error() }
func (e *startError) Unwrap() error { return e.err }

// logged is where the lines of standard error go.
func (a *attempt) logged(record Record) {
	record.Plugin, record.PID = a.plugin.Name, a.program.pid()
	a.logs.write(record)
	if a.options.OnLog != nil {
		a.options.OnLog(record)
	}
}

// pipes makes the three standard pipes. Our ends are close-on-exec, as all of Go's
// are: no other child can hold the lifeline open.
func pipes() (ours, theirs [3]*os.File, err error) {
	for i := range ours {
		read, write, err := os.Pipe()
		if err != nil {
			closeAll(ours[:])
			closeAll(theirs[:])
			return ours, theirs, err
		}
		ours[i], theirs[i] = read, write
		if i == 0 {
			ours[i], theirs[i] = write, read
		}
	}
	return ours, theirs, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close()
		}
	}
}

// Diagnose adds nothing: the error is replaced by a classified one.
func (r *processRunner) Diagnose(context.Context) string { return "" }

// Stdout gives go-plugin the handshake, if it is one, and nothing else.
func (r *processRunner) Stdout() io.ReadCloser { return r.attempt.stdout.client }

// Stderr gives go-plugin nothing: its parser panics on lines that are JSON of
// other types than it expects.
func (r *processRunner) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name is the plugin's path.
func (r *processRunner) Name() string { return r.attempt.plugin.Path }

// ID is the process id.
func (r *processRunner) ID() string {
	if r.attempt.program == nil {
		return ""
	}
	return strconv.Itoa(r.attempt.program.pid())
}

// Wait returns when the process has ended.
func (r *processRunner) Wait(context.Context) error {
	<-r.attempt.exited
	if r.attempt.status == (exitStatus{}) {
		return nil
	}
	return errors.New(r.attempt.status.String())
}

// Kill ends the process at once. go-plugin calls it after a failed start.
func (r *processRunner) Kill(context.Context) error {
	r.attempt.discard()
	return nil
}

// PluginToHost changes nothing: both live on the same file system.
func (r *processRunner) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

// HostToPlugin changes nothing.
func (r *processRunner) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
