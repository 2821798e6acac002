package agent

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// errCrash stands for the loss of the plugin's process.
var errCrash = errors.New("connection lost")

// step is one answer of the fake provider.
type step func(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error)

// fakeProvider answers with its steps, in order, and keeps what it was asked.
type fakeProvider struct {
	mu       sync.Mutex
	steps    []step
	requests []sdk.Request
	restarts int
	// lost is what Recover gives up with, from the restart of that number on.
	lost     error
	giveUpAt int
	// children answer the subagents' requests, by the prompt.
	children map[string]step
}

func (p *fakeProvider) Generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	p.mu.Lock()
	copied := *request
	copied.Messages = slices.Clone(request.Messages)
	p.requests = append(p.requests, copied)
	var next step
	if text, ok := request.Messages[0].Blocks[0].(sdk.Text); ok && strings.Contains(request.SessionID, ":") {
		next = p.children[text.Text]
	}
	if next == nil {
		if len(p.steps) == 0 {
			p.mu.Unlock()
			return sdk.Result{}, &sdk.Error{Kind: sdk.KindInternal, Message: "the script is over"}
		}
		next, p.steps = p.steps[0], p.steps[1:]
	}
	p.mu.Unlock()
	return next(ctx, request, stream)
}

func (p *fakeProvider) Recover(_ context.Context, err error) (Restart, error) {
	if !errors.Is(err, errCrash) {
		return Restart{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.restarts++
	if p.giveUpAt > 0 && p.restarts >= p.giveUpAt {
		return Restart{}, p.lost
	}
	return Restart{Reason: "killed", Attempt: p.restarts}, nil
}

// say answers with events and an end.
func say(stop sdk.StopReason, events ...sdk.Event) step {
	return func(_ context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		if err := emitAll(stream, events); err != nil {
			return sdk.Result{}, err
		}
		return sdk.Result{StopReason: stop, Model: "m-1", Usage: sdk.Usage{InputTokens: 10, OutputTokens: 1}}, nil
	}
}

// fail answers with events and an error.
func fail(err error, events ...sdk.Event) step {
	return func(_ context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		if emitErr := emitAll(stream, events); emitErr != nil {
			return sdk.Result{}, emitErr
		}
		return sdk.Result{}, err
	}
}

// hang answers with events and then waits to be cancelled.
func hang(events ...sdk.Event) step {
	return func(ctx context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		if err := emitAll(stream, events); err != nil {
			return sdk.Result{}, err
		}
		<-ctx.Done()
		return sdk.Result{}, &sdk.Error{Kind: sdk.KindCancelled, Err: ctx.Err()}
	}
}

func emitAll(stream sdk.Stream, events []sdk.Event) error {
	for _, event := range append([]sdk.Event{sdk.Started{Model: "m-1"}}, events...) {
		if err := stream.Emit(event); err != nil {
			return err
		}
	}
	return nil
}

func text(s string) sdk.Event { return sdk.TextDelta{MessageID: "m", Text: s} }

// call is the events of one tool call, flattened into one by callEvents.
func call(id, name, input string) []sdk.Event {
	end := sdk.ToolCallEnd{MessageID: "m", ID: id, Input: json.RawMessage(input)}
	if !json.Valid(end.Input) {
		end.Input, end.Malformed = nil, input
	}
	return []sdk.Event{
		sdk.ToolCallStart{MessageID: "m", ID: id, Name: name},
		sdk.ToolCallDelta{MessageID: "m", ID: id, JSON: input},
		end,
	}
}

// fakeTools runs functions.
type fakeTools struct {
	run      map[string]func(ctx context.Context, call tool.Call) tool.Result
	readOnly []string
}

type fakeTool struct {
	name     string
	readOnly bool
}

func (t fakeTool) Spec() sdk.ToolSpec {
	return sdk.ToolSpec{Name: t.name, InputSchema: json.RawMessage(`{"type":"object"}`)}
}
func (t fakeTool) ReadOnly(json.RawMessage) bool              { return t.readOnly }
func (t fakeTool) Run(context.Context, tool.Call) tool.Result { return tool.Result{} }

func (f *fakeTools) Names() []string {
	var names []string
	for name := range f.run {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (f *fakeTools) Specs() []sdk.ToolSpec {
	var specs []sdk.ToolSpec
	for _, name := range f.Names() {
		specs = append(specs, fakeTool{name: name}.Spec())
	}
	return specs
}

func (f *fakeTools) Lookup(name string) (tool.Tool, bool) {
	if f.run[name] == nil {
		return nil, false
	}
	return fakeTool{name, slices.Contains(f.readOnly, name)}, true
}

func (f *fakeTools) Run(ctx context.Context, call tool.Call) tool.Result {
	return f.run[call.Name](ctx, call)
}

func (f *fakeTools) Summary(call tool.Call) string { return string(call.Input) }

func ok(text string) tool.Result {
	return tool.Result{Content: []sdk.Block{sdk.Text{Text: text}}}
}

func echoTools() *fakeTools {
	return &fakeTools{run: map[string]func(context.Context, tool.Call) tool.Result{
		"read": func(_ context.Context, call tool.Call) tool.Result { return ok("content of " + call.ID) },
		"bash": func(_ context.Context, call tool.Call) tool.Result { return ok("ran " + call.ID) },
		"edit": func(_ context.Context, call tool.Call) tool.Result {
			result := ok("edited")
			result.FilesChanged = []string{"/w/" + call.ID}
			return result
		},
		"deny": func(context.Context, tool.Call) tool.Result {
			return tool.Result{IsError: true, Code: tool.CodeDenied, Reason: "not allowed", Content: []sdk.Block{sdk.Text{Text: "denied: not allowed"}}}
		},
		"panic": func(context.Context, tool.Call) tool.Result { panic("boom") },
		// These two say that they run.
		"wait": func(ctx context.Context, call tool.Call) tool.Result {
			call.Progress(tool.Progress{})
			<-ctx.Done()
			return tool.Result{IsError: true, Code: tool.CodeCancelled}
		},
		"deaf": func(_ context.Context, call tool.Call) tool.Result {
			call.Progress(tool.Progress{})
			select {}
		},
	}, readOnly: []string{"read"}}
}

// rig is one run to be.
type rig struct {
	t        *testing.T
	provider *fakeProvider
	options  Options
	mu       sync.Mutex
	events   []Event
	onEvent  func(Event) error
}

func newRig(t *testing.T, steps ...step) *rig {
	t.Helper()
	kept, err := session.NewStore(t.TempDir()).Create(session.Header{WorkingDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	r := &rig{t: t, provider: &fakeProvider{steps: steps}}
	r.options = Options{
		Provider: r.provider, ProviderName: "acme", Session: kept, Tools: echoTools(),
		Info:       sdk.Info{Name: "acme", Capabilities: []string{sdk.CapabilityTools, sdk.CapabilityThinking, sdk.CapabilityImages}},
		ChildTools: func(ChildOptions) Tools { return echoTools() },
		System:     []sdk.SystemBlock{{Text: "be good", Stable: true}},
	}
	return r
}

func (r *rig) run(ctx context.Context, prompt string) (Result, error) {
	r.options.OnEvent = func(event Event) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events = append(r.events, event)
		if r.onEvent != nil {
			return r.onEvent(event)
		}
		return nil
	}
	result, err := Run(ctx, r.options, userText(prompt))
	r.checkHistory()
	return result, err
}

// checkHistory holds after every run: roles alternate, each call has one result
// in the next message, and the file says the same as the memory.
func (r *rig) checkHistory() {
	r.t.Helper()
	messages := r.options.Session.Messages()
	for i, message := range messages {
		if len(message.Blocks) == 0 {
			r.t.Errorf("message %d is empty", i)
		}
		if i > 0 && messages[i-1].Role == message.Role {
			r.t.Errorf("messages %d and %d are both of the %s", i-1, i, message.Role)
		}
		r.checkPairs(messages, i)
	}
	finished := map[string]int{}
	for _, event := range r.events {
		if e, ok := event.(ToolFinished); ok {
			finished[e.Call.ID]++
		}
	}
	for id, n := range finished {
		if n != 1 {
			r.t.Errorf("call %s has %d results", id, n)
		}
	}
}

func (r *rig) checkPairs(messages []sdk.Message, i int) {
	r.t.Helper()
	var calls, results []string
	for _, block := range messages[i].Blocks {
		if c, ok := block.(sdk.ToolCall); ok {
			calls = append(calls, c.ID)
		}
	}
	if i+1 < len(messages) {
		for _, block := range messages[i+1].Blocks {
			if c, ok := block.(sdk.ToolResult); ok {
				results = append(results, c.ToolCallID)
			}
		}
	}
	if messages[i].Role == sdk.RoleAssistant && !slices.Equal(calls, results) {
		r.t.Errorf("message %d calls %v, the next answers %v", i, calls, results)
	}
}

func eventsOf[T Event](r *rig) []T {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []T
	for _, event := range r.events {
		if e, ok := event.(T); ok {
			found = append(found, e)
		}
	}
	return found
}

// resultText is the text of the result of one call in the history.
func (r *rig) resultText(id string) string {
	for _, message := range r.options.Session.Messages() {
		for _, block := range message.Blocks {
			if result, ok := block.(sdk.ToolResult); ok && result.ToolCallID == id {
				return textOf(result.Content)
			}
		}
	}
	return ""
}
