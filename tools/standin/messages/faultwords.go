package messages

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/script"
	"github.com/jcode-go/jcode/tools/standin/internal/strict"
)

// magicStatus answers with an HTTP error, a number of times or always:
// @status 529 2, @status 429 1 retry-after=1.
func magicStatus(rest string, _ *echoed, counts *script.Counts) (*Step, error) {
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return nil, fmt.Errorf("want an HTTP status")
	}
	status, err := strconv.Atoi(fields[0])
	if err != nil || status < 300 || status > 599 {
		return nil, fmt.Errorf("%q is no HTTP status of an error", fields[0])
	}
	step := &Step{HTTP: &HTTPError{Status: status}, Headers: map[string]string{}}
	if status == 502 {
		step.HTTP.Body = "<html><body><h1>502 Bad Gateway</h1></body></html>"
	}
	for _, f := range fields[1:] {
		if name, value, ok := strings.Cut(f, "="); ok {
			step.Headers[name] = value
			continue
		}
		times, err := strconv.Atoi(f)
		if err != nil || times < 1 {
			return nil, fmt.Errorf("%q: want a number of times or header=value", f)
		}
		if !counts.Take("@status "+rest, times) {
			return say("recovered"), nil
		}
	}
	return step, nil
}

// magicError sends an error event after some text: @error overloaded_error 1.
func magicError(rest string, _ *echoed, counts *script.Counts) (*Step, error) {
	kind, times, limited := strings.Cut(rest, " ")
	if limited {
		n, err := script.Numbers(times, 1)
		if err != nil {
			return nil, err
		}
		if !counts.Take("@error "+rest, n[0]) {
			return say("recovered"), nil
		}
	}
	return blocks(
		Block{Type: Text, Text: "partial ", Open: true},
		Block{Type: Error, ErrorType: kind},
	), nil
}

// magicStop ends a short text with any stop reason.
func magicStop(rest string, c *echoed, _ *script.Counts) (*Step, error) {
	step := blocks(Block{Type: Text, Text: "stopped"})
	step.Reply.StopReason = rest
	switch {
	case rest == "refusal":
		step.Reply.StopDetails = []byte(`{"type":"refusal","category":"cyber","explanation":"This was declined."}`)
	case rest == "stop_sequence":
		step.Reply.StopSequence = "END"
	case rest == "pause_turn" && c.paused:
		return say("continued"), nil
	}
	return step, nil
}

// echoed is what the magic words see.
type echoed struct {
	*script.Talk
	paused bool // the request sends a paused turn back
}

func endsPaused(req *strict.Request) bool {
	return len(req.Messages) > 0 && req.Messages[len(req.Messages)-1].Role == "assistant"
}

// magicGolden sends one of the golden replies.
func magicGolden(rest string, c *echoed, _ *script.Counts) (*Step, error) {
	if len(c.Results) > 0 {
		return say("result: " + c.Results[len(c.Results)-1].Text), nil
	}
	for _, g := range goldenReplies() {
		if g.name == rest {
			return &Step{Reply: &g.reply}, nil
		}
	}
	return nil, fmt.Errorf("no golden reply %q", rest)
}
