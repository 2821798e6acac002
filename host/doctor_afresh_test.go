package host

import (
	"os"
	"path/filepath"
	"testing"
)

// The doctor says what is, not what was kept.
func TestDoctorSearchesAfresh(t *testing.T) {
	t.Parallel()
	h := &Host{home: t.TempDir(), options: Options{Executable: filepath.Join(t.TempDir(), "jcode")}}
	if got := h.discoverOptions().CacheDir; got != filepath.Join(h.home, "cache") {
		t.Errorf("rows are kept in %q", got)
	}
	if _, err := h.Doctor(t.Context(), DoctorOptions{Provider: "nobody"}); err == nil {
		t.Error("found nobody")
	}
	if got := h.discoverOptions().CacheDir; got != "" {
		t.Errorf("the doctor's rows are kept in %q", got)
	}
	if _, err := os.Stat(filepath.Join(h.home, "cache")); err == nil {
		t.Error("the doctor kept rows")
	}
}
