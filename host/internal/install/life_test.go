package install

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// TestRollback goes back and forth; each is a generation of its own.
func TestRollback(t *testing.T) {
	t.Parallel()
	in := agreeing(t)
	install(t, in, folder(t, "acme", "1.0.0"))
	install(t, in, folder(t, "other", "5.0.0"))
	install(t, in, folder(t, "acme", "2.0.0"))
	install(t, in, folder(t, "acme", "3.0.0"))
	steps := []struct {
		name string
		to   int
		want map[string]string
	}{
		{"acme", 0, map[string]string{"acme": "2.0.0", "other": "5.0.0"}},
		{"acme", 0, map[string]string{"acme": "3.0.0", "other": "5.0.0"}}, // going back is undone in the same way
		{"acme", 1, map[string]string{"acme": "1.0.0", "other": "5.0.0"}},
		{"", 1, map[string]string{"acme": "1.0.0"}},
		{"", 0, map[string]string{"acme": "1.0.0", "other": "5.0.0"}},
		{"", 3, map[string]string{"acme": "2.0.0", "other": "5.0.0"}},
	}
	for i, step := range steps {
		_, r, err := in.Rollback(t.Context(), step.name, step.to)
		if err != nil || r.Generation != 5+i {
			t.Fatalf("step %d: %+v, %v", i, r, err)
		}
		wantUntouched(t, in, step.want)
	}
	_, _, err := in.Rollback(t.Context(), "", 99)
	wantError(t, err, KindNotFound, "no generation 99")
	_, _, err = in.Rollback(t.Context(), "nobody", 0)
	wantError(t, err, KindNotFound)
	if findings, err := in.Check(t.Context(), false); err != nil || len(findings) > 0 {
		t.Errorf("%+v, %v", findings, err)
	}
}

// TestRollbackMovesNothing: going back writes two small files, whatever is
// installed.
func TestRollbackMovesNothing(t *testing.T) {
	t.Parallel()
	in := agreeing(t)
	install(t, in, folder(t, "acme", "1.0.0"))
	install(t, in, folder(t, "acme", "2.0.0"))
	before := inodes(t, in)
	if _, _, err := in.Rollback(t.Context(), "acme", 0); err != nil {
		t.Fatal(err)
	}
	if after := inodes(t, in); !slices.Equal(before, after) {
		t.Errorf("%v became %v", before, after)
	}
}

// inodes are the objects of the store with their times.
func inodes(t *testing.T, in *Installer) []string {
	t.Helper()
	entries, err := os.ReadDir(in.Store.objects())
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, fmt.Sprint(entry.Name(), info.ModTime(), info.Mode()))
	}
	return found
}

func TestDisablePinUninstall(t *testing.T) {
	t.Parallel()
	in := agreeing(t)
	in.Others = []discover.Plugin{{Name: "bundled", Source: discover.SourceBundled}}
	home := filepath.Dir(in.Store.Root())
	install(t, in, folder(t, "acme", "1.0.0"))
	for _, name := range []string{"acme", "bundled"} {
		if r, err := in.Enable(t.Context(), name, false); err != nil || r.Unchanged {
			t.Errorf("%+v, %v", r, err)
		}
		if r, err := in.Enable(t.Context(), name, false); err != nil || !r.Unchanged {
			t.Errorf("twice: %+v, %v", r, err)
		}
	}
	if _, disabled := in.Store.Rows("1.0.0", []int{1}); !slices.Equal(disabled, []string{"acme", "bundled"}) {
		t.Errorf("disabled: %v", disabled)
	}
	_, err := in.Enable(t.Context(), "nobody", false)
	wantError(t, err, KindNotFound)
	_, err = in.Pin(t.Context(), "nobody", true)
	wantError(t, err, KindNotFound)
	_, err = in.Uninstall(t.Context(), "nobody", home, false)
	wantError(t, err, KindNotFound, "jcode plugins list")

	data := filepath.Join(home, "data", "acme", "state")
	write(t, data, "mine")
	write(t, filepath.Join(home, "logs", "acme.jsonl"), "{}")
	if _, err := in.Uninstall(t.Context(), "acme", home, false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(data); err != nil {
		t.Error("uninstall took the plugin's data without --purge")
	}
	if _, err := in.Uninstall(t.Context(), "acme", home, true); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{data, filepath.Join(home, "logs", "acme.jsonl")} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is left after --purge", path)
		}
	}
	if objects, _ := os.ReadDir(in.Store.objects()); len(objects) != 0 {
		t.Errorf("%d objects are left after --purge", len(objects))
	}
	if lock, err := in.Store.readLock(); err != nil || lock.knows("acme") {
		t.Errorf("%+v, %v", lock, err)
	}
}

// TestInstalledTwice: the same again changes nothing.
func TestInstalledTwice(t *testing.T) {
	t.Parallel()
	in := agreeing(t)
	source := folder(t, "acme", "1.0.0")
	first := install(t, in, source)
	second := install(t, in, source)
	if !second.Unchanged || second.Generation != first.Generation {
		t.Errorf("%+v, %+v", first, second)
	}
}

// TestOldGenerationsGo: only so many states are kept, and what no state names goes.
func TestOldGenerationsGo(t *testing.T) {
	t.Parallel()
	in := agreeing(t)
	for n := range keptGenerations + 5 {
		install(t, in, folder(t, "acme", fmt.Sprintf("1.%d.0", n)))
	}
	numbers, err := in.Store.numbers()
	if err != nil || len(numbers) != keptGenerations {
		t.Errorf("%d generations, %v", len(numbers), err)
	}
	if objects, _ := os.ReadDir(in.Store.objects()); len(objects) != keptGenerations {
		t.Errorf("%d objects", len(objects))
	}
	if lock, err := in.Store.readLock(); err != nil || len(lock.Plugin) != keptGenerations {
		t.Errorf("%d entries, %v", len(lock.Plugin), err)
	}
}

// TestBrokenStore: files that cannot be read are one broken row, and are repaired.
func TestBrokenStore(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]struct {
		do    func(*Installer) error
		after map[string]string
	}{
		"current is rubbish":    {func(in *Installer) error { return os.WriteFile(in.Store.current(), []byte("x"), 0o600) }, map[string]string{"acme": "2.0.0"}},
		"current names nothing": {func(in *Installer) error { return os.WriteFile(in.Store.current(), []byte("0077\n"), 0o600) }, map[string]string{"acme": "2.0.0"}},
		"generation is rubbish": {func(in *Installer) error { return os.WriteFile(in.Store.generation(2), []byte("x"), 0o600) }, map[string]string{"acme": "1.0.0"}},
		"generation is gone":    {func(in *Installer) error { return os.Remove(in.Store.generation(2)) }, map[string]string{"acme": "1.0.0"}},
		"lock is rubbish":       {func(in *Installer) error { return os.WriteFile(in.Store.LockFile(), []byte("x"), 0o600) }, map[string]string{}},
		"lock is gone":          {func(in *Installer) error { return os.Remove(in.Store.LockFile()) }, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := agreeing(t)
			install(t, in, folder(t, "acme", "1.0.0"))
			install(t, in, folder(t, "acme", "2.0.0"))
			if err := spoil.do(in); err != nil {
				t.Fatal(err)
			}
			rows, _ := in.Store.Rows("1.0.0", []int{1})
			if len(rows) != 1 || rows[0].Status != discover.StatusBroken || rows[0].Remedy == "" {
				t.Errorf("%+v", rows)
			}
			if _, err := in.Check(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			wantUntouched(t, in, spoil.after)
			if findings, err := in.Check(t.Context(), false); err != nil || len(findings) > 0 {
				t.Errorf("%+v, %v", findings, err)
			}
			install(t, in, folder(t, "acme", "3.0.0"))
		})
	}
}

// BenchmarkRows is what a listing of 50 installed plugins costs.
func BenchmarkRows(b *testing.B) {
	in := installerAt(b.TempDir())
	st := &state{generation: &Generation{}, lock: &Lock{Schema: 1}}
	for n := range 50 {
		e := Entry{
			Name: fmt.Sprintf("plugin-%02d", n), Version: "1.0.0", Tree: fmt.Sprintf("%064x", n), SHA256: fmt.Sprintf("%064x", n),
			File: "jcode-provider-x", Source: "github.com/owner/repo", Installed: time.Now(), FirstSeen: time.Now(),
			Asks: Asks{Variables: []string{"A_KEY", "A_MODEL"}, Hosts: []string{"api.example.com"}},
		}
		st.lock.put(e)
		st.generation.set(Pick{Name: e.Name, Version: e.Version, Tree: e.Tree})
	}
	if err := in.turn(st, st.generation); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if rows, _ := in.Store.Rows("1.0.0", []int{1}); len(rows) != 50 {
			b.Fatal(len(rows))
		}
	}
}
