package guard_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk/guard"
)

// The test binary plays the programs that the tests need, named by modeVar.
const (
	modeVar   = "GUARD_TEST_MODE"
	treeVar   = "GUARD_TEST_TREE" // marks every process of one test
	folderVar = "GUARD_TEST_FOLDER"
)

func TestMain(m *testing.M) {
	guard.Main()
	switch os.Getenv(modeVar) {
	case "":
		os.Exit(m.Run())
	case "daemon":
		os.Exit(daemon())
	case "host":
		os.Exit(host(false))
	case "release":
		os.Exit(host(true))
	case "reuse":
		os.Exit(reuse())
	}
	os.Exit(99)
}

// daemon leaves a shell behind that has left the session, the group and the
// parent, ignores every polite signal and holds standard output.
func daemon() int {
	script := `trap "" TERM HUP INT; echo ready; while :; do sleep 100; done`
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Stdout = os.Stdout
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return 1
	}
	return 0
}

// host is a program that guards the script in its arguments and then waits to be
// killed, or releases the tree and goes.
func host(release bool) int {
	ctx := context.Background()
	c := shell(os.Args[1])
	c.Stdout = os.Stdout
	if f := os.Getenv(folderVar); f != "" {
		c.RemoveFolders = []string{f}
	}
	tree, err := guard.Start(ctx, c)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("guardian", tree.GuardianPid())
	if release {
		if err := tree.Release(); err != nil {
			return 1
		}
		return 0
	}
	_ = tree.WaitGone(ctx)
	return 0
}

// reuse is a host whose guardian has had a tree before, one that it was to let live.
func reuse() int {
	ctx := context.Background()
	first, err := guard.Start(ctx, shell("sleep 0.01"))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if err := errors.Join(first.Release(), first.WaitGone(ctx)); err != nil || guard.IdlePid() != first.GuardianPid() {
		fmt.Println(err, "guardian was not kept")
		return 1
	}
	return host(false)
}

// shell is a command that runs a script. The tests' own modes are at hand in it
// as $SELF.
func shell(script string) guard.Command {
	env := append(withoutMode(os.Environ()), "SELF="+executable())
	return guard.Command{Path: "/bin/sh", Args: []string{"sh", "-c", script}, Env: env}
}

func withoutMode(env []string) []string {
	var kept []string
	for _, kv := range env {
		if !strings.HasPrefix(kv, modeVar+"=") {
			kept = append(kept, kv)
		}
	}
	return kept
}

func executable() string {
	exe, err := os.Executable()
	if err != nil {
		panic(err) // nothing in these tests works then
	}
	return exe
}

// start starts a script whose processes carry the returned mark, with its
// standard output to read from.
func start(t *testing.T, script string) (*guard.Tree, string, *bufio.Reader) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	c, mark := marked(t, shell(script))
	c.Stdout = w
	tree, err := guard.Start(t.Context(), c)
	_ = w.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tree.Kill(context.WithoutCancel(t.Context())) })
	return tree, mark, bufio.NewReader(r)
}

func marked(t *testing.T, c guard.Command) (guard.Command, string) {
	t.Helper()
	mark := fmt.Sprintf("%s=%s-%d-%d", treeVar, filepath.Base(t.TempDir()), os.Getpid(), time.Now().UnixNano())
	c.Env = append(c.Env, mark)
	return c, mark
}

// survivors lists the processes that carry a mark, as "pid command line".
func survivors(mark string) []string {
	names, _ := filepath.Glob("/proc/[0-9]*/environ")
	var all []string
	for _, name := range names {
		env, err := os.ReadFile(name)
		if err != nil || !bytes.Contains(env, []byte(mark+"\x00")) {
			continue
		}
		cmdline, _ := os.ReadFile(filepath.Join(filepath.Dir(name), "cmdline"))
		all = append(all, name+" "+string(bytes.ReplaceAll(cmdline, []byte{0}, []byte{' '})))
	}
	return all
}

// within is ten times what the design allows for the end of a tree.
const within = 10 * time.Second

// eventually polls until ok and returns how long it took.
func eventually(t *testing.T, what string, ok func() bool) time.Duration {
	t.Helper()
	begin := time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Since(begin) > within {
			t.Fatalf("after %v: still not %s", within, what)
		}
		<-tick.C
	}
	return time.Since(begin)
}

func noSurvivors(t *testing.T, mark string) time.Duration {
	t.Helper()
	var left []string
	defer func() {
		if t.Failed() {
			t.Log(left)
		}
	}()
	return eventually(t, "without processes", func() bool {
		left = survivors(mark)
		return len(left) == 0
	})
}

// expect reads lines until it has seen each of want once.
func expect(t *testing.T, r *bufio.Reader, want ...string) {
	t.Helper()
	for len(want) > 0 {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("output ended before %q: %v", want, err)
		}
		for i, w := range want {
			if strings.TrimSpace(line) == w {
				want = append(want[:i:i], want[i+1:]...)
				break
			}
		}
	}
}

func alive(pid int) bool {
	s := state(pid)
	return s != 0 && s != 'Z'
}

// state is the letter the kernel has for what a process does, 0 without one.
func state(pid int) byte {
	stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, after, ok := bytes.Cut(stat, []byte(") "))
	if !ok {
		return 0
	}
	return after[0]
}

// atEOF checks that nobody holds the writing end any more.
func atEOF(t *testing.T, r io.Reader) {
	t.Helper()
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Error(err)
	}
}
