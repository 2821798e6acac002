package pagetrim

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTrims(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		works int // how many trims find something
		want  []time.Duration
	}{
		{"all", 3, []time.Duration{0, 120 * time.Millisecond, 1120 * time.Millisecond}},
		{"nothing to trim", 0, []time.Duration{0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				var at []time.Duration
				trims(append([]time.Duration{0}, pauses...), func() int {
					at = append(at, time.Since(begin))
					return max(tt.works-len(at)+1, 0)
				})
				if d := cmp.Diff(tt.want, at); d != "" {
					t.Errorf("-want +got\n%s", d)
				}
			})
		})
	}
}
