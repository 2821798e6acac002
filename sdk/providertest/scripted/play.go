package scripted

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// player plays one turn.
type player struct {
	request *sdk.Request
	stream  sdk.Stream
	model   string
	calls   int
	state   []byte
}

func (p *player) play(ctx context.Context, turn Turn) (sdk.Result, error) {
	if err := p.stream.Emit(sdk.Started{Model: p.model, ProviderRequestID: "scripted-request"}); err != nil {
		return sdk.Result{}, err
	}
	for _, step := range turn.Steps {
		if err := p.step(ctx, step); err != nil {
			return sdk.Result{}, asCancelled(ctx, err)
		}
	}
	return p.finish(turn.Finish), nil
}

// asCancelled gives a cancelled call the kind that the contract wants.
func asCancelled(ctx context.Context, err error) error {
	if ctx.Err() != nil && sdk.KindOf(err) != sdk.KindCancelled {
		return &sdk.Error{Kind: sdk.KindCancelled, Op: "generate", Err: ctx.Err()}
	}
	return err
}

func (p *player) finish(f *Finish) sdk.Result {
	result := sdk.Result{StopReason: sdk.StopEndTurn, Model: p.model, ProviderState: p.state}
	if p.calls > 0 {
		result.StopReason = sdk.StopToolUse
	}
	result.Usage = sdk.Usage{InputTokens: 10, OutputTokens: 5}
	if f == nil {
		return result
	}
	result.StopReason, result.StopDetail, result.Usage = f.StopReason, f.StopDetail, f.Usage
	if f.State != "" {
		result.ProviderState = []byte(f.State)
	}
	if f.StateSize > 0 {
		result.ProviderState = make([]byte, f.StateSize)
	}
	return result
}

// step plays what is set; most steps are one event.
func (p *player) step(ctx context.Context, s Step) error {
	for _, event := range p.events(s) {
		if err := p.stream.Emit(event); err != nil {
			return err
		}
	}
	if s.Ask != nil {
		return p.ask(ctx, *s.Ask, s.Message)
	}
	if s.EchoRequest {
		return p.echo(s.Message)
	}
	return p.act(ctx, s)
}

func (p *player) events(s Step) []sdk.Event {
	switch {
	case s.Text != "":
		return repeat(sdk.TextDelta{MessageID: s.Message, Text: s.Text}, max(s.Repeat, 1))
	case s.Large > 0:
		return []sdk.Event{sdk.TextDelta{MessageID: s.Message, Text: strings.Repeat("x", s.Large)}}
	case s.Thinking != nil:
		return []sdk.Event{sdk.ThinkingDelta{
			MessageID: s.Message, Text: s.Thinking.Text, Signature: s.Thinking.Signature, Opaque: s.Thinking.Opaque,
		}}
	case s.ToolCall != nil:
		p.calls++
		return s.ToolCall.events(s.Message)
	case s.Native != nil:
		return nativeEvents(s.Message, *s.Native)
	case s.EchoState:
		p.state = p.request.ProviderState
		return []sdk.Event{sdk.TextDelta{MessageID: s.Message, Text: "state:" + string(p.state)}}
	}
	return rareEvents(s)
}

func rareEvents(s Step) []sdk.Event {
	switch {
	case s.Started != nil:
		return []sdk.Event{*s.Started}
	case s.Retry != nil:
		return []sdk.Event{*s.Retry}
	case s.Limit != nil:
		return []sdk.Event{*s.Limit}
	case s.Usage != nil:
		return []sdk.Event{sdk.UsageEvent{Usage: *s.Usage}}
	case s.Warning != nil:
		return []sdk.Event{*s.Warning}
	case s.Retract != "":
		return []sdk.Event{sdk.Retract{MessageID: s.Retract}}
	}
	return nil
}

func repeat(event sdk.Event, times int) []sdk.Event {
	events := make([]sdk.Event, times)
	for i := range events {
		events[i] = event
	}
	return events
}

// given is nil for the null that JSON makes of an input that is not there.
func given(input json.RawMessage) json.RawMessage {
	if string(input) == "null" {
		return nil
	}
	return input
}

func nativeEvents(message string, tool sdk.NativeTool) []sdk.Event {
	tool.Input = given(tool.Input)
	begun := sdk.NativeTool{ID: tool.ID, Name: tool.Name, Input: tool.Input, ParentID: tool.ParentID}
	return []sdk.Event{
		sdk.NativeToolEvent{MessageID: message, Phase: sdk.NativeToolStarted, Tool: begun},
		sdk.NativeToolEvent{MessageID: message, Phase: sdk.NativeToolFinished, Tool: tool},
	}
}

// events cuts the input into fragments of equal length.
func (c *ToolCall) events(message string) []sdk.Event {
	events := []sdk.Event{sdk.ToolCallStart{MessageID: message, ID: c.ID, Name: c.Name}}
	text := string(c.Input)
	if c.Malformed != "" {
		text = c.Malformed
	}
	size := len(text)/max(c.Fragments, 1) + 1
	for ; len(text) > 0; text = text[min(size, len(text)):] {
		events = append(events, sdk.ToolCallDelta{MessageID: message, ID: c.ID, JSON: text[:min(size, len(text))]})
	}
	end := sdk.ToolCallEnd{MessageID: message, ID: c.ID, Input: c.Input, Malformed: c.Malformed}
	if c.Malformed == "" && len(end.Input) == 0 {
		end.Input = json.RawMessage(`{}`)
	}
	return append(events, end)
}

func (p *player) ask(ctx context.Context, request sdk.PermissionRequest, message string) error {
	request.Input = given(request.Input)
	answer, err := p.stream.Ask(ctx, request)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("allowed:%v %s", answer.Allow, answer.Message)
	return p.stream.Emit(sdk.TextDelta{MessageID: message, Text: text})
}

func (p *player) echo(message string) error {
	data, err := json.Marshal(p.request)
	if err != nil {
		return &sdk.Error{Kind: sdk.KindInternal, Op: "echo request", Err: err}
	}
	return p.stream.Emit(sdk.TextDelta{MessageID: message, Text: string(data)})
}

// act plays the steps that are no events.
func (p *player) act(ctx context.Context, s Step) error {
	switch {
	case s.DelayMS != 0:
		return wait(ctx, s.DelayMS)
	case s.Interrupt:
		select {
		case <-p.stream.Interrupted():
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	case s.Stubborn > 0:
		<-time.After(time.Duration(s.Stubborn) * time.Millisecond)
	case s.Stdout != "":
		_, _ = fmt.Fprintln(os.Stdout, s.Stdout) // nobody to tell
	case s.Stderr != "":
		_, _ = fmt.Fprintln(os.Stderr, s.Stderr) // nobody to tell
	case s.Raw != "":
		_, _ = fmt.Fprintln(processStderr, s.Raw) // nobody to tell
	case s.Child != "":
		return runChild(ctx, s.Child)
	case s.Error != nil:
		return s.Error.build()
	case s.Crash != "":
		return crash(s.Crash)
	}
	return nil
}

// processStderr is the real one: go-plugin replaces os.Stderr later.
var processStderr = os.Stderr

func wait(ctx context.Context, milliseconds int) error {
	var over <-chan time.Time
	if milliseconds > 0 {
		over = time.After(time.Duration(milliseconds) * time.Millisecond)
	}
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// build makes the error; a kind that does not exist is the script's mistake.
func (e *Error) build() error {
	for _, kind := range sdk.Kinds() {
		if kind.String() != e.Kind {
			continue
		}
		return &sdk.Error{
			Kind: kind, Op: "generate", Message: e.Message, Remedy: e.Remedy, Retryable: e.Retryable,
			RetryAfter: time.Duration(e.RetryAfterMS) * time.Millisecond,
			HTTPStatus: e.HTTPStatus, ProviderRequestID: e.RequestID,
		}
	}
	return errors.New("script: there is no error kind " + e.Kind)
}

func crash(how string) error {
	switch how {
	case "exit":
		os.Exit(3)
	case "panic":
		panic("scripted panic")
	case "goroutine":
		go func() { panic("scripted panic in a goroutine") }()
		select {}
	case "kill":
		return killSelf()
	}
	return errors.New("script: there is no crash " + how)
}
