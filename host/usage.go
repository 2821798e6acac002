package host

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host/internal/agent"
	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/sdk"
)

// UsageGroupings are what calls can be counted by.
var UsageGroupings = []string{"model", "day", "provider", "session", "project"}

// UsageFilter says which calls to count, and by what.
type UsageFilter struct {
	// Since leaves out what came before; zero leaves out nothing.
	Since time.Time
	// By is one of UsageGroupings.
	By string
}

// UsageRow is what the calls of one group used.
type UsageRow struct {
	// Key is "PROVIDER/MODEL", a day of the local time, a provider, a session's id or
	// a folder.
	Key string
	// Calls are those of the models, Sessions those that made any.
	Calls, Sessions int
	// Usage is the sum. CostUSD is of the calls whose cost is known, and nil when that
	// is none.
	Usage sdk.Usage
	// CostSource is [CostExact], [CostEstimated] or [CostUnknown]; Unpriced are the
	// calls that the cost leaves out.
	CostSource string
	Unpriced   int

	sessions map[string]bool
}

// UsageProblem is a file that could not be counted, or not whole.
type UsageProblem = session.Problem

// UsageReport is what all sessions of all projects used.
type UsageReport struct {
	// Rows are sorted by key when that is the day, else the largest come first.
	Rows     []UsageRow
	Total    UsageRow
	Problems []UsageProblem
}

// Usage counts what the sessions recorded. A call without a cost of its own is
// reckoned by the user's price file, if that has its model.
func (h *Host) Usage(ctx context.Context, filter UsageFilter) (UsageReport, error) {
	if !slices.Contains(UsageGroupings, filter.By) {
		return UsageReport{}, &UsageError{Message: fmt.Sprintf("usage by %q: must be one of %s", filter.By, strings.Join(UsageGroupings, ", "))}
	}
	prices, err := h.prices()
	if err != nil {
		return UsageReport{}, err
	}
	total, rows := newUsageRow("total"), map[string]*UsageRow{}
	problems, err := h.sessions().Calls(filter.Since, func(call session.Call) {
		if ctx.Err() != nil {
			return
		}
		usage, estimated := agent.Priced(call.Usage, func(model string) *sdk.Price { return prices.of(call.Provider, model) }, call.Model)
		key := usageKey(filter.By, call)
		if rows[key] == nil {
			rows[key] = newUsageRow(key)
		}
		for _, row := range []*UsageRow{rows[key], total} {
			row.add(call.SessionID, usage, estimated || call.CostEstimated)
		}
	})
	report := UsageReport{Total: total.done(), Problems: problems}
	for _, row := range rows {
		report.Rows = append(report.Rows, row.done())
	}
	slices.SortFunc(report.Rows, func(a, b UsageRow) int {
		if filter.By == "day" {
			return strings.Compare(a.Key, b.Key)
		}
		return cmp.Or(cmp.Compare(b.tokens(), a.tokens()), strings.Compare(a.Key, b.Key))
	})
	return report, cmp.Or(err, ctx.Err())
}

func usageKey(by string, call session.Call) string {
	switch by {
	case "day":
		return call.At.Local().Format(time.DateOnly)
	case "provider":
		return firstOf(call.Provider, "(unknown)")
	case "session":
		return call.SessionID
	case "project":
		return firstOf(call.WorkingDir, "(unknown)")
	}
	return firstOf(call.Provider, "(unknown)") + "/" + firstOf(call.Model, "(unknown)")
}

func newUsageRow(key string) *UsageRow {
	return &UsageRow{Key: key, CostSource: CostUnknown, sessions: map[string]bool{}}
}

func (row *UsageRow) add(sessionID string, usage sdk.Usage, estimated bool) {
	cost := row.Usage.CostUSD
	calls := max(1, usage.Turns)
	switch {
	case usage.CostUSD == nil:
		row.Unpriced += calls
	case cost == nil:
		sum := *usage.CostUSD
		cost = &sum
	default:
		*cost += *usage.CostUSD
	}
	if usage.CostUSD != nil && (estimated || row.CostSource == CostUnknown) {
		row.CostSource = map[bool]string{true: CostEstimated, false: CostExact}[estimated]
	}
	row.Calls += calls
	row.Usage = session.AddUsage(row.Usage, usage, false)
	row.Usage.CostUSD = cost
	row.sessions[sessionID] = true
}

func (row *UsageRow) done() UsageRow {
	row.Sessions, row.sessions = len(row.sessions), nil
	return *row
}

func (row *UsageRow) tokens() int64 {
	u := row.Usage
	return u.InputTokens + u.OutputTokens + u.CacheReadTokens + u.CacheWriteTokens
}
