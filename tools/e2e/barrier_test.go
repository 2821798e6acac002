//go:build unix

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// atOnce starts n processes of jcode at once, each with a prompt of its own that it
// must echo. A shell each waits for a pipe to close, which is the barrier. started is
// called when it has, and silent sees all output.
func (b *bed) atOnce(t *testing.T, n int, provider string, started func(), silent func(where, text string)) {
	t.Helper()
	gate, open, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	for i := range n {
		cmd := behind(gate, b.command("--provider", provider, "run", fmt.Sprint("number ", i)))
		var stdout, stderr strings.Builder
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done.Go(func() {
			err := cmd.Wait()
			if want := fmt.Sprintf("echo: number %d\n", i); err != nil || stdout.String() != want {
				t.Errorf("process %d: %v\nstdout: %s\nstderr: %s", i, err, stdout.String(), clip(stderr.String()))
			}
			silent("the output", stdout.String()+stderr.String())
		})
	}
	_ = gate.Close()
	_ = open.Close() // now
	started()
	done.Wait()
}

// behind is cmd, waiting for the other end of gate to close before it begins.
func behind(gate *os.File, cmd *exec.Cmd) *exec.Cmd {
	waiting := exec.Command("/bin/sh", append([]string{"-c", `read x <&3; exec "$@" 3<&-`, "sh"}, cmd.Args...)...)
	waiting.Args[4] = cmd.Path
	waiting.Dir, waiting.Env, waiting.ExtraFiles, waiting.WaitDelay = cmd.Dir, cmd.Env, []*os.File{gate}, time.Minute
	return waiting
}
