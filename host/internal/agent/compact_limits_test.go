package agent

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
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

// However low the threshold: what a tool has just given reaches the model whole, as long
// as the model has room for it, and of what is too long beginning and end.
func TestNewOutputIsSeen(t *testing.T) {
	t.Parallel()
	for bytes, whole := range map[int]bool{8000: true, 100_000: false} {
		w := &longWork{n: 8}
		r, _ := workRig(t, w, bytes, 32_000)
		r.options.Compaction.Threshold = 0.01
		if _, err := r.run(t.Context(), "the task"); err != nil || w.summaries == 0 {
			t.Fatalf("%v, %d summaries", err, w.summaries)
		}
		for i, request := range r.provider.requests {
			last := request.Messages[len(request.Messages)-1].Blocks
			result, ok := last[len(last)-1].(sdk.ToolResult)
			if !ok {
				continue // a prompt
			}
			got := textOf(result.Content)
			if len(got) < bytes && (whole || !strings.HasPrefix(got, "output of ") || !strings.HasSuffix(got, "x") && i > 2) {
				t.Errorf("request %d has %d of %d bytes: %.40q", i, len(got), bytes, got)
			}
		}
	}
}

// A model with less room than anybody knew: where cutting old output is not enough, a
// summary follows, and behind a long prompt even recent output is cut. It ends.
func TestLessRoomThanKnown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prompt, turns, bytes int
		room, from           int // the model's room in tokens, and the turn from which it holds
		fits                 bool
	}{
		"a summary is needed": {10, 12, 4000, 6000, 10, true},
		"a long prompt":       {32_000, 3, 1000, 9200, 0, true},
		"nothing fits":        {10, 12, 4000, 10, 10, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &longWork{n: test.turns, think: 1000}
			r, _ := workRig(t, w, test.bytes, 200_000)
			for i := range r.provider.steps {
				r.provider.steps[i] = func(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
					if tokens := len(flat(request.Messages)) / 4; tokens > test.room && w.turn >= test.from {
						return sdk.Result{}, &sdk.Error{Kind: sdk.KindContextTooLong, Message: "too long"}
					}
					return w.step(ctx, request, stream)
				}
			}
			_, err := r.run(t.Context(), strings.Repeat("p", test.prompt))
			compacted := len(eventsOf[Compacted](r))
			if (err == nil) != test.fits || !test.fits && sdk.KindOf(err) != sdk.KindContextTooLong || compacted == 0 || compacted > 2 {
				t.Errorf("%v after %d compactions", err, compacted)
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
