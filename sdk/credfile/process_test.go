package credfile_test

import (
	"bufio"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk/credfile"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) *credfile.Document {
	t.Helper()
	doc, _, err := credfile.Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// names lists the folder of a file, the lock left out.
func names(t *testing.T, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".lock") {
			all = append(all, e.Name())
		}
	}
	return all
}

const processes = 20

func TestNoUpdateIsLost(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "auth.json")
	outputs := runAll(t, "count", path)
	n := 0
	if _, err := read(t, path).Decode(&n, "nested", "n"); err != nil || n != processes*counts {
		t.Errorf("%d of %d updates are there, %v; %q", n, processes*counts, err, outputs)
	}
	if got := names(t, path); len(got) != 1 {
		t.Errorf("left behind: %q", got)
	}
}

func TestTwentyProcessesRefreshOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "auth.json")
	write(t, path, `{"other": {"kept": 1}, "token": "expired"}`)
	all := strings.Join(runAll(t, "refresh", path), "")
	if all != "refreshed\n" {
		t.Errorf("processes said %q, want one refresh", all)
	}
	if _, ok := read(t, path).Get("other", "kept"); !ok {
		t.Error("unknown field is lost")
	}
}

// runAll runs processes at once and returns what they printed.
func runAll(t *testing.T, mode, path string) []string {
	t.Helper()
	outputs := make([]string, processes)
	done := make(chan error, processes)
	for i := range processes {
		cmd := process(t, mode, path)
		go func() {
			out, err := cmd.CombinedOutput()
			outputs[i] = string(out)
			done <- err
		}()
	}
	for range processes {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	return outputs
}

func TestKilledWriterLeavesOldOrNew(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "auth.json")
	write(t, path, `{"kept": {"deep": [1]}, "value": {"n": -1, "copy": -1}}`)
	for range 40 {
		cmd := process(t, "write", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Fatalf("%q, %v", line, err)
		}
		<-time.After(time.Duration(rand.IntN(5000)) * time.Microsecond) // the moment is the test
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		checkWhole(t, path)
	}
	if err := credfile.Update(t.Context(), path, func(d *credfile.Document) error { return d.Set(1, "last") }); err != nil {
		t.Error(err)
	}
	if got := names(t, path); len(got) != 1 {
		t.Errorf("left behind: %q", got)
	}
}

func checkWhole(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path) // not Read, which would wait for a better one
	if err != nil {
		t.Fatal(err)
	}
	doc, err := credfile.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var value struct{ N, Copy int }
	ok, err := doc.Decode(&value, "value")
	if _, kept := doc.Get("kept", "deep"); !ok || !kept || err != nil || value.N != value.Copy {
		t.Fatalf("value %+v, kept %v, %v", value, kept, err)
	}
}

func TestKilledHolderLetsTheNextIn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "auth.json")
	cmd := process(t, "hold", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		done <- credfile.Update(t.Context(), path, func(d *credfile.Document) error { return d.Set(1, "mine") })
	}()
	select {
	case err := <-done:
		t.Fatalf("in while the lock is held: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, ok := read(t, path).Get("mine"); !ok {
		t.Error("update is not there")
	}
}
