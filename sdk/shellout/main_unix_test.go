//go:build unix

package shellout_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk/guard"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// The test binary plays the vendors' programs, named by modeVar.
const (
	modeVar = "SHELLOUT_TEST_MODE"
	markVar = "SHELLOUT_TEST_MARK" // of every process of one test
)

func TestMain(m *testing.M) {
	guard.Main()
	if mode := os.Getenv(modeVar); mode != "" {
		play, ok := programs()[mode]
		if !ok {
			os.Exit(99)
		}
		os.Exit(play(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// programs are as nasty as the real ones. What they return is the exit status.
func programs() map[string]func(args []string) int {
	return map[string]func([]string) int{
		"long":         playLong,
		"cat":          func([]string) int { _, _ = io.Copy(os.Stdout, os.Stdin); return 0 },
		"print":        func(args []string) int { fmt.Print(strings.Join(args, "")); return 0 },
		"complain":     func(args []string) int { fmt.Fprint(os.Stderr, args[0]); return 3 },
		"slow":         playSlow,
		"close stdout": playCloseStdout,
		"stubborn":     playStubborn,
		"holder":       playHolder,
		"grandchild":   playGrandchild,
		"flood":        playFlood,
		"deaf":         func([]string) int { fmt.Println("last"); return 0 },
		"deaf forever": func([]string) int { fmt.Println("last"); forever(); return 0 },
		"kill self":    playKillSelf,
		"stays":        func([]string) int { fmt.Println("one\nlast\nmore"); forever(); return 0 },
		"hang":         func([]string) int { fmt.Fprintln(os.Stderr, "thinking"); forever(); return 0 },
		"falls silent": func([]string) int { fmt.Println("one"); forever(); return 0 },
		"chatty":       playChatty,
		"polite":       playPolite,
		"ask":          playAsk,
		"environment":  playEnvironment,
		"parent":       playParent,
		"count":        playCount,
		"terminal":     playTerminal,
		"guardian":     func([]string) int { fmt.Println(os.Getppid()); forever(); return 0 },
	}
}

func forever() {
	signal.Reset()
	time.Sleep(time.Hour)
}

func playLong(args []string) int {
	n, _ := strconv.Atoi(args[0])
	out := bufio.NewWriter(os.Stdout)
	fmt.Fprintln(out, "short")
	_, _ = out.WriteString(strings.Repeat("x", n))
	fmt.Fprint(out, "\nafter\n")
	_ = out.Flush()
	return 0
}

// playSlow writes its argument byte by byte.
func playSlow(args []string) int {
	for i := range len(args[0]) {
		_, _ = os.Stdout.WriteString(args[0][i : i+1])
		time.Sleep(time.Millisecond)
	}
	return 0
}

func playCloseStdout(args []string) int {
	fmt.Println("one")
	_ = os.Stdout.Close()
	if len(args) > 0 {
		forever()
	}
	time.Sleep(200 * time.Millisecond)
	return 7
}

func playStubborn([]string) int {
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	fmt.Println("ready")
	time.Sleep(time.Hour)
	return 0
}

// playHolder leaves a process behind that has left the session and holds standard
// output and standard error, and then prints the last line and goes.
func playHolder(args []string) int {
	cmd := exec.Command(self(), args...)
	cmd.Env = withMode("grandchild")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	r, err := cmd.StdinPipe()
	if err != nil || cmd.Start() != nil {
		return 1
	}
	_ = r
	fmt.Println("last")
	return 0
}

func playGrandchild([]string) int {
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	time.Sleep(time.Hour)
	return 0
}

func playFlood([]string) int {
	line := bytes.Repeat([]byte("noise "), 170)
	line[len(line)-1] = '\n'
	for range 10 << 20 / len(line) {
		_, _ = os.Stderr.Write(line)
	}
	fmt.Fprint(os.Stderr, "\x1b[31mthe end\x1b[0m key=hunter2-and-more\x00\n")
	fmt.Println("last")
	return 1
}

func playKillSelf(args []string) int {
	n, _ := strconv.Atoi(args[0])
	_ = syscall.Kill(os.Getpid(), syscall.Signal(n))
	time.Sleep(time.Hour)
	return 0
}

// playChatty says one thing, then only talks on standard error, then ends.
func playChatty([]string) int {
	fmt.Println("one")
	for range 30 {
		fmt.Fprintln(os.Stderr, "working")
		time.Sleep(50 * time.Millisecond)
	}
	fmt.Println("last")
	return 0
}

// playPolite returns 0 after the signal that its argument names.
func playPolite(args []string) int {
	got := make(chan os.Signal, 1)
	signal.Notify(got, syscall.SIGINT, syscall.SIGTERM)
	fmt.Println("ready")
	for s := range got {
		fmt.Fprintln(os.Stderr, "got", s)
		if s.String() == args[0] {
			fmt.Println("too late")
			return 0
		}
	}
	return 1
}

// playAsk asks for each word of its arguments and ends when it has read them.
func playAsk(args []string) int {
	in := bufio.NewScanner(os.Stdin)
	for _, word := range args {
		fmt.Println("say", word)
		if !in.Scan() || in.Text() != word {
			return 1
		}
	}
	fmt.Println("last")
	_, _ = io.Copy(io.Discard, os.Stdin) // lives until its input ends
	return 0
}

func playEnvironment([]string) int {
	dir, _ := os.Getwd()
	info, _ := os.Stdin.Stat()
	fmt.Println("dir", dir)
	fmt.Println("pipe", info.Mode()&os.ModeNamedPipe != 0)
	fmt.Println("args", strings.Join(os.Args[1:], "|"))
	for _, entry := range os.Environ() {
		fmt.Println(entry)
	}
	return 0
}

// playParent is a plugin that runs a nasty tree until it is killed itself.
func playParent([]string) int {
	c := shellout.Command{Path: self(), Args: []string{"x"}, Environment: append(withMode("holder"), "GOMAXPROCS=1")}
	_, _ = shellout.RunLines(context.Background(), c, func(line []byte) (bool, error) {
		fmt.Println(string(line))
		time.Sleep(time.Hour)
		return false, nil
	})
	return 0
}

// playCount adds a byte to the file that it is given, so that its runs can be
// counted, and prints a help text on standard error.
func playCount(args []string) int {
	f, err := os.OpenFile(args[0], os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 1
	}
	_, _ = f.WriteString(".")
	_ = f.Close()
	switch args[1] {
	case "hang":
		time.Sleep(time.Hour)
	case "fail":
		fmt.Println("half a help")
		return 2
	}
	fmt.Fprintln(os.Stderr, "\x1b[1mUsage\x1b[0m --trust")
	return 0
}

func self() string {
	exe, err := os.Executable()
	if err != nil {
		panic(err) // nothing in these tests works then
	}
	return exe
}

// withMode is this process's environment for a program of the table.
func withMode(mode string) []string {
	return shellout.Environment(os.Environ(), []string{"GOCOVERDIR"}, map[string]string{
		modeVar: mode, "GORACE": "atexit_sleep_ms=0", // else every exit takes a second under the race detector
	})
}

// program is the command for a program of the table.
func program(t *testing.T, mode string, args ...string) (c shellout.Command, mark string) {
	t.Helper()
	mark = fmt.Sprintf("%s=%d-%d", markVar, os.Getpid(), time.Now().UnixNano())
	return shellout.Command{Name: mode, Path: self(), Args: args, Environment: append(withMode(mode), mark)}, mark
}

// within is ten times what anything here should take.
const within = 30 * time.Second

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	begin := time.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Since(begin) > within {
			t.Fatalf("after %v: still not %s", within, what)
		}
		<-tick.C
	}
}
