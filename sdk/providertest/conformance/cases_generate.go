package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/plugin"
)

var generateCases = []Case{
	{ID: "started_first", Section: sectionGenerate, Modes: everywhere, run: startedFirst, Proves: "started comes before any text, thinking or tool"},
	{ID: "event_order", Section: sectionGenerate, Modes: everywhere, run: eventOrder, Proves: "tool calls are started, grown and ended in this order, each once"},
	{ID: "message_ids", Section: sectionGenerate, Modes: everywhere, run: messageIDs, Proves: "the pieces of a tool call have one message id, and retract names a message that has begun"},
	{ID: "silent_after_return", Section: sectionGenerate, Modes: everywhere, run: silentAfterReturn, Proves: "no event comes after Generate has returned"},
	{ID: "tool_input", Section: sectionGenerate, Modes: everywhere, run: toolInput, Proves: "the fragments of a tool call's input are the input, a JSON object"},
	{ID: "stop_reason", Section: sectionGenerate, Modes: everywhere, run: stopReason, Proves: "every answer has a valid stop reason, and tool_use if it called a tool"},
	{ID: "usage", Section: sectionGenerate, Modes: everywhere, run: usage, Proves: "no count of tokens is negative"},
	{ID: "capabilities", Section: sectionCalls, Modes: everywhere, run: capabilities, Proves: "the capabilities hold: tools are called if and only if \"tools\" or \"native_tools\" is said, and a picture is answered, or without \"images\" refused or ignored"},
	{ID: "large_request", Section: sectionLimits, Modes: everywhere, run: largeRequest, Proves: "a conversation of 32 MiB is taken"},
	{ID: "slow_consumer", Section: sectionGenerate, Modes: everywhere, run: slowConsumer, Proves: "a host that reads slowly gets the whole answer"},
	{ID: "parallel", Section: sectionGenerate, Modes: everywhere, run: parallel, Proves: "eight answers at once do not mix"},
	{ID: "typed_errors", Section: sectionErrors, Modes: everywhere, run: typedErrors, Proves: "an error has its kind, status, request id, retry and wait, and says in one line what happened"},
	{ID: "provider_state", Section: sectionGenerate, Modes: everywhere, run: providerState, Proves: "provider state stays within 64 KiB, and is taken back"},
}

// answers runs the fixtures for text and tool calls.
func (c *check) answers(look func(name string, stream *recorder, result sdk.Result)) {
	fixtures := c.subject.Fixtures
	c.need(fixtures.Text != nil || fixtures.Tool != nil, "text")
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

func startedFirst(c *check) {
	c.answers(func(name string, stream *recorder, _ sdk.Result) {
		for _, event := range stream.events {
			switch event.(type) {
			case sdk.Started:
				return
			case sdk.TextDelta, sdk.ThinkingDelta, sdk.ToolCallStart, sdk.NativeToolEvent:
				c.failf("%s: a %T came before started", name, event)
				return
			}
		}
		c.failf("%s: there was no started", name)
	})
}

func messageIDs(c *check) {
	c.answers(func(name string, stream *recorder, _ sdk.Result) {
		begun, calls := map[string]bool{}, map[string]string{}
		of := func(call, message string) {
			if calls[call] != message {
				c.failf("%s: the tool call %s began in message %q and goes on in %q", name, call, calls[call], message)
			}
		}
		for _, event := range stream.events {
			switch e := event.(type) {
			case sdk.TextDelta:
				begun[e.MessageID] = true
			case sdk.ThinkingDelta:
				begun[e.MessageID] = true
			case sdk.ToolCallStart:
				begun[e.MessageID], calls[e.ID] = true, e.MessageID
			case sdk.ToolCallDelta:
				of(e.ID, e.MessageID)
			case sdk.ToolCallEnd:
				of(e.ID, e.MessageID)
			case sdk.Retract:
				if !begun[e.MessageID] {
					c.failf("%s: the message %q is retracted, and never began", name, e.MessageID)
				}
			default:
			}
		}
	})
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
	c.need(c.subject.Fixtures.Tool != nil, "tool")
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
		c.failf("the fixture tool led to no tool call")
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

func capabilities(c *check) {
	s := c.open()
	info, err := s.provider.Info(c.ctx)
	if err != nil {
		c.fatalf("info: %v", err)
	}
	fixtures := c.subject.Fixtures
	c.need(fixtures.Tool != nil || fixtures.Text != nil, "tool")
	if fixtures.Tool != nil {
		c.honestTools(s, info)
	}
	switch {
	case info.Has(sdk.CapabilityImages) && fixtures.Image != nil:
		c.mustGenerate(s, fixtures.Image)
	case !info.Has(sdk.CapabilityImages) && fixtures.Text != nil:
		request := fixtures.Text("picture")
		last := &request.Messages[len(request.Messages)-1]
		last.Blocks = append(slices.Clip(last.Blocks), sdk.Image{MediaType: "image/png", Data: onePixel()})
		if _, _, err := c.generate(s, request); err != nil && sdk.KindOf(err) == sdk.KindInternal {
			c.failf("without \"images\", a picture gave %v", err)
		}
	}
}

func (c *check) honestTools(s *session, info sdk.Info) {
	stream, _, err := c.generate(s, c.subject.Fixtures.Tool)
	own, native := false, false
	for _, event := range stream.events {
		switch event.(type) {
		case sdk.ToolCallStart:
			own = true
		case sdk.NativeToolEvent:
			native = true
		}
	}
	switch {
	case own && !info.Has(sdk.CapabilityTools):
		c.failf("a tool was called, and \"tools\" is not said")
	case native && !info.Has(sdk.CapabilityNativeTools):
		c.failf("a native tool ran, and \"native_tools\" is not said")
	case info.Has(sdk.CapabilityTools) && !own:
		c.failf("\"tools\" is said, and the fixture tool led to no tool call (%v)", err)
	}
}

// onePixel is a picture.
func onePixel() []byte {
	var out bytes.Buffer
	_ = png.Encode(&out, image.NewGray(image.Rect(0, 0, 1, 1))) // a buffer takes everything
	return out.Bytes()
}

const largeBytes = 32 << 20

// largeRequest takes any answer of the vendor, also that it is too long.
func largeRequest(c *check) {
	c.need(c.subject.Fixtures.Text != nil, "text")
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
	c.need(c.subject.Fixtures.Long != nil, "long")
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
		c.failf("the fixture long is answered by %d bytes, too few for this case", len(quick.text()))
	}
}

func parallel(c *check) {
	c.need(c.subject.Fixtures.Text != nil, "text")
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
	c.need(c.subject.Fixtures.Failure != nil, "failures")
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
		if got.Message == "" && got.Err == nil || strings.ContainsAny(got.Message, "\n\r") {
			c.failf("%v: the message is not one line: %q", kind, got.Message)
		}
		if c.subject.Fixtures.LooseErrors {
			want = filledBy(want, got)
		}
		if got.Kind != want.Kind || got.HTTPStatus != want.HTTPStatus || got.ProviderRequestID != want.ProviderRequestID ||
			got.RetryAfter != want.RetryAfter || got.Retryable != want.Retryable {
			c.failf("%v: want status %d, request %q, retry %v after %v; got %v with status %d, request %q, retry %v after %v: %s", kind,
				want.HTTPStatus, want.ProviderRequestID, want.Retryable, want.RetryAfter,
				got.Kind, got.HTTPStatus, got.ProviderRequestID, got.Retryable, got.RetryAfter, got.Message)
		}
		if needsRemedy[got.Kind] && got.Remedy == "" {
			c.failf("%v: there is no remedy", kind)
		}
	}
}

// needsRemedy are the kinds whose user must do something first.
var needsRemedy = map[sdk.Kind]bool{
	sdk.KindUnauthenticated: true, sdk.KindInteractionRequired: true, sdk.KindCLIMissing: true, sdk.KindCLIOutdated: true,
}

// filledBy is want with what is not set in it taken from got.
func filledBy(want, got *sdk.Error) *sdk.Error {
	filled := *want
	if filled.HTTPStatus == 0 {
		filled.HTTPStatus = got.HTTPStatus
	}
	if filled.ProviderRequestID == "" {
		filled.ProviderRequestID = got.ProviderRequestID
	}
	if filled.RetryAfter == 0 {
		filled.RetryAfter = got.RetryAfter
	}
	filled.Retryable = filled.Retryable || got.Retryable
	return &filled
}

func providerState(c *check) {
	c.need(c.subject.Fixtures.State != nil, "state")
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
