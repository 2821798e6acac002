package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/plugin"
)

// fakeProvider is a plugin that does what the prompt says: its first word is
// what to do, the rest of the line with what. After a tool result it repeats
// what the tool said.
type fakeProvider struct{ sdk.Defaults }

func fakeMain() { plugin.Main(&fakeProvider{}) }

func (*fakeProvider) Info(context.Context) (sdk.Info, error) {
	return sdk.Info{
		Name: "fake", DisplayName: "Fake", Version: "1.2.3",
		Capabilities: []string{sdk.CapabilityTools, sdk.CapabilityImages},
		LoginMethods: []sdk.LoginMethod{{ID: "ask", Label: "Ask"}, {ID: "key", Label: "API key"}},
		DefaultModels: []sdk.Model{
			{ID: "fake-1", DisplayName: "Fake One", ContextTokens: 100000, Efforts: []string{"low", "high"}, Default: true},
			{ID: "fake-2", InputModalities: []string{"text"}},
		},
	}, nil
}

func (*fakeProvider) AuthStatus(context.Context, bool) (sdk.AuthStatus, error) {
	return sdk.AuthStatus{State: sdk.AuthOK, Method: "api_key", Account: "me", Source: "FAKE_KEY"}, nil
}

func (*fakeProvider) ListModels(ctx context.Context) ([]sdk.Model, error) {
	info, err := (&fakeProvider{}).Info(ctx)
	return info.DefaultModels, err
}

func (*fakeProvider) Diagnose(context.Context) ([]sdk.Check, error) {
	return []sdk.Check{{ID: "fake", OK: true, Detail: "all is well"}}, nil
}

func (*fakeProvider) Login(ctx context.Context, r sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	if !r.APIKey.IsZero() {
		return sdk.Account{Label: fmt.Sprintf("a key of %d bytes", len(r.APIKey.Reveal())), Stored: "auth.json"}, nil
	}
	if r.Method == "terminal" {
		return fakeTerminal(ctx, ui)
	}
	if _, err := ui.OpenURL(ctx, sdk.OpenURL{URL: "http://127.0.0.1:1/authorize?x=y", Purpose: "log in to Fake"}); err != nil {
		return sdk.Account{}, err
	}
	if r.Method == "late" {
		if err := fakeLate(ctx, ui); err != nil {
			return sdk.Account{}, err
		}
	}
	code, err := ui.Prompt(ctx, sdk.Prompt{Label: "Code", Secret: true})
	if err != nil {
		return sdk.Account{}, err
	}
	return sdk.Account{Label: "someone with " + strconv.Itoa(len(code.Reveal())) + " letters"}, nil
}

// fakeLate says something while a question is open, withdraws it, and goes on.
func fakeLate(ctx context.Context, ui sdk.LoginUI) error {
	if err := ui.Progress(ctx, sdk.Progress{Text: "waiting for the first", Deadline: time.Now().Add(time.Minute)}); err != nil {
		return err
	}
	asking, cancel := context.WithCancel(ctx)
	defer cancel()
	asked := make(chan error, 1)
	go func() {
		_, err := ui.Prompt(asking, sdk.Prompt{Label: "First", Secret: true})
		asked <- err
	}()
	time.AfterFunc(500*time.Millisecond, func() {
		_ = ui.Notice(ctx, "still\nwaiting")
		cancel()
	})
	<-asked
	return ui.Notice(ctx, "too\nlate")
}

// fakeTerminal is a vendor's program that echoes until it reads "q".
func fakeTerminal(ctx context.Context, ui sdk.LoginUI) (sdk.Account, error) {
	terminal, err := ui.Terminal(ctx, "vendor login")
	if err != nil {
		return sdk.Account{}, err
	}
	fmt.Fprint(terminal, "vendor ready\r\n")
	buffer := make([]byte, 16)
	for {
		n, err := terminal.Read(buffer)
		if err != nil {
			return sdk.Account{}, err
		}
		fmt.Fprintf(terminal, "<%x>", buffer[:n])
		if strings.Contains(string(buffer[:n]), "q") {
			return sdk.Account{Label: "vendor user"}, terminal.Exit(0)
		}
	}
}

func (*fakeProvider) Generate(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
	emit := func(events ...sdk.Event) {
		for _, event := range events {
			_ = s.Emit(event)
		}
	}
	model := r.Model
	if model == "" {
		model = "fake-1"
	}
	emit(sdk.Started{Model: model})
	done := sdk.Result{StopReason: sdk.StopEndTurn, Model: model, Usage: sdk.Usage{InputTokens: 7, OutputTokens: 3}}
	text, results := lastWords(r)
	if again, ok := strings.CutPrefix(firstWords(r), "again "); ok { // the same call for ever
		text, results = "tool "+again, ""
	}
	if results != "" {
		emit(sdk.TextDelta{MessageID: "m2", Text: "tool said: " + results})
		return done, nil
	}
	if first := firstWords(r); first == "crash again" { // also when asked to go on
		text = first
	}
	line, _, _ := strings.Cut(text, "\n")
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "say":
		for _, word := range strings.SplitAfter(rest, " ") {
			emit(sdk.TextDelta{MessageID: "m1", Text: word})
		}
	case "echo":
		emit(sdk.TextDelta{MessageID: "m1", Text: text})
	case "count":
		emit(sdk.TextDelta{MessageID: "m1", Text: fmt.Sprintf("%d messages, model %s", len(r.Messages), model)})
	case "many":
		n, _ := strconv.Atoi(rest)
		for range n {
			emit(sdk.TextDelta{MessageID: "m1", Text: strings.Repeat("x", 79) + "\n"})
		}
	case "tool":
		name, input, _ := strings.Cut(rest, " ")
		id := fmt.Sprintf("call_%d", len(r.Messages))
		call := []sdk.Event{
			sdk.TextDelta{MessageID: "m1", Text: "Let me see."},
			sdk.ToolCallStart{MessageID: "m1", ID: id, Name: name},
			sdk.ToolCallEnd{MessageID: "m1", ID: id, Input: json.RawMessage(input)},
		}
		emit(call...)
		done.StopReason = sdk.StopToolUse
	case "tools":
		for i, one := range strings.Split(rest, " ;; ") {
			name, input, _ := strings.Cut(one, " ")
			id := fmt.Sprintf("call_%d", i+1)
			emit(sdk.ToolCallStart{MessageID: "m1", ID: id, Name: name}, sdk.ToolCallEnd{MessageID: "m1", ID: id, Input: json.RawMessage(input)})
		}
		done.StopReason = sdk.StopToolUse
	case "retry":
		emit(sdk.RetryEvent{Attempt: 2, MaxAttempts: 3, Delay: time.Millisecond, HTTPStatus: 529, Reason: "overloaded"},
			sdk.TextDelta{MessageID: "m1", Text: "at last"})
	case "fail":
		return sdk.Result{}, fakeFailure(rest)
	case "stop":
		emit(sdk.TextDelta{MessageID: "m1", Text: "half"})
		done.StopReason = sdk.StopReason(rest)
	case "crash":
		emit(sdk.TextDelta{MessageID: "m1", Text: "half an answer"})
		time.AfterFunc(200*time.Millisecond, func() { os.Exit(3) })
		select {} // the process dies
	case "hang":
		emit(sdk.TextDelta{MessageID: "m1", Text: "thinking"})
		<-ctx.Done()
		return sdk.Result{}, &sdk.Error{Kind: sdk.KindCancelled, Err: ctx.Err()}
	}
	if verb != "" && !strings.Contains("say echo count many tool tools retry stop", verb) {
		emit(sdk.TextDelta{MessageID: "m3", Text: "the other half"})
	}
	return done, nil
}

func fakeFailure(kind string) error {
	for _, k := range sdk.Kinds() {
		if k.String() == kind {
			return &sdk.Error{
				Kind: k, Op: "generate", Message: "the vendor says\x1b[31m " + kind, Remedy: "try again",
				HTTPStatus: 418, ProviderRequestID: "req_1", RetryAfter: 2 * time.Second,
			}
		}
	}
	return fmt.Errorf("unknown kind %s", kind)
}

func firstWords(r *sdk.Request) string {
	for _, block := range r.Messages[0].Blocks {
		if t, ok := block.(sdk.Text); ok {
			return t.Text
		}
	}
	return ""
}

// lastWords returns the text and the tool results of the last message.
func lastWords(r *sdk.Request) (text, results string) {
	for _, block := range r.Messages[len(r.Messages)-1].Blocks {
		switch b := block.(type) {
		case sdk.Text:
			text += b.Text
		case sdk.Image:
			text += "[" + b.MediaType + "]"
		case sdk.ToolResult:
			for _, content := range b.Content {
				if t, ok := content.(sdk.Text); ok {
					results += t.Text
				}
			}
		}
	}
	return text, results
}
