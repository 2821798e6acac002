package doctor_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/doctor"
)

func TestFailed(t *testing.T) {
	t.Parallel()
	err := &sdk.Error{Message: "nobody answers", Remedy: "plug it in", Err: errors.New("refused")}
	if got := doctor.Failed("reachable", err); got != (sdk.Check{ID: "reachable", Detail: "nobody answers: refused", Remedy: "plug it in"}) {
		t.Errorf("%+v", got)
	}
	for _, err := range []*sdk.Error{{Kind: sdk.KindNetwork}, {Kind: sdk.KindOverloaded, Retryable: true}, {}} {
		if got := doctor.Failed("reachable", err); got.Remedy == "" {
			t.Errorf("%v: no remedy", err.Kind)
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	for skew, ok := range map[time.Duration]bool{0: true, doctor.LargestSkew: true, -doctor.LargestSkew: true, doctor.LargestSkew + 1: false, -time.Hour: false} {
		if got := doctor.Clock(skew); got.OK != ok || (got.Remedy == "") != ok {
			t.Errorf("%s: %+v", skew, got)
		}
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct {
		name, path string
		there, ok  bool
		remedy     string
	}{
		{"none", "", false, false, ""},
		{"missing", filepath.Join(dir, "missing"), false, false, ""},
		{"private", write("a", "{}", 0o600), true, true, ""},
		{"broken", write("b", "{", 0o600), true, false, "log in"},
		{"open to others", write("c", "{}", 0o644), true, runtime.GOOS == "windows", "chmod 600"},
	} {
		check, there := doctor.File(t.Context(), "file", tt.path, "log in")
		if there != tt.there || check.OK != tt.ok || !tt.ok && !strings.HasPrefix(check.Remedy, tt.remedy) {
			t.Errorf("%s: %+v %v", tt.name, check, there)
		}
	}
}
