package responses

import (
	"encoding/json"
	"fmt"

	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// requestEcho is what a response repeats of its request.
type requestEcho struct {
	effort   string
	parallel bool
	store    bool
	cacheKey string
}

// envelope is a response as the vendor writes it.
type envelope struct {
	c          *composer
	model      string
	output     []json.RawMessage
	usage      json.RawMessage
	incomplete string
	failed     *Fault
}

func (c *composer) envelope(r *Reply) envelope {
	e := envelope{c: c, model: r.Model, output: c.output, incomplete: r.Incomplete, failed: r.Failed}
	if e.model == "" {
		e.model = c.model
	}
	u := r.Usage
	if u == nil {
		u = &Usage{Input: c.input, Output: tokens(c.written), Reasoning: c.reasoned / 4}
	}
	e.usage = u.wire()
	return e
}

func (u *Usage) wire() json.RawMessage {
	if u.Bare {
		return wire.Object("input_tokens", u.Input, "output_tokens", u.Output, "total_tokens", u.Input+u.Output)
	}
	return wire.Object(
		"input_tokens", u.Input,
		"input_tokens_details", wire.Object("cached_tokens", u.Cached, "cache_write_tokens", u.CacheWrite),
		"output_tokens", u.Output,
		"output_tokens_details", wire.Object("reasoning_tokens", u.Reasoning),
		"total_tokens", u.Input+u.Output,
	)
}

// last is the name of the event that ends the response.
func (e envelope) last() string { return "response." + e.status() }

func (e envelope) status() string {
	switch {
	case e.failed != nil:
		return "failed"
	case e.incomplete != "":
		return "incomplete"
	}
	return "completed"
}

// opening is the response before it says anything.
func (e envelope) opening() json.RawMessage {
	return e.wire("in_progress", nil, nil, nil, nil)
}

// closing is the response at its end; empty leaves out what it said.
func (e envelope) closing(empty bool) json.RawMessage {
	output, usage := e.output, e.usage
	if empty {
		output = nil
	}
	var details, failure json.RawMessage
	if e.incomplete != "" {
		details = wire.Object("reason", e.incomplete)
	}
	if e.failed != nil {
		failure, usage = wire.Object("code", e.failed.Code, "message", e.failed.message()), nil
	}
	return e.wire(e.status(), output, usage, details, failure)
}

func (e envelope) wire(status string, output []json.RawMessage, usage, details, failure json.RawMessage) json.RawMessage {
	if output == nil {
		output = []json.RawMessage{}
	}
	null := func(raw json.RawMessage) json.RawMessage {
		if raw == nil {
			return json.RawMessage("null")
		}
		return raw
	}
	return wire.Object(
		"id", fmt.Sprintf("resp_0%016x", e.c.number), "object", "response", "created_at", e.c.created,
		"status", status, "background", false, "error", null(failure), "incomplete_details", null(details),
		"instructions", nil, "max_output_tokens", nil, "max_tool_calls", nil, "model", e.model,
		"output", output, "parallel_tool_calls", e.c.request.parallel, "previous_response_id", nil,
		"prompt_cache_key", orNull(e.c.request.cacheKey),
		"reasoning", wire.Object("effort", orNull(e.c.request.effort), "summary", nil),
		"safety_identifier", nil, "service_tier", "default", "store", e.c.request.store, "temperature", 1.0,
		"text", json.RawMessage(`{"format":{"type":"text"},"verbosity":"medium"}`), "tool_choice", "auto",
		"tools", []int{}, "top_logprobs", 0, "top_p", 1.0, "truncation", "disabled",
		"usage", null(usage), "user", nil, "metadata", struct{}{},
	)
}

// tokens estimates, as everybody does, four bytes to the token.
func tokens(bytes int) int { return bytes/4 + 1 }
