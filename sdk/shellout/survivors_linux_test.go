package shellout_test

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/jcode-go/jcode/sdk/guard"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// survivors lists the processes that carry a mark.
func survivors(mark string) []string {
	names, _ := filepath.Glob("/proc/[0-9]*/environ")
	var all []string
	for _, name := range names {
		env, err := os.ReadFile(name)
		if err == nil && bytes.Contains(append(env, 0), []byte(mark+"\x00")) {
			all = append(all, name)
		}
	}
	return all
}

// nothingLeft checks that nothing of a run lives when it has returned.
func nothingLeft(t *testing.T, mark string) {
	t.Helper()
	if left := survivors(mark); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

func TestNothingSurvivesAKilledPlugin(t *testing.T) {
	t.Parallel()
	c, mark := program(t, "parent")
	cmd := exec.Command(c.Path)
	cmd.Env = c.Environment
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "last\n" {
		t.Errorf("%q, %v", line, err)
	}
	if n := len(survivors(mark)); n < 2 {
		t.Errorf("%d processes: the tree does not stand", n)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait()
	eventually(t, "without processes", func() bool { return len(survivors(mark)) == 0 })
}

func TestGuardianIsKilled(t *testing.T) {
	t.Parallel()
	c, mark := program(t, "guardian")
	_, err := shellout.RunLines(t.Context(), c, func(line []byte) (bool, error) {
		pid, err := strconv.Atoi(string(line))
		if err != nil {
			return false, err
		}
		return false, syscall.Kill(pid, syscall.SIGKILL)
	})
	if !errors.Is(err, guard.ErrLost) || kindOf(err) != "internal" {
		t.Errorf("%v (%s)", err, kindOf(err))
	}
	eventually(t, "without processes", func() bool { return len(survivors(mark)) == 0 })
}
