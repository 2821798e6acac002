package cachefile

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

type seen struct{ What string }

func TestWriteAndRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cache", ".seen", "x.json")
	var got seen
	if Read(path, &got) {
		t.Error("read what was never written")
	}
	for _, what := range []string{"one", "a longer other", "x"} {
		Write(path, seen{what})
		got = seen{}
		if !Read(path, &got) || got.What != what {
			t.Errorf("read %+v, want %s", got, what)
		}
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.WriteFile(path, []byte(`{"What":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if Read(path, &seen{}) {
		t.Error("read half a file")
	}
}

// Of many writers at once one is right, and nothing else is left.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cache")
	path := filepath.Join(dir, "x.json")
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() { Write(path, seen{fmt.Sprint("writer ", i)}) })
	}
	all.Wait()
	var got seen
	entries, err := os.ReadDir(dir)
	if !Read(path, &got) || err != nil || len(entries) != 1 {
		t.Errorf("%+v, %v, %v", got, entries, err)
	}
}

// A folder that cannot be made, or a value that cannot be encoded, is no reason to fail.
func TestWriteCannot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	Write(filepath.Join(dir, "file", "x.json"), seen{"x"})
	Write(filepath.Join(dir, "y.json"), func() {})
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}
