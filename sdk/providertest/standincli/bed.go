package standincli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jcode-go/jcode/sdk"
)

// Bed is a provider with a stand-in for its program.
type Bed struct {
	t        testing.TB
	Provider sdk.Provider
	CLI      *CLI
	// Config is what the provider was configured with; Configure takes changes
	// of it over.
	Config sdk.Config
}

// NewBed configures provider with a home and folders of its own, an environment in
// which the stand-in is found by the variable pathVariable, and the user's
// variables. An empty pathVariable puts the stand-in into PATH instead.
func NewBed(t testing.TB, provider sdk.Provider, cli *CLI, pathVariable string, variables map[string]string) *Bed {
	t.Helper()
	b := &Bed{t: t, Provider: provider, CLI: cli}
	home := t.TempDir()
	b.Config = sdk.Config{
		HostVersion: "0.0.0-test", WorkingDir: t.TempDir(), HomeDir: filepath.Join(home, ".jcode"),
		StateDir: t.TempDir(), CacheDir: t.TempDir(), Variables: sdk.Variables{}, Settings: map[string]string{},
		ChildEnvironment: append(cli.Environment(), "PATH="+os.Getenv("PATH"), "HOME="+home),
	}
	if pathVariable == "" {
		b.Config.ChildEnvironment = append(b.Config.ChildEnvironment, "PATH="+cli.Dir())
	} else {
		b.Set(pathVariable, cli.Path)
	}
	for name, value := range variables {
		b.Set(name, value)
	}
	b.Configure()
	return b
}

// Set sets a variable as the host hands it over. Configure must follow.
func (b *Bed) Set(name, value string) {
	b.Config.Variables[name] = sdk.NewSecret(value)
	if value == "" {
		delete(b.Config.Variables, name) // the host grants what is set to something
	}
	b.Config.ChildEnvironment = append(b.Config.ChildEnvironment, name+"="+value)
}

// Configure hands Config over.
func (b *Bed) Configure() {
	b.t.Helper()
	if err := b.Provider.Configure(context.Background(), b.Config); err != nil {
		b.t.Fatal(err)
	}
}

// Generate has the provider answer.
func (b *Bed) Generate(ctx context.Context, request *sdk.Request) (*Recorder, sdk.Result, error) {
	b.t.Helper()
	r := &Recorder{}
	result, err := b.Provider.Generate(ctx, request, r)
	return r, result, err
}

// Prompt is a request of one message.
func Prompt(text string) *sdk.Request {
	return &sdk.Request{
		ID: "request-1", SessionID: "session-1",
		Messages: []sdk.Message{{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: text}}}},
	}
}

// Next is the request that follows: the answer of provider, and what the user says
// to it.
func Next(request *sdk.Request, provider string, result sdk.Result, text string) *sdk.Request {
	next := *request
	next.ProviderState = result.ProviderState
	next.Messages = append(request.Messages[:len(request.Messages):len(request.Messages)],
		sdk.Message{Role: sdk.RoleAssistant, Provider: provider, Blocks: []sdk.Block{sdk.Text{Text: "answered"}}},
		sdk.Message{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: text}}})
	return &next
}

// Recorder is an sdk.Stream that keeps what it is given. Set OnEmit before it is
// used.
type Recorder struct {
	// OnEmit is called for each event, and its error is that of Emit; may be nil.
	OnEmit func(sdk.Event) error
	// Stop is closed to interrupt the turn; may be nil.
	Stop chan struct{}

	mu     sync.Mutex
	events []sdk.Event
}

// Emit keeps an event.
func (r *Recorder) Emit(event sdk.Event) error {
	r.mu.Lock()
	r.events = append(r.events, event)
	r.mu.Unlock()
	if r.OnEmit != nil {
		return r.OnEmit(event)
	}
	return nil
}

// Ask denies.
func (r *Recorder) Ask(context.Context, sdk.PermissionRequest) (sdk.PermissionAnswer, error) {
	return sdk.PermissionAnswer{}, nil
}

// Interrupted is Stop.
func (r *Recorder) Interrupted() <-chan struct{} { return r.Stop }

// Events are those so far.
func (r *Recorder) Events() []sdk.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]sdk.Event(nil), r.events...)
}

// Text is the text that was not withdrawn.
func (r *Recorder) Text() string {
	var a sdk.Accumulator
	for _, event := range r.Events() {
		_ = a.Add(event) // a rule that is broken is another test's matter
	}
	return a.TextString()
}

// Warned reports whether a warning with this code came.
func (r *Recorder) Warned(code string) bool {
	for _, event := range r.Events() {
		if w, ok := event.(sdk.WarningEvent); ok && w.Code == code {
			return true
		}
	}
	return false
}

// Told is what the user sees of an answer, in short: one word for each event.
func (r *Recorder) Told() string {
	var parts []string
	for _, event := range r.Events() {
		switch e := event.(type) {
		case sdk.TextDelta:
			parts = append(parts, fmt.Sprintf("text(%s):%s", e.MessageID, e.Text))
		case sdk.ThinkingDelta:
			parts = append(parts, "thinking:"+e.Text)
		case sdk.Retract:
			parts = append(parts, "retract("+e.MessageID+")")
		case sdk.RetryEvent:
			parts = append(parts, fmt.Sprintf("retry(%d)", e.Attempt))
		case sdk.NativeToolEvent:
			parts = append(parts, toolTold(e))
		default:
		}
	}
	return strings.Join(parts, " ")
}

func toolTold(e sdk.NativeToolEvent) string {
	if e.Phase == sdk.NativeToolStarted {
		return "start:" + e.Tool.Name + string(e.Tool.Input)
	}
	end := "end:"
	switch {
	case e.Tool.Denied:
		end = "denied:"
	case e.Tool.IsError:
		end = "failed:"
	}
	return end + e.Tool.Name + "=" + e.Tool.Output
}
