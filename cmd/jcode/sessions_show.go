package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

// sessionDocument is one whole session.
type sessionDocument struct {
	Schema int `json:"schema"`
	sessionRow
	ForkedFrom *string     `json:"forked_from"`
	Usage      *apiUsage   `json:"usage"`
	Todos      []host.Todo `json:"todos"`
	// Compacted are where, for the model, older messages became shorter.
	Compacted []host.CompactedAt `json:"compacted"`
	Messages  []sdk.Message      `json:"messages"`
}

// callRow is one call of the model.
type callRow struct {
	Turn       int       `json:"turn"`
	Provider   string    `json:"provider"`
	Model      string    `json:"model"`
	StopReason *string   `json:"stop_reason"`
	Subagent   *string   `json:"parent_tool_use_id"`
	DurationMS int64     `json:"duration_ms"`
	Usage      *apiUsage `json:"usage"`
	CostUSD    *float64  `json:"cost_usd"`
}

func (c *command) sessionsShow(flags *cli.Context) error {
	return c.withHost(flags, 0, 1, func(ctx context.Context, h *host.Host) error {
		session, err := h.Session(ctx, sessionRef(flags, flags.Args().First()))
		switch {
		case err != nil:
			return err
		case flags.Bool("turns"):
			return c.printTurns(session, flags.Bool("json"))
		case !flags.Bool("json"):
			return c.printSession(session)
		}
		return c.printJSON(sessionDocument{
			1, sessionRowOf(session.Summary), orNull(session.ForkedFrom),
			usageOf(session.Usage), orEmpty(session.Todos), orEmpty(session.Compacted), orEmpty(session.Messages),
		})
	})
}

// printTurns shows who was asked, how long it took and what it used.
func (c *command) printTurns(s *host.Session, asJSON bool) error {
	if asJSON {
		rows := make([]callRow, 0, len(s.Calls))
		for _, call := range s.Calls {
			rows = append(rows, callRow{
				call.Turn, call.Provider, call.Model, orNull(string(call.StopReason)), orNull(call.ParentID),
				call.DurationMS, usageOf(call.Usage), call.Usage.CostUSD,
			})
		}
		return c.printJSON(document("turns", rows))
	}
	rows := make([][]string, 0, len(s.Calls))
	for _, call := range s.Calls {
		cost := ""
		if call.Usage.CostUSD != nil {
			cost = fmt.Sprintf("%.4f", *call.Usage.CostUSD)
		}
		rows = append(rows, []string{
			fmt.Sprint(call.Turn), call.Provider, call.Model, fmt.Sprint(call.Usage.InputTokens),
			fmt.Sprint(call.Usage.CacheReadTokens), fmt.Sprint(call.Usage.OutputTokens), cost,
			shortDuration(time.Duration(call.DurationMS) * time.Millisecond), string(call.StopReason),
		})
	}
	return c.table([]string{"TURN", "PROVIDER", "MODEL", "IN", "CACHED", "OUT", "USD", "TIME", "END"}, rows)
}

// printSession shows a conversation for reading.
func (c *command) printSession(s *host.Session) error {
	p := c.paint(c.outTerminal)
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n", p.dim(fmt.Sprintf("session %s, %s, %s, %s",
		s.ID, s.Updated.Local().Format(time.DateTime), s.Provider, s.Model)))
	s.Each(
		func(at host.CompactedAt) { fmt.Fprintf(&out, "\n%s\n", p.dim("["+at.String()+"]")) },
		func(i int) {
			for _, block := range s.Messages[i].Blocks {
				c.printBlock(&out, p, s.Messages[i].Role, block)
			}
		},
	)
	_, err := io.WriteString(c.out, out.String())
	return err
}

func (c *command) printBlock(out *strings.Builder, p paint, role sdk.Role, block sdk.Block) {
	show := func(text string) string {
		if c.outTerminal {
			return cleanText(text)
		}
		return text
	}
	switch b := block.(type) {
	case sdk.Text:
		who := p.bold("assistant:")
		if role == sdk.RoleUser {
			who = p.bold("user:")
		}
		fmt.Fprintf(out, "\n%s\n%s\n", who, strings.TrimRight(show(b.Text), "\n"))
	case sdk.ToolCall:
		fmt.Fprintf(out, "\n%s %s\n", p.cyan("tool "+oneLine(b.Name)+":"), oneLine(host.DescribeCall(b.Name, b.Input)+b.Malformed))
	case sdk.ToolResult:
		for _, content := range b.Content {
			if t, ok := content.(sdk.Text); ok {
				fmt.Fprintln(out, p.dim(strings.TrimRight(show(t.Text), "\n")))
			}
		}
	case sdk.NativeTool:
		fmt.Fprintf(out, "\n%s %s\n%s\n", p.cyan("tool "+oneLine(b.Name)+":"), oneLine(host.DescribeCall(b.Name, b.Input)),
			p.dim(strings.TrimRight(show(b.Output), "\n")))
	case sdk.Image:
		fmt.Fprintf(out, "\n%s\n", p.dim(fmt.Sprintf("[%s, %s]", oneLine(b.MediaType), shortSize(int64(len(b.Data))))))
	case sdk.Thinking:
	}
}
