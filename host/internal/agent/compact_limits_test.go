package agent

import (
	"fmt"
	"testing"
)

// Summaries count as turns, and none takes the place of a turn that was granted.
func TestSummaryLeavesTheLastTurn(t *testing.T) {
	t.Parallel()
	for most := 2; most <= 16; most++ {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			t.Parallel()
			w := &longWork{n: 30, think: 4000}
			r, _ := workRig(t, w, 4000, 32_000)
			r.options.MaxTurns = most
			if _, err := r.run(t.Context(), "the task"); !isLimit(err) {
				t.Fatalf("%v", err)
			}
			if made := w.turn + w.summaries; made != most {
				t.Errorf("%d calls were made under a limit of %d", made, most)
			}
		})
	}
}

// A summary that meets a rate limit is written by the backup, which goes on.
func TestSummaryFallsBack(t *testing.T) {
	t.Parallel()
	w := &longWork{n: 30, think: 4000, fail: []error{limited}}
	r, _ := workRig(t, w, 4000, 32_000)
	var steps []step
	for range 100 {
		steps = append(steps, w.step)
	}
	others := r.backups(steps)
	result, err := r.run(t.Context(), "the task")
	if err != nil || result.Text != "done" || result.Provider != "other1" || len(others[0].requests) == 0 {
		t.Fatalf("%q by %s, %v", result.Text, result.Provider, err)
	}
	if n := len(eventsOf[ModelFallback](r)); n != 1 {
		t.Errorf("%d switches", n)
	}
}
