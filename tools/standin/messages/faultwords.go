package messages

import (
	"fmt"
	"strconv"
	"strings"
)

// magicStatus answers with an HTTP error, a number of times or always:
// @status 529 2, @status 429 1 retry-after=1.
func magicStatus(rest string, _ *conversation, counts *stepCounts) (*Step, error) {
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
		if !counts.take("@status "+rest, times) {
			return say("recovered"), nil
		}
	}
	return step, nil
}

// magicError sends an error event after some text: @error overloaded_error 1.
func magicError(rest string, _ *conversation, counts *stepCounts) (*Step, error) {
	kind, times, limited := strings.Cut(rest, " ")
	if limited {
		n, err := numbers(times, 1)
		if err != nil {
			return nil, err
		}
		if !counts.take("@error "+rest, n[0]) {
			return say("recovered"), nil
		}
	}
	return blocks(
		Block{Type: Text, Text: "partial ", Open: true},
		Block{Type: Error, ErrorType: kind},
	), nil
}

// magicStop ends a short text with any stop reason.
func magicStop(rest string, c *conversation, _ *stepCounts) (*Step, error) {
	step := blocks(Block{Type: Text, Text: "stopped"})
	step.Reply.StopReason = rest
	switch {
	case rest == "refusal":
		step.Reply.StopDetails = []byte(`{"type":"refusal","category":"cyber","explanation":"This was declined."}`)
	case rest == "stop_sequence":
		step.Reply.StopSequence = "END"
	case rest == "pause_turn" && c.paused():
		return say("continued"), nil
	}
	return step, nil
}

// paused reports whether the request sends a paused turn back.
func (c *conversation) paused() bool {
	return len(c.messages) > 0 && c.messages[len(c.messages)-1].Role == "assistant"
}

// magicGolden sends one of the golden replies.
func magicGolden(rest string, c *conversation, _ *stepCounts) (*Step, error) {
	if len(c.results) > 0 {
		return say("result: " + c.results[len(c.results)-1].text), nil
	}
	for _, g := range goldenReplies() {
		if g.name == rest {
			return &Step{Reply: &g.reply}, nil
		}
	}
	return nil, fmt.Errorf("no golden reply %q", rest)
}
