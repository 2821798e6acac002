//go:build unix

package shellout

import (
	"context"
	"io"
	"os"
	"sync"
	"time"

	"github.com/creack/pty"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/guard"
)

// RunTerminal runs c on a pseudo-terminal of its own and relays that to the user's
// terminal, which the host has lent: what the program prints is shown byte for
// byte, what the user types goes to the program, Ctrl-C included, and so does each
// new size. size is the first one. It is for logins: no limit but ctx holds, and
// Stdin, Input, OnStderr and the limits of c do not count.
//
// The terminal is given back on every way out. The error is nil when the program
// left by itself, with whatever status, which proves nothing about a login. What a
// program leaves running after success may outlive this call: it may have been the
// first to start the user's browser. After anything else nothing is left.
//
// On Windows it is an error of kind interaction_required that names the command.
func RunTerminal(ctx context.Context, c Command, lent sdk.Terminal, size sdk.TerminalSize) (Exit, error) {
	c = c.withDefaults(NoLimit)
	s := &terminalRun{command: c, lent: lent, shown: make(chan struct{}), taken: make(chan struct{}), exited: make(chan struct{})}
	exit, err := s.run(ctx, size)
	_ = lent.Exit(exit.Code) // a host that is gone needs none
	return exit, err
}

// terminalRun is a program on a pseudo-terminal.
type terminalRun struct {
	command Command
	lent    sdk.Terminal
	ours    *os.File // the master side
	tree    *guard.Tree

	shown  chan struct{} // everything was shown, or cannot be
	taken  chan struct{} // the host took the terminal back
	exited chan struct{} // status and lost are known
	status guard.Exit
	lost   error
}

func (s *terminalRun) run(ctx context.Context, size sdk.TerminalSize) (Exit, error) {
	exit := Exit{Program: s.command.Name, Code: -1}
	if err := s.command.check(); err != nil {
		return exit, err
	}
	if err := s.start(ctx, size); err != nil {
		return exit, startError(ctx, s.command, err)
	}
	s.relay()
	go func() {
		s.status, s.lost = s.tree.Wait(context.WithoutCancel(ctx))
		close(s.exited)
	}()
	exit.Stop = s.await(ctx)
	s.end(ctx, exit.Stop)
	select {
	case <-s.exited:
		exit.Code, exit.Signal = s.status.Code, s.status.Signal
	default:
	}
	switch {
	case exit.Stop == StopCancelled:
		return exit, cancelled(ctx, s.command)
	case exit.Stop == StopCaller:
		return exit, s.command.failure(sdk.KindCancelled, "the terminal was taken back")
	case s.lost != nil:
		exit.Code = -1
		e := s.command.failure(sdk.KindInternal, "")
		e.Err = s.lost
		return exit, e
	}
	return exit, nil
}

// start opens the pseudo-terminal and starts the program on it.
func (s *terminalRun) start(ctx context.Context, size sdk.TerminalSize) error {
	ours, theirs, err := pty.Open()
	if err != nil {
		return err
	}
	defer func() { _ = theirs.Close() }()
	s.ours = ours
	s.setSize(size)
	s.tree, err = startTree(ctx, guard.Command{
		Path: s.command.Path, Args: append([]string{s.command.Path}, s.command.Args...), Dir: s.command.Dir,
		Env:   withDir(s.command.Environment, s.command.Dir),
		Stdin: theirs, Stdout: theirs, Stderr: theirs, Terminal: true,
	})
	if err != nil {
		_ = ours.Close()
	}
	return err
}

// relay starts the relays. The pseudo-terminal is closed when all of them have
// ended, not earlier: closing does not wake who reads it. They end with the last
// process that has it and with the lent terminal.
func (s *terminalRun) relay() {
	var users sync.WaitGroup
	users.Go(s.show)
	users.Go(s.relayInput)
	users.Go(s.resize)
	go func() {
		users.Wait()
		_ = s.ours.Close()
	}()
}

// show relays what the program prints, until it has closed its terminal or the
// host shows no more.
func (s *terminalRun) show() {
	defer close(s.shown)
	_, _ = io.Copy(writerOnly{s.lent}, s.ours) // at its end Linux says EIO
}

// writerOnly hides whatever else a terminal can do from io.Copy.
type writerOnly struct{ io.Writer }

// relayInput relays what the user types.
func (s *terminalRun) relayInput() {
	defer close(s.taken)
	buffer := make([]byte, 4096)
	for {
		n, err := s.lent.Read(buffer)
		if n > 0 {
			_, _ = s.ours.Write(buffer[:n]) // a program that is gone has no use for it
		}
		if err != nil {
			return
		}
	}
}

func (s *terminalRun) resize() {
	for size := range s.lent.Resizes() {
		s.setSize(size)
	}
}

// setSize passes a size on; the program hears of it by SIGWINCH.
func (s *terminalRun) setSize(size sdk.TerminalSize) {
	if size.Rows <= 0 || size.Columns <= 0 || size.Rows > maxCells || size.Columns > maxCells {
		return
	}
	_ = pty.Setsize(s.ours, &pty.Winsize{Rows: uint16(size.Rows), Cols: uint16(size.Columns)})
}

// maxCells is what a terminal's size can say.
const maxCells = 1<<16 - 1

// await returns when the program has left or must be ended, and why.
func (s *terminalRun) await(ctx context.Context) Stop {
	select {
	case <-s.exited:
		return ""
	case <-ctx.Done():
		return StopCancelled
	case <-s.taken:
	}
	select {
	case <-ctx.Done(): // the usual reason to take it back
		return StopCancelled
	default:
		return StopCaller
	}
}

// end ends what must be ended and shows what was printed last.
func (s *terminalRun) end(ctx context.Context, stop Stop) {
	ctx = context.WithoutCancel(ctx) // ending takes its time
	if stop != "" {
		p := process{command: s.command, tree: s.tree, exited: s.exited}
		p.descend(ctx)
	}
	select {
	case <-s.shown:
	case <-time.After(holdGrace): // somebody whom it started holds the terminal
	}
	if stop == "" && s.lost == nil && s.status.Success() {
		_ = s.tree.Release()
	} else if stop == "" {
		p := process{tree: s.tree}
		p.terminate(ctx, leftoverGrace)
	}
}
