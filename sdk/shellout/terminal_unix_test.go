//go:build unix

package shellout_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// playTerminal is a program that asks on its terminal. Its argument says how it
// behaves in the end.
func playTerminal(args []string) int {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGWINCH, syscall.SIGINT)
	size := func() string {
		rows, columns, err := pty.Getsize(os.Stdin)
		return fmt.Sprint(rows, "x", columns, " ", err)
	}
	fmt.Printf("\x1b[32mready\x1b[0m %s\n", size())
	typed := make(chan string)
	go func() {
		line := make([]byte, 100)
		for {
			n, err := os.Stdin.Read(line)
			if err != nil {
				return
			}
			typed <- string(line[:n])
		}
	}()
	for {
		select {
		case s := <-signals:
			if s == syscall.SIGINT {
				fmt.Println("interrupted")
				return 7
			}
			fmt.Println("resized", size())
		case line := <-typed:
			fmt.Printf("got %q\n", line)
			if args[0] == "leaves" {
				return 0
			}
		}
	}
}

// userTerminal is a person at a terminal: it answers what it sees.
type userTerminal struct {
	mu      sync.Mutex
	seen    bytes.Buffer
	changed chan struct{} // something was seen, at most one note waits
	keys    chan string
	resizes chan sdk.TerminalSize
	status  chan int
	once    sync.Once
	broken  error // of Write
}

func newUserTerminal() *userTerminal {
	return &userTerminal{
		changed: make(chan struct{}, 1), keys: make(chan string, 10), resizes: make(chan sdk.TerminalSize, 1), status: make(chan int, 10),
	}
}

func (u *userTerminal) Read(p []byte) (int, error) {
	text, ok := <-u.keys
	if !ok {
		return 0, io.EOF
	}
	return copy(p, text), nil
}

func (u *userTerminal) Write(p []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.broken != nil {
		return 0, u.broken
	}
	u.seen.Write(p)
	select {
	case u.changed <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (u *userTerminal) Resizes() <-chan sdk.TerminalSize { return u.resizes }

func (u *userTerminal) Exit(status int) error {
	u.status <- status
	u.once.Do(func() { close(u.keys); close(u.resizes) })
	return nil
}

func (u *userTerminal) text() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.seen.String()
}

// see waits until text was shown.
func (u *userTerminal) see(t *testing.T, text string) {
	t.Helper()
	eventually(t, "seen: "+text, func() bool { return strings.Contains(u.text(), text) })
}

type terminalEnd struct {
	exit shellout.Exit
	err  error
}

func onTerminal(ctx context.Context, t *testing.T, how string) (u *userTerminal, ended chan terminalEnd, mark string) {
	t.Helper()
	c, mark := program(t, "terminal", how)
	u, ended = newUserTerminal(), make(chan terminalEnd, 1)
	go func() {
		exit, err := shellout.RunTerminal(ctx, c, u, sdk.TerminalSize{Rows: 31, Columns: 97})
		ended <- terminalEnd{exit, err}
	}()
	u.see(t, "\x1b[32mready\x1b[0m 31x97 <nil>")
	return u, ended, mark
}

func TestRunTerminal(t *testing.T) {
	t.Parallel()
	u, ended, _ := onTerminal(t.Context(), t, "leaves")
	u.resizes <- sdk.TerminalSize{Rows: 40, Columns: 120}
	u.see(t, "resized 40x120")
	u.resizes <- sdk.TerminalSize{Rows: -1, Columns: 1 << 20} // nonsense is not passed on
	u.keys <- "hello\r"
	u.see(t, `got "hello\n"`)
	end := <-ended
	if end.err != nil || !end.exit.Success() {
		t.Errorf("%+v, %v", end.exit, end.err)
	}
	if status := <-u.status; status != 0 {
		t.Error("given back with", status)
	}
}

// Ctrl-C is a key for the program, which decides what it means.
func TestRunTerminalCtrlC(t *testing.T) {
	t.Parallel()
	u, ended, _ := onTerminal(t.Context(), t, "stays")
	u.keys <- "\x03"
	end := <-ended
	if end.err != nil || end.exit.Code != 7 || end.exit.Stop != "" {
		t.Errorf("%+v, %v", end.exit, end.err)
	}
	if !strings.Contains(u.text(), "interrupted") {
		t.Error("its last words were not shown:", u.text())
	}
}

func TestRunTerminalEnds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		end  func(u *userTerminal, cancel context.CancelFunc)
		stop shellout.Stop
	}{
		"cancelled":           {func(_ *userTerminal, cancel context.CancelFunc) { cancel() }, shellout.StopCancelled},
		"terminal taken back": {func(u *userTerminal, _ context.CancelFunc) { u.once.Do(func() { close(u.keys); close(u.resizes) }) }, shellout.StopCaller},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			u, ended, mark := onTerminal(ctx, t, "stays")
			tt.end(u, cancel)
			end := <-ended
			if sdk.KindOf(end.err) != sdk.KindCancelled || end.exit.Stop != tt.stop {
				t.Errorf("%+v, %v", end.exit, end.err)
			}
			if len(u.status) != 1 {
				t.Error("the terminal was not given back")
			}
			nothingLeft(t, mark)
		})
	}
}

func TestRunTerminalCannotStart(t *testing.T) {
	t.Parallel()
	u := newUserTerminal()
	_, err := shellout.RunTerminal(t.Context(), shellout.Command{Path: "/nowhere/acme"}, u, sdk.TerminalSize{})
	var e *sdk.Error
	if !errors.As(err, &e) || e.Kind != sdk.KindCLIMissing || len(u.status) != 1 {
		t.Errorf("%v, given back %d times", err, len(u.status))
	}
}
