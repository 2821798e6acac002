package responses

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/script"
)

// magicStatus answers with an HTTP error, a number of times or always:
// @status 503 2, @status 403 cloudflare, @status 429 1 retry-after=1.
func magicStatus(rest string, _ *script.Talk, counts *script.Counts) (*Step, error) {
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return nil, fmt.Errorf("want an HTTP status")
	}
	status, err := strconv.Atoi(fields[0])
	if err != nil || status < 300 || status > 599 {
		return nil, fmt.Errorf("%q is no HTTP status of an error", fields[0])
	}
	step := &Step{HTTP: &HTTPError{Status: status}, Headers: map[string]string{}}
	for _, f := range fields[1:] {
		if name, value, ok := strings.Cut(f, "="); ok {
			step.Headers[name] = value
			continue
		}
		if slices.Contains(errorShapes, f) {
			step.HTTP.Shape = f
			continue
		}
		if recovered, err := limited(counts, "@status "+rest, f); recovered || err != nil {
			return say("recovered"), err
		}
	}
	return step, nil
}

// limited reports whether a word was obeyed as often as it says.
func limited(counts *script.Counts, name, times string) (bool, error) {
	n, err := script.Numbers(times, 1)
	if err != nil {
		return false, err
	}
	return !counts.Take(name, n[0]), nil
}

// magicLimit answers that the plan is used up for so many seconds: @limit 7200.
func magicLimit(rest string, _ *script.Talk, _ *script.Counts) (*Step, error) {
	n, err := script.Numbers(rest, 1)
	if err != nil {
		return nil, err
	}
	return &Step{HTTP: UsageLimit(n[0]), Headers: map[string]string{"x-codex-primary-used-percent": "100"}}, nil
}

// UsageLimit is the error of a plan that is used up for so many seconds.
func UsageLimit(seconds int) *HTTPError {
	return &HTTPError{
		Status: 429, Type: "usage_limit_reached", Message: "The usage limit has been reached",
		ResetsIn: seconds, Extra: map[string]any{"plan_type": "plus", "eligible_promo": nil},
	}
}

// magicFailed ends a response with response.failed before it says anything:
// @failed server_error 1.
func magicFailed(rest string, _ *script.Talk, counts *script.Counts) (*Step, error) {
	code, times, some := strings.Cut(rest, " ")
	if code == "" {
		return nil, fmt.Errorf("want an error code")
	}
	if some {
		if recovered, err := limited(counts, "@failed "+rest, times); recovered || err != nil {
			return say("recovered"), err
		}
	}
	return &Step{Reply: &Reply{Failed: &Fault{Code: code}}}, nil
}

// magicError sends an error event after some text: @error server_error, @error nested
// invalid_prompt.
func magicError(rest string, _ *script.Talk, _ *script.Counts) (*Step, error) {
	code, nested := strings.CutPrefix(rest, "nested ")
	if code == "" {
		code = "server_error"
	}
	return items(partial, Item{Type: Error, Nested: nested, Fault: &Fault{Code: code}}), nil
}

// magicIncomplete stops a text for a reason: @incomplete max_output_tokens.
func magicIncomplete(rest string, _ *script.Talk, _ *script.Counts) (*Step, error) {
	if rest == "" {
		return nil, fmt.Errorf("want a reason")
	}
	step := items(Item{Type: Text, Text: "stopped"})
	step.Reply.Incomplete = rest
	return step, nil
}

func magicRefusal(rest string, _ *script.Talk, _ *script.Counts) (*Step, error) {
	if rest == "" {
		rest = "I cannot help with that."
	}
	return items(Item{Type: Refusal, Text: script.Literal(rest)}), nil
}

// magicGolden sends one of the golden replies.
func magicGolden(rest string, c *script.Talk, _ *script.Counts) (*Step, error) {
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
