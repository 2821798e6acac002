package tool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/jcode-go/jcode/sdk/guard"
)

const (
	// cancelGrace is between SIGTERM and SIGKILL when the user cancels;
	// timeoutGrace when a command's time is over.
	cancelGrace  = 150 * time.Millisecond
	timeoutGrace = 2 * time.Second
	// killWait is how long the end of a killed tree is waited for.
	killWait  = 5 * time.Second
	startWait = 10 * time.Second
	sizePoll  = 100 * time.Millisecond
	newsPoll  = 250 * time.Millisecond
	goneAfter = 50 * time.Millisecond
)

// command is one running command of the bash tool.
type command struct {
	text    string
	log     *os.File // what it writes to; open until the tree is gone
	tree    *guard.Tree
	started time.Time
	// exited is closed when the shell has ended; exit, failure and took are
	// set by then.
	exited  chan struct{}
	exit    guard.Exit
	failure error
	took    time.Duration

	mu       sync.Mutex
	tooLarge bool
}

// start starts the command. Its output goes to one file in append mode, so both
// streams keep their order and no pipe can hold anything up.
func (t *bashTool) start(ctx context.Context, call Call, text, dir string) (*command, error) {
	sh, err := t.shell(t.Shell)
	if err != nil {
		return nil, failWith(CodeFailed, "%v", err)
	}
	log, err := t.spool.create(call.ID, ".txt")
	if err != nil {
		return nil, err
	}
	argv, err := t.argv(sh, call, text)
	if err != nil {
		discard(log)
		return nil, err
	}
	// A cancelled start would leave the end of what has begun to the guardian
	// alone. It takes milliseconds, so it is finished, and then ended in order.
	starting, cancel := context.WithTimeout(context.WithoutCancel(ctx), startWait)
	defer cancel()
	socket := t.jobs.serve(ctx, t.PrivateFolder)
	order := guard.Command{
		Path: sh.path, Args: argv, Dir: dir,
		Env:    commandEnvironment(t.Environment, sh.path, t.SessionID, t.Program, socket),
		Stdout: log, Stderr: log,
	}
	if socket != "" { // a guardian that rests remembers it
		order.OrphanFolders = []string{filepath.Dir(socket)}
	}
	tree, err := guard.Start(starting, order)
	if err != nil {
		discard(log)
		return nil, fmt.Errorf("start %s: %w", sh.path, err)
	}
	c := &command{text: text, log: log, tree: tree, started: time.Now(), exited: make(chan struct{})}
	ctx = context.WithoutCancel(ctx)
	go c.await(ctx)
	go c.watchSize(ctx, t.OutputLimitBytes)
	return c, nil
}

// prepareNext has a guardian ready for the next command when the last one keeps
// its own. If it cannot, the next Start says why.
func prepareNext() { _ = guard.Prepare() }

// argv puts a command that is too long to be an argument into a file.
func (t *bashTool) argv(sh commandShell, call Call, text string) ([]string, error) {
	if len(text) <= maxArgument {
		return sh.argv(text), nil
	}
	script, err := t.spool.create(call.ID, ".sh")
	if err != nil {
		return nil, err
	}
	_, err = script.WriteString(text)
	if err := errors.Join(err, script.Close()); err != nil {
		return nil, fmt.Errorf("write command: %w", err)
	}
	return sh.scriptArgv(script.Name()), nil
}

// await records the end of the shell. What the shell left running goes on.
func (c *command) await(ctx context.Context) {
	c.exit, c.failure = c.tree.Wait(ctx)
	c.took = time.Since(c.started)
	close(c.exited)
}

// watchSize kills the tree when it has written too much, also after the shell
// has ended and only its children write. What is over the limit is cut off.
func (c *command) watchSize(ctx context.Context, limit int64) {
	tick := time.NewTicker(sizePoll)
	defer tick.Stop()
	for {
		select {
		case <-c.tree.Gone():
			<-c.exited
			return
		case <-tick.C:
			if c.size() <= limit {
				continue
			}
			c.mu.Lock()
			c.tooLarge = true
			c.mu.Unlock()
			c.end(ctx, 0)
			_ = os.Truncate(c.log.Name(), limit)
		}
	}
}

func (c *command) size() int64 {
	info, err := c.log.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

func (c *command) wroteTooMuch() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tooLarge
}

// end ends the command and everything it started, and waits until it is gone.
func (c *command) end(ctx context.Context, grace time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace+killWait)
	defer cancel()
	_ = c.tree.Terminate(ctx, grace) // what cannot be ended is listed at Close
	select {
	case <-c.exited:
	case <-ctx.Done():
	}
}

// leftovers are the processes that go on after the shell has ended. The usual
// end leaves none and is told at once.
func (c *command) leftovers(ctx context.Context) []int {
	timer := time.NewTimer(goneAfter)
	defer timer.Stop()
	select {
	case <-c.tree.Gone():
		return nil
	case <-timer.C:
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	pids, err := c.tree.Descendants(ctx)
	if err != nil {
		return nil
	}
	return pids
}

// status says how the shell ended: "exit 2", "killed by SIGSEGV".
func (c *command) status() string {
	switch {
	case c.failure != nil:
		return "end unknown: " + c.failure.Error()
	case c.exit.Signal != 0:
		return "killed by " + signalName(c.exit.Signal)
	case c.exit.Code > 128 && c.exit.Code < 160:
		return fmt.Sprintf("exit %d, %s", c.exit.Code, signalName(syscall.Signal(c.exit.Code-128)))
	}
	return fmt.Sprintf("exit %d", c.exit.Code)
}

// discard closes a log that nobody will read and removes it.
func discard(log *os.File) {
	_ = log.Close()
	_ = os.Remove(log.Name())
}
