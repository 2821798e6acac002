package main

import (
	"fmt"
	"time"

	"github.com/jcode-go/jcode/host"
)

type compactEvent struct {
	envelope
	// Metadata is the same in the form that other agents use.
	Metadata   compactMetadata `json:"compact_metadata"`
	Trigger    string          `json:"trigger"`
	PreTokens  int64           `json:"pre_tokens"`
	PostTokens int64           `json:"post_tokens"`
	Cut        int             `json:"cut_results"`
	Summarized bool            `json:"summarized"`
	ParentID   *string         `json:"parent_tool_use_id"`
}

type compactMetadata struct {
	Trigger   string `json:"trigger"`
	PreTokens int64  `json:"pre_tokens"`
}

type fallbackEvent struct {
	envelope
	From        string   `json:"from"`
	To          string   `json:"to"`
	Reason      string   `json:"reason"`
	Message     string   `json:"message"`
	RetryAfterS *float64 `json:"retry_after_s"`
	ParentID    *string  `json:"parent_tool_use_id"`
}

func (r *streamRenderer) compacted(e host.Compacted) error {
	return r.write(compactEvent{
		r.envelope("system", "compact_boundary"),
		compactMetadata{e.Trigger, e.PreTokens},
		e.Trigger, e.PreTokens, e.PostTokens, e.Cut, e.Summarized, orNull(e.ParentID),
	})
}

func (r *streamRenderer) fallback(e host.ModelFallback) error {
	r.tell(e)
	return r.write(fallbackEvent{
		r.envelope("system", "model_fallback"), e.From, e.To, e.Reason, cleanText(e.Message),
		orNull(e.RetryAfter.Seconds()), orNull(e.ParentID),
	})
}

// compactedText says in one line what became shorter.
func compactedText(e host.Compacted) string {
	how := "older tool output is cut"
	if e.Summarized {
		how = "older messages are summarized"
	}
	why := ""
	if e.Trigger != "auto" {
		why = ", because the provider said it was too long"
	}
	return fmt.Sprintf("the conversation was compacted from about %s to %s tokens%s: %s",
		thousands(e.PreTokens), thousands(e.PostTokens), why, how)
}

// thousands is a number of tokens as an estimate is told.
func thousands(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%dk", (n+500)/1000)
}

// fallbackText says in one line who goes on and why.
func fallbackText(e host.ModelFallback) string {
	text := fmt.Sprintf("%s goes on instead of %s (%s: %s)", e.To, e.From, e.Reason, e.Message)
	if e.RetryAfter > 0 {
		text += ", which may be asked again in " + e.RetryAfter.Round(time.Second).String()
	}
	return text
}

// tellFallback says it on stderr, also where stdout has events. It is never silent,
// not even with -q: the prompt goes to somebody else.
func (c *command) tellFallback(e host.ModelFallback) {
	p := c.paint(c.errTerminal)
	_, _ = fmt.Fprintf(c.err, "%s %s\n", p.yellow(programName+": fallback:"), oneLine(fallbackText(e)))
}
