package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/plugin"
)

var generateCases = []Case{
	{"event_order", "tool calls are started, grown and ended in this order, each once", everywhere, eventOrder},
	{"silent_after_return", "no event comes after Generate has returned", everywhere, silentAfterReturn},
	{"tool_input", "the fragments of a tool call's input are the input, a JSON object", everywhere, toolInput},
	{"stop_reason", "every answer has a valid stop reason, and tool_use if it called a tool", everywhere, stopReason},
	{"usage", "no count of tokens is negative", everywhere, usage},
	{"large_request", "a conversation of 32 MiB is taken", everywhere, largeRequest},
	{"slow_consumer", "a host that reads slowly gets the whole answer", everywhere, slowConsumer},
	{"parallel", "eight answers at once do not mix", everywhere, parallel},
	{"typed_errors", "an error keeps kind, status, request id, retry and wait", everywhere, typedErrors},
	{"provider_state", "provider state stays within 64 KiB", everywhere, providerState},
	{"panic_recovered", "a panic is an error of kind internal, and the next call works", onTheWire, panicRecovered},
}

// answers runs the fixtures for text and tool calls.
func (c *check) answers(look func(name string, stream *recorder, result sdk.Result)) {
	fixtures := c.subject.Fixtures
	c.need(fixtures.Text != nil || fixtures.Tool != nil, "Text or Tool")
	s := c.open()
	if fixtures.Text != nil {
		stream, result := c.mustGenerate(s, fixtures.Text("order"))
		look("text", stream, result)
	}
	if fixtures.Tool != nil {
		stream, result := c.mustGenerate(s, fixtures.Tool)
		look("tool", stream, result)
	}
}

func eventOrder(c *check) {
	c.answers(func(name string, stream *recorder, _ sdk.Result) {
		var accumulator sdk.Accumulator
		for i, event := range stream.events {
			if err := accumulator.Add(event); err != nil {
				c.failf("%s: event %d: %v", name, i+1, err)
			}
		}
		if open := accumulator.Unfinished(); len(open) > 0 {
			c.failf("%s: tool calls %v never ended", name, open)
		}
	})
}

const lateWait = 50 * time.Millisecond

func silentAfterReturn(c *check) {
	c.answers(func(name string, stream *recorder, _ sdk.Result) {
		late := func() bool {
			stream.mu.Lock()
			defer stream.mu.Unlock()
			return stream.late > 0
		}
		if eventually(lateWait, late) {
			c.failf("%s: an event came after Generate had returned", name)
		}
	})
}

func toolInput(c *check) {
	c.need(c.subject.Fixtures.Tool != nil, "Tool")
	stream, _ := c.mustGenerate(c.open(), c.subject.Fixtures.Tool)
	fragments, calls := map[string]string{}, 0
	for _, event := range stream.events {
		switch e := event.(type) {
		case sdk.ToolCallDelta:
			fragments[e.ID] += e.JSON
		case sdk.ToolCallEnd:
			calls++
			c.sameInput(fragments[e.ID], e)
		default:
		}
	}
	if calls == 0 {
		c.failf("the fixture Tool led to no tool call")
	}
}

func (c *check) sameInput(fragments string, end sdk.ToolCallEnd) {
	if end.Malformed != "" {
		if fragments != "" && fragments != end.Malformed {
			c.failf("call %s: malformed input is not what came before", end.ID)
		}
		return
	}
	var object map[string]any
	if err := json.Unmarshal(end.Input, &object); err != nil {
		c.failf("call %s: the input is no JSON object: %v", end.ID, err)
		return
	}
	if fragments != "" && !bytes.Equal(compact(fragments), compact(string(end.Input))) {
		c.failf("call %s: the fragments make up %q, the end says %q", end.ID, fragments, end.Input)
	}
}

func compact(text string) []byte {
	var out bytes.Buffer
	if json.Compact(&out, []byte(text)) != nil {
		return []byte(text)
	}
	return out.Bytes()
}

var stopReasons = []sdk.StopReason{
	sdk.StopEndTurn, sdk.StopToolUse, sdk.StopMaxTokens, sdk.StopSequence, sdk.StopRefusal, sdk.StopContextExceeded,
}

func stopReason(c *check) {
	c.answers(func(name string, stream *recorder, result sdk.Result) {
		if !slices.Contains(stopReasons, result.StopReason) {
			c.failf("%s: stop reason %q", name, result.StopReason)
		}
		called := slices.ContainsFunc(stream.events, func(e sdk.Event) bool { _, ok := e.(sdk.ToolCallEnd); return ok })
		if called != (result.StopReason == sdk.StopToolUse) {
			c.failf("%s: stop reason %q, but tools called: %v", name, result.StopReason, called)
		}
	})
}

func usage(c *check) {
	c.answers(func(name string, stream *recorder, result sdk.Result) {
		all := []sdk.Usage{result.Usage}
		for _, event := range stream.events {
			if e, ok := event.(sdk.UsageEvent); ok {
				all = append(all, e.Usage)
			}
		}
		for _, u := range all {
			least := min(u.InputTokens, u.OutputTokens, u.CacheReadTokens, u.CacheWriteTokens, u.ThinkingTokens, int64(u.Turns))
			if least < 0 || (u.CostUSD != nil && *u.CostUSD < 0) {
				c.failf("%s: usage %+v", name, u)
			}
		}
	})
}

const largeBytes = 32 << 20

// largeRequest takes any answer of the vendor, also that it is too long.
func largeRequest(c *check) {
	c.need(c.subject.Fixtures.Text != nil, "Text")
	request := c.subject.Fixtures.Text("large")
	size := c.subject.LargeRequest
	if size <= 0 {
		size = largeBytes
	}
	const word = "history "
	history := strings.Repeat(word, size/len(word))
	padding := sdk.Message{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: history}}}
	reply := sdk.Message{Role: sdk.RoleAssistant, Blocks: []sdk.Block{sdk.Text{Text: "ok"}}}
	request.Messages = append([]sdk.Message{padding, reply}, request.Messages...)
	_, _, err := c.generate(c.open(), request)
	var lost *plugin.TransportError
	if errors.As(err, &lost) || (err != nil && sdk.KindOf(err) == sdk.KindInternal) {
		c.failf("%v", err)
	}
}

// pause is long enough for every buffer on the way to fill up.
const pause = 400 * time.Millisecond

// slowConsumer compares what a slow reader gets with what a quick one got.
func slowConsumer(c *check) {
	c.need(c.subject.Fixtures.Long != nil, "Long")
	s := c.open()
	begin := time.Now()
	quick, _ := c.mustGenerate(s, c.subject.Fixtures.Long)
	// As long as the whole answer takes here: whatever is between has filled up then.
	wait := max(pause, time.Since(begin))
	count := 0
	slow := &recorder{each: func(sdk.Event) {
		if count++; count == 2 || count == len(quick.events)/2 {
			<-time.After(wait)
		}
	}}
	if _, err := slow.call(c.ctx, s, c.subject.Fixtures.Long); err != nil {
		c.fatalf("generate: %v", err)
	}
	if a, b := quick.text(), slow.text(); a != b {
		c.failf("a slow reader got %d bytes of %d", len(b), len(a))
	}
	if len(quick.text()) < 4<<20 {
		c.failf("the fixture Long is answered by %d bytes, too few for this case", len(quick.text()))
	}
}

func parallel(c *check) {
	c.need(c.subject.Fixtures.Text != nil, "Text")
	s := c.open()
	var all sync.WaitGroup
	const streams = 8
	texts, failures := make([]string, streams), make([]error, streams)
	token := func(i int) string { return fmt.Sprintf("token-%d-of-parallel", i) }
	for i := range streams {
		all.Go(func() {
			stream := &recorder{}
			_, failures[i] = stream.call(c.ctx, s, c.subject.Fixtures.Text(token(i)))
			texts[i] = stream.text()
		})
	}
	all.Wait()
	for i := range streams {
		if failures[i] != nil {
			c.failf("answer %d: %v", i, failures[i])
			continue
		}
		for j := range streams {
			if strings.Contains(texts[i], token(j)) != (i == j) {
				c.failf("answer %d is %q", i, texts[i])
			}
		}
	}
}

func typedErrors(c *check) {
	c.need(c.subject.Fixtures.Failure != nil, "Failure")
	s := c.open()
	for _, kind := range sdk.Kinds() {
		request, want := c.subject.Fixtures.Failure(kind)
		if request == nil {
			continue
		}
		_, _, err := c.generate(s, request)
		var got *sdk.Error
		if !errors.As(err, &got) {
			c.failf("%v: got %v", kind, err)
			continue
		}
		if got.Kind != want.Kind || got.HTTPStatus != want.HTTPStatus || got.ProviderRequestID != want.ProviderRequestID ||
			got.RetryAfter != want.RetryAfter || got.Retryable != want.Retryable {
			c.failf("%v: want status %d, request %q, retry %v after %v; got %+v", kind,
				want.HTTPStatus, want.ProviderRequestID, want.Retryable, want.RetryAfter, got)
		}
	}
}

func providerState(c *check) {
	c.need(c.subject.Fixtures.State != nil, "State")
	s := c.open()
	var state []byte
	for range 2 {
		request := c.subject.Fixtures.State(state)
		request.ProviderState = state
		_, result := c.mustGenerate(s, request)
		if state = result.ProviderState; len(state) > sdk.MaxProviderState {
			c.failf("provider state of %d bytes", len(state))
		}
	}
}

func panicRecovered(c *check) {
	c.need(c.subject.Fixtures.Panic != nil, "Panic")
	s := c.open()
	_, _, err := c.generate(s, c.subject.Fixtures.Panic)
	if err == nil || sdk.KindOf(err) != sdk.KindInternal {
		c.failf("a panic gave %v", err)
	}
	if _, err := s.provider.Info(c.ctx); err != nil {
		c.failf("the call after a panic: %v", err)
	}
}
