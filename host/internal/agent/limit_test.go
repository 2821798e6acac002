package agent

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// uses answers like say, with this usage.
func uses(usage sdk.Usage, stop sdk.StopReason, events ...sdk.Event) step {
	return func(_ context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		if err := emitAll(stream, events); err != nil {
			return sdk.Result{}, err
		}
		return sdk.Result{StopReason: stop, Model: "m-1", Usage: usage}, nil
	}
}

func dollars(amount float64) *float64 { return &amount }

func flatPrice(_, model string) *sdk.Price {
	if model != "m-1" {
		return nil
	}
	return &sdk.Price{Input: 1e6, Output: 2e6} // dollars a token
}

func TestLimits(t *testing.T) {
	t.Parallel()
	read := func(i int) []sdk.Event { return call(fmt.Sprint("c", i), "read", fmt.Sprintf(`{"n":%d}`, i)) }
	tests := map[string]struct {
		usage  sdk.Usage
		set    func(*Options)
		limit  string
		turns  int
		says   string
		source string
	}{
		"turns": {
			sdk.Usage{InputTokens: 1},
			func(o *Options) { o.MaxTurns = 2 }, LimitTurns, 2, "2 turns", CostUnknown,
		},
		"tokens of every kind": {
			sdk.Usage{InputTokens: 1, OutputTokens: 2, CacheReadTokens: 3, CacheWriteTokens: 4},
			func(o *Options) { o.MaxTokensTotal = 30 }, LimitTokens, 3, "30 of 30 tokens", CostUnknown,
		},
		"the vendor's cost": {
			sdk.Usage{CostUSD: dollars(0.25)},
			func(o *Options) { o.MaxCostUSD = 0.5 }, LimitCost, 2, "$0.5000 of $0.5000", CostExact,
		},
		"an estimated cost": {
			sdk.Usage{InputTokens: 1, OutputTokens: 1},
			func(o *Options) { o.MaxCostUSD, o.Price = 7, flatPrice }, LimitCost, 3, "$9.0000 of $7.0000", CostEstimated,
		},
		"a cost that is unknown after all": {
			sdk.Usage{InputTokens: 1},
			func(o *Options) { o.MaxCostUSD = 7 }, LimitCost, 1, "cannot be kept: what a call of model m-1 cost is unknown", CostUnknown,
		},
		"no usage is not free": {
			sdk.Usage{},
			func(o *Options) { o.MaxCostUSD, o.Price = 7, flatPrice }, LimitCost, 1, "cannot be kept", CostUnknown,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var steps []step
			for i := range 5 {
				steps = append(steps, uses(test.usage, sdk.StopToolUse, read(i)...))
			}
			r := newRig(t, steps...)
			test.set(&r.options)
			result, err := r.run(t.Context(), "go")
			var limit *LimitError
			if !errors.As(err, &limit) || limit.Limit != test.limit || !strings.Contains(limit.Message, test.says) || limit.Remedy == "" {
				t.Fatalf("error %+v", err)
			}
			if result.Turns != test.turns || len(r.provider.requests) != test.turns || result.CostSource != test.source {
				t.Errorf("%d turns, %d requests, cost %s", result.Turns, len(r.provider.requests), result.CostSource)
			}
			if last := r.resultText(fmt.Sprint("c", test.turns-1)); !strings.HasPrefix(last, "not run: limit ") {
				t.Errorf("the last call was told %q", last)
			}
		})
	}
}

// A call that breaks off tells no usage. The limits count it all the same, and go on;
// what it cost is not told.
func TestBrokenOffCallCounts(t *testing.T) {
	t.Parallel()
	refused := func(_ context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		return sdk.Result{}, errors.Join(emitAll(stream, nil), limited)
	}
	used := sdk.Usage{InputTokens: 10, CostUSD: dollars(1)}
	half := fail(limited, text(strings.Repeat("half ", 400))) // 500 tokens, 1000 dollars
	tests := map[string]struct {
		first step
		set   func(*Options)
		limit string
	}{
		"within":             {half, func(o *Options) { o.MaxCostUSD, o.Price = 1e6, flatPrice }, ""},
		"refused":            {refused, func(o *Options) { o.MaxCostUSD, o.Price = 9, flatPrice }, ""},
		"over the cost":      {half, func(o *Options) { o.MaxCostUSD, o.Price = 500, flatPrice }, LimitCost},
		"over the tokens":    {half, func(o *Options) { o.MaxTokensTotal = 400 }, LimitTokens},
		"refused, no tokens": {refused, func(o *Options) { o.MaxTokensTotal = 21 }, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, test.first)
			r.backups([]step{uses(used, sdk.StopToolUse, call("c", "read", `{}`)...), uses(used, sdk.StopEndTurn, text("done"))})
			test.set(&r.options)
			result, err := r.run(t.Context(), "go")
			var limit *LimitError
			if errors.As(err, &limit) != (test.limit != "") || limit != nil && limit.Limit != test.limit || limit == nil && err != nil {
				t.Fatalf("%+v", err)
			}
			if result.CostSource != CostUnknown || result.Usage.CostUSD != nil {
				t.Errorf("cost %v, %s", result.Usage.CostUSD, result.CostSource)
			}
		})
	}
}

// A run that is done when it reaches a limit is a success.
func TestLimitAtTheEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t, uses(sdk.Usage{InputTokens: 5, CostUSD: dollars(9)}, sdk.StopEndTurn, text("done")))
	r.options.MaxTokensTotal, r.options.MaxCostUSD = 1, 1
	result, err := r.run(t.Context(), "go")
	if err != nil || result.CostSource != CostExact || *result.Usage.CostUSD != 9 {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestSubagentsDrawOnTheLimits(t *testing.T) {
	t.Parallel()
	used := sdk.Usage{InputTokens: 10}
	r := newRig(t, uses(used, sdk.StopToolUse, task("t1", "work")...), uses(used, sdk.StopEndTurn, text("done")))
	n := 0
	r.provider.children = map[string]step{"work": func(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		n++
		return uses(used, sdk.StopToolUse, append(call(fmt.Sprint("c", n), "read", fmt.Sprintf(`{"n":%d}`, n)), text("so far"))...)(ctx, request, stream)
	}}
	r.options.MaxTokensTotal = 40
	_, err := r.run(t.Context(), "go")
	var limit *LimitError
	if !errors.As(err, &limit) || limit.Limit != LimitTokens || len(r.provider.requests) != 4 {
		t.Errorf("%v after %d requests", err, len(r.provider.requests))
	}
	for _, e := range eventsOf[ToolFinished](r) {
		if e.Call.ID == "t1" && (e.Result.Code != tool.CodeLimit || !strings.HasPrefix(r.resultText("t1"), "so far\n")) {
			t.Errorf("result %+v", e.Result)
		}
	}
}

// A subagent whose own model has no price is refused before it is asked, begun or gone
// on with; the run goes on.
func TestUnpricedSubagentIsRefused(t *testing.T) {
	t.Parallel()
	used := sdk.Usage{InputTokens: 1}
	own := func(id string) []sdk.Event { return taskWith(id, "work", map[string]any{"model": "dear"}) }
	r := newRig(t, uses(used, sdk.StopToolUse, own("t1")...), uses(used, sdk.StopEndTurn, text("done")),
		uses(used, sdk.StopToolUse, own("t2")...), uses(used, sdk.StopEndTurn, text("done")),
		uses(used, sdk.StopToolUse, taskWith("t3", "more", map[string]any{"session_id": "task-1"})...), uses(used, sdk.StopEndTurn, text("done")))
	r.provider.children = map[string]step{"work": childEcho}
	r.options.Price = flatPrice
	for _, limited := range []struct {
		limit float64
		call  string
	}{{7, "t1"}, {0, ""}, {7, "t3"}} {
		r.options.MaxCostUSD = limited.limit
		if _, err := r.run(t.Context(), "go"); err != nil {
			t.Fatal(err)
		}
		if got := r.resultText(limited.call); limited.call != "" && !strings.Contains(got, "what model dear costs is unknown") {
			t.Errorf("%s was told %q", limited.call, got)
		}
	}
	if tasks := r.options.Session.Tasks(); len(tasks) != 1 || len(r.provider.requests) != 7 {
		t.Errorf("tasks %v after %d requests", tasks, len(r.provider.requests))
	}
}

func TestCost(t *testing.T) {
	t.Parallel()
	usage := sdk.Usage{InputTokens: 1000, OutputTokens: 100, CacheReadTokens: 10_000, CacheWriteTokens: 200, ThinkingTokens: 50}
	tests := map[string]struct {
		price sdk.Price
		want  float64
	}{
		"all":                   {sdk.Price{Input: 3, Output: 15, CacheRead: 0.3, CacheWrite: 3.75}, 0.003 + 0.0015 + 0.003 + 0.00075},
		"cache prices are lost": {sdk.Price{Input: 3, Output: 15}, 0.003 + 0.0015 + 0.03 + 0.0006},
		"free":                  {sdk.Price{}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Cost(test.price, usage); math.Abs(got-test.want) > 1e-12 {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}
