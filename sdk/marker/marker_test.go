package marker_test

import (
	"path/filepath"
	"testing"

	"github.com/jcode-go/jcode/sdk/marker"
)

func TestFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, tt := range []struct {
		name, dir, id string
		want          bool
	}{
		{"new", dir, "a", true},
		{"again", dir, "a", false},
		{"another", dir, "b", true},
		{"no folder", "", "a", true},
		{"nor here", filepath.Join(dir, "missing"), "a", true},
		{"nor here, again", filepath.Join(dir, "missing"), "a", true},
	} {
		if got := marker.First(tt.dir, tt.id); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
