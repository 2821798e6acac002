package launch

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/jcode-go/jcode/sdk/guard"
)

// spec is a program to start.
type spec struct {
	path   string
	args   []string
	env    []string
	dir    string
	files  [3]*os.File // standard input, output and error
	remove []string    // folders that must not outlive the process
	// program is the open file that path executes as descriptor 3, and landlock a
	// ruleset; both are nil without a sandbox, and need a guardian.
	program, landlock *os.File
}

// exitStatus is how a process ended.
type exitStatus struct {
	code   int
	signal syscall.Signal // 0: it returned code
	lost   bool           // nobody knows
}

// String says it as a shell's user knows it.
func (s exitStatus) String() string {
	switch {
	case s.lost:
		return "end unknown"
	case s.signal != 0:
		return "killed by signal " + s.signal.String()
	}
	return fmt.Sprintf("exit status %d", s.code)
}

// program is a started process with all that it starts.
type program interface {
	pid() int
	// wait returns when the process itself has ended.
	wait() exitStatus
	// terminate asks the process group to end.
	terminate()
	// destroy kills everything that can be found of the tree, after asking it
	// for grace, and returns when it is gone.
	destroy(grace time.Duration)
}

// startGuarded starts s under a guardian. ctx bounds the start alone.
func startGuarded(ctx context.Context, s spec) (program, error) {
	var extra []*os.File
	if s.program != nil {
		extra = []*os.File{s.program}
	}
	tree, err := guard.Start(ctx, guard.Command{
		ExtraFiles: extra, Landlock: s.landlock,
		Path: s.path, Args: s.args, Env: s.env, Dir: s.dir,
		Stdin: s.files[0], Stdout: s.files[1], Stderr: s.files[2],
		RemoveFolders: s.remove,
	})
	if err != nil {
		return nil, err
	}
	return &guardedProgram{tree: tree, ctx: context.WithoutCancel(ctx), id: tree.Pid()}, nil
}

type guardedProgram struct {
	tree *guard.Tree
	ctx  context.Context // never ends: a process has none of its own
	id   int
}

func (g *guardedProgram) pid() int { return g.id }

func (g *guardedProgram) wait() exitStatus {
	exit, err := g.tree.Wait(g.ctx)
	if err != nil {
		return exitStatus{lost: true}
	}
	return exitStatus{code: exit.Code, signal: exit.Signal}
}

func (g *guardedProgram) terminate() { _ = g.tree.Signal(syscall.SIGTERM) }

func (g *guardedProgram) destroy(grace time.Duration) { _ = g.tree.Terminate(g.ctx, grace) }
