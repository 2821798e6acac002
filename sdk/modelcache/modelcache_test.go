package modelcache_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk/modelcache"
)

func TestCache(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := modelcache.New[string](dir, "https://h", "account")
	if e := c.Load(); len(e.Models) != 0 || e.Fresh(at, time.Hour) {
		t.Errorf("%+v", e)
	}
	if err := c.Store(modelcache.Entry[string]{FetchedAt: at, ETag: `"1"`, Models: []string{"a", "b"}}); err != nil {
		t.Fatal(err)
	}
	e := modelcache.New[string](dir, "https://h", "account").Load()
	if len(e.Models) != 2 || e.ETag != `"1"` {
		t.Errorf("%+v", e)
	}
	for age, want := range map[time.Duration]bool{0: true, time.Hour - 1: true, time.Hour: false, -1: false} {
		if e.Fresh(at.Add(age), time.Hour) != want {
			t.Errorf("after %s", age)
		}
	}
	if other := modelcache.New[string](dir, "https://h", "another").Load(); len(other.Models) != 0 {
		t.Error("another account has the same list")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != 1 {
		t.Errorf("%v", files)
	}
	if err := os.WriteFile(files[0], []byte(`{"models":3`), 0o600); err != nil {
		t.Fatal(err)
	}
	if e := c.Load(); len(e.Models) != 0 {
		t.Errorf("a broken file: %+v", e)
	}
	if err := modelcache.New[string](filepath.Join(dir, "gone")).Store(e); err == nil {
		t.Error("stored nowhere without an error")
	}
	if err := (modelcache.Cache[string]{}).Store(e); err != nil {
		t.Error(err)
	}
}
