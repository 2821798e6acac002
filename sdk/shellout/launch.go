package shellout

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/jcode-go/jcode/sdk/guard"
)

// start starts c and all that feeds on it, except supervise.
func start(ctx context.Context, c Command) (*process, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	p := &process{
		command: c, clock: clock{startLimit: c.StartLimit, idleLimit: c.IdleLimit},
		stderr: newTail(c), input: c.Input, asked: make(chan Stop, 1),
		outputDone: make(chan struct{}), stderrDone: make(chan struct{}),
		exited: make(chan struct{}), finished: make(chan struct{}),
	}
	if c.Stdin != nil {
		p.input = inputOf(c.Stdin)
	}
	if err := p.launch(ctx); err != nil {
		p.closePipes()
		return nil, startError(ctx, c, err)
	}
	if p.stdin != nil {
		go p.input.feed(p.stdin)
	}
	go p.readStderr()
	go p.await(context.WithoutCancel(ctx))
	return p, nil
}

// launch makes the pipes and starts the tree. The ends of the program are closed
// here in any case, ours by the caller.
func (p *process) launch(ctx context.Context) error {
	c := guard.Command{
		Path: p.command.Path, Args: append([]string{p.command.Path}, p.command.Args...),
		Env: withDir(p.command.Environment, p.command.Dir), Dir: p.command.Dir,
	}
	var theirs []*os.File
	defer func() {
		for _, f := range theirs {
			_ = f.Close()
		}
	}()
	pipe := func(ours **os.File, reads bool) (*os.File, error) {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		if reads { // the program reads, we write
			r, w = w, r
		}
		*ours = r
		theirs = append(theirs, w)
		return w, nil
	}
	var err error
	if p.input != nil {
		if c.Stdin, err = pipe(&p.stdin, true); err != nil {
			return err
		}
	}
	if c.Stdout, err = pipe(&p.stdout, false); err != nil {
		return err
	}
	if c.Stderr, err = pipe(&p.stderrFile, false); err != nil {
		return err
	}
	p.tree, err = startTree(ctx, c)
	return err
}

const (
	busyTries = 20
	busyWait  = 50 * time.Millisecond
)

// startTree tries again while the file is being written: programs update
// themselves, and a fork elsewhere in this process can hold a file a moment.
func startTree(ctx context.Context, c guard.Command) (*guard.Tree, error) {
	for tries := 1; ; tries++ {
		tree, err := guard.Start(ctx, c)
		if tries == busyTries || !errors.Is(err, errTextBusy) {
			return tree, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(busyWait):
		}
	}
}

// withDir makes PWD, which shells and Node believe, the folder that it runs in.
func withDir(environment []string, dir string) []string {
	if dir == "" || runtime.GOOS == "windows" {
		return environment
	}
	return merge(environment, map[string]string{"PWD": filepath.Clean(dir)})
}

// await learns the exit status.
func (p *process) await(ctx context.Context) {
	p.status, p.lost = p.tree.Wait(ctx)
	close(p.exited)
}
