//go:build unix

package standincli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/creack/pty"
)

// console takes the alternate screen and hides the caret, as full-screen programs
// do, and gives neither back unless it is asked to leave.
func console(deaf bool) int {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGWINCH, syscall.SIGINT)
	size := func() string {
		rows, columns, err := pty.Getsize(os.Stdin)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprint(rows, "x", columns)
	}
	lines := make(chan string)
	go func() {
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			lines <- in.Text()
		}
	}()
	say := func(words ...any) { _, _ = fmt.Fprintln(os.Stdout, words...) }
	say("\x1b[?1049h\x1b[?25l\x1b[2J\x1b[H\x1b[32mready\x1b[0m", size())
	for {
		select {
		case s := <-signals:
			switch {
			case s == syscall.SIGWINCH:
				say("resized", size())
			case deaf:
				say("deaf")
			default:
				say("\x1b[?25h\x1b[?1049linterrupted")
				return 130
			}
		case line := <-lines:
			say(fmt.Sprintf("got %q", line))
			if line == "done" {
				say("\x1b[?25h\x1b[?1049lbye")
				return 0
			}
		}
	}
}

// startHolder leaves a child behind that has left the session and holds both
// outputs.
func startHolder() error {
	cmd := exec.CommandContext(context.Background(), "/bin/sh", "-c", `trap "" TERM INT HUP; while :; do sleep 1; done`)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd.Start()
}

func raise(number int) { _ = syscall.Kill(os.Getpid(), syscall.Signal(number)) }
