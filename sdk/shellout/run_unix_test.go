//go:build unix

package shellout_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// lines runs c and returns its lines; "last" is the last event.
func lines(ctx context.Context, c shellout.Command) ([]string, shellout.Exit, error) {
	var got []string
	exit, err := shellout.RunLines(ctx, c, func(line []byte) (bool, error) {
		got = append(got, string(line))
		return string(line) == "last", nil
	})
	return got, exit, err
}

func TestRunLines(t *testing.T) {
	t.Parallel()
	const soon = 300 * time.Millisecond
	tests := []struct {
		name, mode string
		args       []string
		change     func(*shellout.Command)
		want       []string
		exit       shellout.Exit // without Program and Stderr
		stderr     string
		kind       string // of the error, "" for none
	}{
		{name: "no output", mode: "print", exit: shellout.Exit{}},
		{name: "lines", mode: "print", args: []string{"a\r\n\n \nb\n"}, want: []string{"a", "b"}, exit: shellout.Exit{Output: true}},
		{name: "no newline at the end", mode: "print", args: []string{"\ufeffa\nb"}, want: []string{"a", "b"}, exit: shellout.Exit{Output: true}},
		{name: "slow", mode: "slow", args: []string{"one\ntwo\nlast\nno"}, want: []string{"one", "two", "last"}, exit: shellout.Exit{Output: true, Ended: true}},
		{name: "closes stdout early", mode: "close stdout", want: []string{"one"}, exit: shellout.Exit{Code: 7, Output: true}},
		{
			name: "closes stdout and stays", mode: "close stdout", args: []string{"stay"}, change: func(c *shellout.Command) { c.ExitGrace = soon },
			want: []string{"one"}, exit: shellout.Exit{Code: -1, Signal: syscall.SIGTERM, Stop: shellout.StopLingering, Output: true},
		},
		{name: "fails", mode: "complain", args: []string{"no\x07 good\n"}, exit: shellout.Exit{Code: 3}, stderr: "no good"},
		{name: "killed", mode: "kill self", args: []string{"9"}, exit: shellout.Exit{Code: -1, Signal: syscall.SIGKILL}},
		{name: "hung up", mode: "kill self", args: []string{"1"}, exit: shellout.Exit{Code: -1, Signal: syscall.SIGHUP}},
		{
			name: "stays after the last event", mode: "stays", change: func(c *shellout.Command) { c.ExitGrace = soon },
			want: []string{"one", "last"},
			exit: shellout.Exit{Code: -1, Signal: syscall.SIGTERM, Stop: shellout.StopLingering, Output: true, Ended: true},
		},
		{
			name: "stays and there is no grace", mode: "stays", change: func(c *shellout.Command) { c.ExitGrace = -1 },
			want: []string{"one", "last"},
			exit: shellout.Exit{Code: -1, Signal: syscall.SIGTERM, Stop: shellout.StopLingering, Output: true, Ended: true},
		},
		{
			name: "never reads", mode: "deaf", change: func(c *shellout.Command) { c.Stdin = bytes.Repeat([]byte("p"), 5<<20) },
			want: []string{"last"}, exit: shellout.Exit{Output: true, Ended: true},
		},
		{
			name: "never reads and stays", mode: "deaf forever",
			change: func(c *shellout.Command) { c.Stdin, c.ExitGrace = bytes.Repeat([]byte("p"), 5<<20), soon },
			want:   []string{"last"},
			exit:   shellout.Exit{Code: -1, Signal: syscall.SIGTERM, Stop: shellout.StopLingering, Output: true, Ended: true},
		},
		{
			name: "hangs at the start", mode: "hang", change: func(c *shellout.Command) { c.StartLimit = soon },
			exit:   shellout.Exit{Code: -1, Signal: syscall.SIGTERM, Stop: shellout.StopStartLimit},
			stderr: "thinking", kind: "network, retryable",
		},
		{
			name: "falls silent", mode: "falls silent", change: func(c *shellout.Command) { c.IdleLimit = soon },
			want: []string{"one"},
			exit: shellout.Exit{Code: -1, Signal: syscall.SIGTERM, Stop: shellout.StopIdleLimit, Output: true},
			kind: "network",
		},
		{
			name: "talks on stderr", mode: "chatty", change: func(c *shellout.Command) { c.IdleLimit = time.Second },
			want: []string{"one", "last"}, stderr: strings.TrimSpace(strings.Repeat("working\n", 30)),
			exit: shellout.Exit{Output: true, Ended: true},
		},
		{
			name: "line too long", mode: "long", args: []string{"5000"}, change: func(c *shellout.Command) { c.LineLimit = 5000 },
			want: []string{"short", "after"}, exit: shellout.Exit{Output: true, LeftOut: 1},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, mark := program(t, tt.mode, tt.args...)
			if tt.change != nil {
				tt.change(&c)
			}
			got, exit, err := lines(t.Context(), c)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if kindOf(err) != tt.kind {
				t.Errorf("error %v is %q, want %q", err, kindOf(err), tt.kind)
			}
			tt.exit.Program, tt.exit.Stderr = tt.mode, tt.stderr
			if tt.exit.Stop == shellout.StopCaller {
				exit.Code, exit.Signal, exit.Stop = 0, 0, shellout.StopCaller // it may have left before it was told
			}
			if exit != tt.exit {
				t.Errorf("exit %+v, want %+v", exit, tt.exit)
			}
			nothingLeft(t, mark)
		})
	}
}

func kindOf(err error) string {
	var e *sdk.Error
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &e):
		return "untyped"
	case e.Retryable:
		return e.Kind.String() + ", retryable"
	}
	return e.Kind.String()
}

func TestLongLines(t *testing.T) {
	t.Parallel()
	c, _ := program(t, "long", fmt.Sprint(8<<20))
	sizes := []int{}
	exit, err := shellout.RunLines(t.Context(), c, func(line []byte) (bool, error) {
		sizes = append(sizes, len(line))
		return false, nil
	})
	if diff := cmp.Diff([]int{5, 8 << 20, 5}, sizes); diff != "" || err != nil || !exit.Success() {
		t.Errorf("%v %v\n%s", exit, err, diff)
	}
}

func TestFullPipesBothWays(t *testing.T) {
	t.Parallel()
	c, _ := program(t, "cat")
	line := strings.Repeat("p", 99) + "\n"
	c.Stdin = []byte(strings.Repeat(line, 50_000)) // 5 MB, while as much comes back
	count := 0
	exit, err := shellout.RunLines(t.Context(), c, func(b []byte) (bool, error) {
		if string(b) != line[:99] {
			return false, fmt.Errorf("line %d is %q", count, b)
		}
		count++
		return false, nil
	})
	if err != nil || !exit.Success() || count != 50_000 {
		t.Errorf("%d lines, %v, %v", count, exit, err)
	}
}

func TestCallerFails(t *testing.T) {
	t.Parallel()
	c, mark := program(t, "stubborn")
	c.Ladder = []shellout.Step{{Signal: syscall.SIGTERM, Wait: 100 * time.Millisecond}}
	want := errors.New("the reader is gone")
	exit, err := shellout.RunLines(t.Context(), c, func([]byte) (bool, error) { return true, want })
	if !errors.Is(err, want) || exit.Stop != shellout.StopCaller || exit.Ended || exit.Signal != syscall.SIGKILL {
		t.Errorf("%+v, %v", exit, err)
	}
	nothingLeft(t, mark)
}

func TestCallerPanics(t *testing.T) {
	t.Parallel()
	c, mark := program(t, "stays")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = shellout.RunLines(t.Context(), c, func([]byte) (bool, error) { panic("defect") })
	}()
	nothingLeft(t, mark)
}

func TestClockStopsForTheCaller(t *testing.T) {
	t.Parallel()
	c, _ := program(t, "stays")
	c.IdleLimit, c.ExitGrace = 300*time.Millisecond, shellout.NoLimit
	exit, err := shellout.RunLines(t.Context(), c, func(line []byte) (bool, error) {
		if string(line) == "one" { // an answer of the user takes its time
			timer := time.NewTimer(3 * c.IdleLimit)
			<-timer.C
		}
		return string(line) == "last", nil
	})
	if err != nil || !exit.Ended || exit.Stop != shellout.StopLingering {
		t.Errorf("%+v, %v", exit, err)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	const step = 200 * time.Millisecond
	interrupt, term := syscall.SIGINT, syscall.SIGTERM
	tests := []struct {
		name, mode string
		arg        string
		ladder     []shellout.Step
		exit       shellout.Exit
		stderr     string
	}{
		{"returns 0 after SIGTERM", "polite", "terminated", nil, shellout.Exit{}, "got terminated"},
		{"dies of SIGTERM", "falls silent", "", nil, shellout.Exit{Code: -1, Signal: term}, ""},
		{"returns 0 after SIGINT", "polite", "interrupt", []shellout.Step{{interrupt, within}, {term, within}}, shellout.Exit{}, "got interrupt"},
		{"needs the second step", "polite", "terminated", []shellout.Step{{interrupt, step}, {term, within}}, shellout.Exit{}, "got interrupt\ngot terminated"},
		{"term before the end of the ladder", "polite", "interrupt", []shellout.Step{{term, step}, {interrupt, within}}, shellout.Exit{}, "got terminated\ngot interrupt"},
		{"ignores all", "stubborn", "", []shellout.Step{{interrupt, step}, {term, step}}, shellout.Exit{Code: -1, Signal: syscall.SIGKILL}, ""},
		{"no ladder", "stubborn", "", []shellout.Step{}, shellout.Exit{Code: -1, Signal: syscall.SIGKILL}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, mark := program(t, tt.mode, tt.arg)
			c.Ladder = tt.ladder
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			seen := 0
			exit, err := shellout.RunLines(ctx, c, func([]byte) (bool, error) {
				seen++
				cancel()
				return false, nil
			})
			if kindOf(err) != "cancelled" || !errors.Is(err, context.Canceled) || seen != 1 {
				t.Errorf("%v (%s) after %d lines", err, kindOf(err), seen)
			}
			tt.exit.Program, tt.exit.Stop, tt.exit.Output, tt.exit.Stderr = tt.mode, shellout.StopCancelled, true, tt.stderr
			if exit != tt.exit {
				t.Errorf("exit %+v, want %+v", exit, tt.exit)
			}
			nothingLeft(t, mark)
		})
	}
}

func TestLadderHasAnEnd(t *testing.T) {
	t.Parallel()
	c, mark := program(t, "stubborn")
	c.Ladder = []shellout.Step{{syscall.SIGINT, 2 * time.Hour}, {syscall.SIGTERM, time.Hour}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begin := time.Now()
	_, err := shellout.RunLines(ctx, c, func([]byte) (bool, error) { cancel(); return false, nil })
	if took := time.Since(begin); kindOf(err) != "cancelled" || took > 10*shellout.MaxLadder {
		t.Errorf("%v after %v", err, took)
	}
	nothingLeft(t, mark)
}

func TestCancelAfterTheLastEvent(t *testing.T) {
	t.Parallel()
	c, mark := program(t, "stays")
	c.ExitGrace = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	exit, err := shellout.RunLines(ctx, c, func(line []byte) (bool, error) {
		if string(line) == "last" {
			defer cancel()
			return true, nil
		}
		return false, nil
	})
	if err != nil || !exit.Ended || exit.Stop != shellout.StopCancelled {
		t.Errorf("%+v, %v: the answer was complete", exit, err)
	}
	nothingLeft(t, mark)
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	c, _ := program(t, "hang")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, _, err := lines(ctx, c)
	if kindOf(err) != "network" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v (%s)", err, kindOf(err))
	}
	if _, _, err := lines(ctx, c); kindOf(err) != "network" {
		t.Errorf("started late: %v (%s)", err, kindOf(err))
	}
}

func TestGrandchildHoldsTheOutput(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		run  func(context.Context, shellout.Command) (shellout.Exit, error)
	}{
		{"after the last event", func(ctx context.Context, c shellout.Command) (shellout.Exit, error) {
			_, exit, err := lines(ctx, c)
			return exit, err
		}},
		{"without one", func(ctx context.Context, c shellout.Command) (shellout.Exit, error) {
			return shellout.RunLines(ctx, c, func([]byte) (bool, error) { return false, nil })
		}},
		{"text", func(ctx context.Context, c shellout.Command) (shellout.Exit, error) {
			return shellout.RunText(ctx, c, func(string) error { return nil })
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, mark := program(t, "holder")
			c.Stdin = bytes.Repeat([]byte("p"), 1<<20) // the grandchild holds this end too
			begin := time.Now()
			exit, err := tt.run(t.Context(), c)
			if err != nil || !exit.Success() {
				t.Errorf("%+v, %v", exit, err)
			}
			if took := time.Since(begin); took > within {
				t.Errorf("took %v", took)
			} else {
				t.Logf("took %v", took)
			}
			nothingLeft(t, mark)
		})
	}
}

func TestStderr(t *testing.T) {
	t.Parallel()
	c, _ := program(t, "flood")
	c.Redact = []sdk.Secret{sdk.NewSecret("hunter2-and-more")}
	var last string
	count := 0
	c.OnStderr = func(line string) { last, count = line, count+1 }
	_, exit, err := lines(t.Context(), c)
	if err != nil || !exit.Ended || exit.Code != 1 {
		t.Errorf("%v, %v", exit, err)
	}
	const end = "the end key=[redacted]"
	if !strings.HasSuffix(last, " lines left out)") || count < 200 {
		t.Errorf("%d lines, the last %q", count, last)
	}
	if n := len(exit.Stderr); n > shellout.DefaultStderrLimit || n < shellout.DefaultStderrLimit/2 || !strings.HasSuffix(exit.Stderr, end) || !strings.HasPrefix(exit.Stderr, "noise ") {
		t.Errorf("%d bytes kept: %.60q", n, exit.Stderr)
	}
	if message := exit.Failure().Error(); len(message) > 3<<10 || !strings.HasPrefix(message, "flood exited with status 1: … noise") || strings.Contains(message, "\n") {
		t.Errorf("message %.100q", message)
	}
}

func TestInput(t *testing.T) {
	t.Parallel()
	c, mark := program(t, "ask", "alpha", "beta", "gamma")
	in := shellout.NewInput()
	c.Input = in
	exit, err := shellout.RunLines(t.Context(), c, func(line []byte) (bool, error) {
		if word, ok := bytes.CutPrefix(line, []byte("say ")); ok {
			return false, in.Send(append(word, '\n'))
		}
		return string(line) == "last", nil
	})
	if err != nil || !exit.Ended || !exit.Success() {
		t.Errorf("%+v, %v: the end of the input lets it go", exit, err)
	}
	if err := in.Send([]byte("late")); !errors.Is(err, shellout.ErrInputClosed) {
		t.Errorf("Send afterwards: %v", err)
	}
	nothingLeft(t, mark)
}

func TestInputClose(t *testing.T) {
	t.Parallel()
	c, _ := program(t, "cat")
	c.Input = shellout.NewInput()
	early := []byte("early\n")
	if err := c.Input.Send(early); err != nil {
		t.Fatal(err)
	}
	early[0] = 'x' // Send took a copy
	var got []string
	exit, err := shellout.RunLines(t.Context(), c, func(line []byte) (bool, error) {
		got = append(got, string(line))
		c.Input.Close()
		c.Input.Close()
		return false, nil
	})
	if err != nil || !exit.Success() || cmp.Diff([]string{"early"}, got) != "" {
		t.Errorf("%q, %v, %v", got, exit, err)
	}
}

func TestRunText(t *testing.T) {
	t.Parallel()
	const text = "\n# Titel\n\nGrün 🙂 \x1b[1mfett\x1b[0m\r\n\n\tcode\xff\n\n\n"
	c, _ := program(t, "slow", text)
	var all strings.Builder
	pieces := 0
	exit, err := shellout.RunText(t.Context(), c, func(chunk string) error {
		pieces++
		all.WriteString(shellout.PlainText(chunk))
		return nil
	})
	if want := "\n# Titel\n\nGrün 🙂 fett\n\n\tcode\ufffd"; all.String() != want || err != nil || !exit.Success() || exit.Ended {
		t.Errorf("%q, %v, %v", all.String(), exit, err)
	}
	if pieces < 3 {
		t.Errorf("%d pieces: it was not streamed", pieces)
	}
}

func TestRunTextWaitsForASilentProgram(t *testing.T) {
	t.Parallel()
	c, _ := program(t, "hang")
	c.IdleLimit = 200 * time.Millisecond
	_, err := shellout.RunText(t.Context(), c, func(string) error { return nil })
	if kindOf(err) != "network" || !strings.Contains(err.Error(), "silent") || !strings.Contains(err.Error(), "thinking") {
		t.Errorf("%v (%s)", err, kindOf(err))
	}
	c.StartLimit, c.IdleLimit = 200*time.Millisecond, shellout.NoLimit
	if _, err := shellout.RunText(t.Context(), c, func(string) error { return nil }); kindOf(err) != "network, retryable" {
		t.Errorf("%v (%s)", err, kindOf(err))
	}
}

func TestCollect(t *testing.T) {
	t.Parallel()
	c, _ := program(t, "long", "100000")
	out, err := shellout.Collect(t.Context(), c, 1000)
	if err != nil || len(out.Stdout) != 1000 || !out.Truncated || !out.Exit.Success() {
		t.Errorf("%d bytes, %v, %v, %v", len(out.Stdout), out.Truncated, out.Exit, err)
	}
	c, _ = program(t, "print", "a\x01\r\n\n")
	out, err = shellout.Collect(t.Context(), c, 1000)
	if err != nil || string(out.Stdout) != "a\x01\r\n\n" || out.Truncated {
		t.Errorf("%q, %v, %v", out.Stdout, out.Truncated, err)
	}
}

func TestWhatTheProgramGets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, stdin := range [][]byte{nil, {}} {
		c, mark := program(t, "environment", "-x", "", "a b")
		c.Dir, c.Stdin = dir, stdin
		c.Environment = append(c.Environment, "PWD=/wrong", "X=1\n2")
		out, err := shellout.Collect(t.Context(), c, 1<<20)
		for _, want := range []string{
			"dir " + dir, "args -x||a b", fmt.Sprint("pipe ", stdin != nil), "PWD=" + dir, "NO_COLOR=1", "X=1\n2", mark,
		} {
			if !bytes.Contains(out.Stdout, []byte(want+"\n")) || err != nil {
				t.Errorf("no %q in %q, %v", want, out.Stdout, err)
			}
		}
	}
}

// What a run costs beyond the program's own start.
func BenchmarkRun(b *testing.B) {
	c := shellout.Command{Path: "/bin/true"}
	for b.Loop() {
		if _, err := shellout.Collect(b.Context(), c, 10); err != nil {
			b.Fatal(err)
		}
	}
}
