package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

// usageRow is what the calls of one group used.
type usageRow struct {
	Key              string   `json:"key"`
	Calls            int      `json:"calls"`
	Sessions         int      `json:"sessions"`
	InputTokens      int64    `json:"input_tokens"`
	OutputTokens     int64    `json:"output_tokens"`
	CacheReadTokens  int64    `json:"cache_read_tokens"`
	CacheWriteTokens int64    `json:"cache_write_tokens"`
	ThinkingTokens   int64    `json:"thinking_tokens"`
	CostUSD          *float64 `json:"cost_usd"`
	CostSource       string   `json:"cost_source"`
	CallsWithoutCost int      `json:"calls_without_cost"`
}

// usageDocument is the JSON of the listing.
type usageDocument struct {
	Schema   int            `json:"schema"`
	By       string         `json:"by"`
	Since    *string        `json:"since"`
	Rows     []usageRow     `json:"rows"`
	Total    usageRow       `json:"total"`
	Problems []usageProblem `json:"problems"`
}

type usageProblem struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

const usageHelp = `Counts what the sessions of all folders recorded: subagents are in, what a fork
copied is not counted twice, deleted and ephemeral sessions are gone. INPUT is
without what the vendor's cache had. A cost is the provider's own figure, or
reckoned from prices.toml in jcode's folder; what is unknown is "-", never 0,
and "+?" says that some calls are missing from a cost.

Examples:
  jcode usage
  jcode usage --since 7d --by day
  jcode usage --since 2026-11-01 --by project
  jcode usage --by model --json | jq '.total.cost_usd'`

func (c *command) usageCommand() *cli.Command {
	return &cli.Command{
		Name: "usage", Usage: "what was used: tokens, calls and cost", Description: usageHelp,
		Flags: []cli.Flag{
			text("since", "", "WHEN", "only since then: 7d, 24h, 2w or a date such as 2026-11-01"),
			text("by", "", "WHAT", "one row for each model (default), day, provider, session or project"),
			jsonFlag(),
		},
		Action: c.usageAction,
	}
}

func (c *command) usageAction(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 0); err != nil {
		return err
	}
	filter := host.UsageFilter{By: "model"}
	if flags.IsSet("by") {
		filter.By = flags.String("by")
		if err := oneOf("by", filter.By, host.UsageGroupings...); err != nil {
			return err
		}
	}
	if flags.IsSet("since") {
		var ok bool
		if filter.Since, ok = parseSince(flags.String("since"), time.Now()); !ok {
			return &usageError{what: "flag --since", why: quote(flags.String("since")) + " is no time such as 7d, 24h or 2026-11-01"}
		}
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	report, err := h.Usage(flags.Context, filter)
	if err != nil {
		return err
	}
	if flags.Bool("json") {
		return c.printJSON(usageDocumentOf(filter, report))
	}
	return c.printUsage(filter, report)
}

// parseSince takes a span before now, in days and weeks too, or a date.
func parseSince(value string, now time.Time) (time.Time, bool) {
	for unit, days := range map[string]int{"d": 1, "w": 7} {
		if number, ok := strings.CutSuffix(value, unit); ok {
			n, err := strconv.Atoi(number)
			if err != nil || n < 0 || n > 36500 {
				return time.Time{}, false
			}
			return now.AddDate(0, 0, -n*days), true
		}
	}
	if span, err := time.ParseDuration(value); err == nil {
		return now.Add(-span), span >= 0
	}
	if day, err := time.ParseInLocation(time.DateOnly, value, now.Location()); err == nil {
		return day, true
	}
	at, err := time.Parse(time.RFC3339, value)
	return at, err == nil
}

func usageDocumentOf(filter host.UsageFilter, report host.UsageReport) usageDocument {
	d := usageDocument{
		Schema: 1, By: filter.By, Since: timeOrNull(filter.Since), Rows: []usageRow{},
		Total: usageRowOf(report.Total), Problems: []usageProblem{},
	}
	for _, row := range report.Rows {
		d.Rows = append(d.Rows, usageRowOf(row))
	}
	for _, p := range report.Problems {
		d.Problems = append(d.Problems, usageProblem(p))
	}
	return d
}

func usageRowOf(r host.UsageRow) usageRow {
	u := r.Usage
	return usageRow{
		r.Key, r.Calls, r.Sessions, u.InputTokens, u.OutputTokens, u.CacheReadTokens, u.CacheWriteTokens,
		u.ThinkingTokens, u.CostUSD, r.CostSource, r.Unpriced,
	}
}

func (c *command) printUsage(filter host.UsageFilter, report host.UsageReport) error {
	for _, p := range report.Problems {
		c.warn(p.Path + ": " + p.Reason)
	}
	if len(report.Rows) == 0 {
		_, err := fmt.Fprintln(c.err, "no calls of a model are recorded")
		return err
	}
	rows := make([][]string, 0, len(report.Rows)+1)
	for _, row := range report.Rows {
		rows = append(rows, usageCells(row))
	}
	if len(report.Rows) > 1 {
		rows = append(rows, usageCells(report.Total))
	}
	return c.table([]string{strings.ToUpper(filter.By), "CALLS", "INPUT", "CACHED", "OUTPUT", "COST"}, rows)
}

func usageCells(row host.UsageRow) []string {
	u, cost := row.Usage, ""
	if u.CostUSD != nil {
		cost = costText(u.CostUSD, row.CostSource)
		if row.Unpriced > 0 {
			cost += " +?"
		}
	}
	return []string{
		row.Key, fmt.Sprint(row.Calls), fmt.Sprint(u.InputTokens + u.CacheWriteTokens), fmt.Sprint(u.CacheReadTokens),
		fmt.Sprint(u.OutputTokens), cost,
	}
}
