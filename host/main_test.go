package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/guard"
	sdkplugin "github.com/jcode-go/jcode/sdk/plugin"
)

// TestMain makes this binary three programs: a guardian, a provider plugin when
// it is called like one, and the tests.
func TestMain(m *testing.M) {
	guard.Main()
	base := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
	if name, ok := strings.CutPrefix(base, "jcode-provider-"); ok {
		sdkplugin.Main(&fake{name: name})
		return
	}
	if base == scriptedBinary { // what a script plugin executes
		sdkplugin.Main(&fake{name: "scripty"})
		return
	}
	os.Exit(m.Run())
}

// fake is the provider of these tests. The last word of its name says whether it
// is logged in, the text of the prompt what it answers.
type fake struct {
	sdk.Defaults
	name   string
	config sdk.Config
}

func (p *fake) Info(context.Context) (sdk.Info, error) {
	info := sdk.Info{
		Name: p.name, Version: "1.2.3", Capabilities: []string{sdk.CapabilityTools},
		LoginMethods:  []sdk.LoginMethod{{ID: "key", Label: "a key"}},
		DefaultModels: []sdk.Model{{ID: "m-1", Default: true, Efforts: []string{"low", "high"}}, {ID: "m-2"}},
	}
	if strings.HasPrefix(p.name, "lists") {
		info.Capabilities = append(info.Capabilities, sdk.CapabilityDynamicModels)
	}
	if strings.HasPrefix(p.name, "native") {
		info.Capabilities = []string{sdk.CapabilityNativeTools}
	}
	if strings.HasSuffix(p.name, "modes") {
		info.Capabilities = append(info.Capabilities, sdk.CapabilityPermissionModes)
	}
	return info, nil
}

func (p *fake) Configure(_ context.Context, config sdk.Config) error {
	p.config = config
	return nil
}

func (p *fake) AuthStatus(context.Context, bool) (sdk.AuthStatus, error) {
	if f, err := os.OpenFile(filepath.Join(p.config.StateDir, "asked-login"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err == nil {
		_, _ = f.WriteString("?") // so that a test sees how often
		_ = f.Close()
	}
	status := sdk.AuthStatus{State: sdk.AuthOK, Method: "api_key", Source: "ACME_KEY"}
	switch {
	case strings.HasSuffix(p.name, "out"):
		status = sdk.AuthStatus{State: sdk.AuthMissing, Detail: "no key"}
	case strings.HasSuffix(p.name, "bare"):
		status = sdk.AuthStatus{State: sdk.AuthUnknown, Detail: "its program is missing", Remedy: "install its program"}
	case strings.HasSuffix(p.name, "old"):
		status = sdk.AuthStatus{State: sdk.AuthExpired, Detail: "since yesterday"}
	}
	return status, nil
}

func (p *fake) Login(ctx context.Context, _ sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	return sdk.Account{Label: "somebody"}, ui.Notice(ctx, "welcome")
}

func (p *fake) Logout(context.Context) ([]sdk.RemovedCredential, error) {
	return []sdk.RemovedCredential{{Path: "auth.json", Entry: p.name}}, nil
}

func (p *fake) Diagnose(ctx context.Context) ([]sdk.Check, error) {
	switch {
	case strings.HasPrefix(p.name, "hang"):
		<-ctx.Done()
		return nil, ctx.Err()
	case strings.HasPrefix(p.name, "sick"):
		return []sdk.Check{{ID: "own", Detail: "a fault", Remedy: "mend it"}}, nil
	}
	return []sdk.Check{{ID: "own", OK: true, Detail: "fine"}}, nil
}

// ListModels counts how often it is asked by the size of a file.
func (p *fake) ListModels(context.Context) ([]sdk.Model, error) {
	asked, err := os.OpenFile(filepath.Join(p.config.StateDir, "asked"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = asked.WriteString("x")
	return []sdk.Model{
		{ID: "large-4-20260101", ContextTokens: 64_000, Default: true}, {ID: "large-5"}, {ID: "small-4"}, {ID: "other"},
	}, errors.Join(err, asked.Close())
}

// Generate does what the last text of the conversation says: "tools N NAME JSON",
// "die [TEXT]" (once, by a mark in the state folder), "hang", "mode", "settings", or
// it echoes.
func (p *fake) Generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	if err := stream.Emit(sdk.Started{Model: firstOf(request.Model, "m-1")}); err != nil {
		return sdk.Result{}, err
	}
	prompt, done := task(request)
	verb, rest, _ := strings.Cut(prompt, " ")
	switch verb {
	case "tools":
		return p.callTool(rest, done, stream)
	case "die":
		p.dieOnce(rest, stream)
	case "hang":
		if err := stream.Emit(sdk.TextDelta{MessageID: "m", Text: "hanging"}); err != nil {
			return sdk.Result{}, err
		}
		<-ctx.Done()
		return sdk.Result{}, ctx.Err()
	case "mode":
		l := request.Limits
		told := regexp.MustCompile(`Permission mode: (\S+)`).FindString(fmt.Sprint(request.System))
		return say(stream, fmt.Sprintf("%s/%t/%s", l.PermissionMode, l.PermissionModeExplicit, told), nil)
	case "read", "write", "variable":
		return say(stream, p.try(verb, rest), nil)
	case "limit":
		return sdk.Result{}, &sdk.Error{Kind: sdk.KindRateLimited, Message: "too many requests"}
	case "missing":
		return sdk.Result{}, &sdk.Error{Kind: sdk.KindModelNotFound, Message: "no model " + request.Model}
	case "settings":
		settings, err := json.Marshal(p.config.Settings)
		return say(stream, string(settings), err)
	}
	return say(stream, fmt.Sprintf("%d messages, last: %s", len(request.Messages), prompt), nil)
}

// scriptedBinary is this program as a script plugin carries it.
const scriptedBinary = "plugin.bin"

// try does what a plugin may or may not do, and says what came of it.
func (p *fake) try(verb, what string) string {
	var err error
	switch verb {
	case "read":
		_, err = os.ReadFile(what)
	case "write":
		err = os.WriteFile(strings.Replace(what, "STATE", p.config.StateDir, 1), []byte("x"), 0o600)
	case "variable":
		return verb + " " + what + ": " + p.config.Variables.Get(what) + "|" + os.Getenv(what)
	}
	if err != nil {
		return verb + ": " + err.Error()
	}
	return verb + ": ok"
}

// task is the last thing the user said, and how many tool results came since.
func task(request *sdk.Request) (prompt string, results int) {
	for _, message := range slices.Backward(request.Messages) {
		for _, block := range message.Blocks {
			switch b := block.(type) {
			case sdk.ToolResult:
				results++
			case sdk.Text:
				if message.Role == sdk.RoleUser {
					prompt = b.Text
				}
			}
		}
		if prompt != "" {
			return prompt, results
		}
	}
	return "", results
}

func (p *fake) callTool(rest string, done int, stream sdk.Stream) (sdk.Result, error) {
	count, rest, _ := strings.Cut(rest, " ")
	name, input, _ := strings.Cut(rest, " ")
	if limit, _ := strconv.Atoi(count); done >= limit {
		return say(stream, fmt.Sprintf("done after %d results", done), nil)
	}
	id := fmt.Sprintf("call-%d", done)
	for _, event := range []sdk.Event{
		sdk.ToolCallStart{MessageID: "m", ID: id, Name: name},
		sdk.ToolCallEnd{MessageID: "m", ID: id, Input: json.RawMessage(input)},
	} {
		if err := stream.Emit(event); err != nil {
			return sdk.Result{}, err
		}
	}
	return sdk.Result{StopReason: sdk.StopToolUse, Model: "m-1", Usage: sdk.Usage{InputTokens: 1}}, nil
}

func (p *fake) dieOnce(text string, stream sdk.Stream) {
	mark := filepath.Join(p.config.StateDir, "died")
	if _, err := os.Stat(mark); err == nil {
		return
	}
	if os.WriteFile(mark, nil, 0o600) != nil {
		return
	}
	if text != "" {
		_ = stream.Emit(sdk.TextDelta{MessageID: "m", Text: text})
		time.Sleep(200 * time.Millisecond) // let the event leave: the process dies hard
	}
	os.Exit(7)
}

func say(stream sdk.Stream, text string, err error) (sdk.Result, error) {
	if err == nil {
		err = stream.Emit(sdk.TextDelta{MessageID: "m", Text: text})
	}
	if err != nil {
		return sdk.Result{}, err
	}
	return sdk.Result{StopReason: sdk.StopEndTurn, Model: "m-1", Usage: sdk.Usage{InputTokens: 1, OutputTokens: 1}}, nil
}

// testHost is a host with a home, a project and plugins of the given names.
func testHost(t *testing.T, environ []string, plugins ...string) *Host {
	t.Helper()
	options := Options{
		Home: filepath.Join(t.TempDir(), "home"), WorkingDir: t.TempDir(), Version: "9.9.9",
		Environ: append(os.Environ(), environ...), Plugins: map[string]string{},
	}
	for _, name := range plugins {
		options.Plugins[name] = pluginProgram(t, name)
	}
	h, err := Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	h.chooseTime = 10 * chooseTime // the machine may be busy
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// pluginProgram is this test binary under a plugin's name.
func pluginProgram(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jcode-provider-"+name)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if os.Link(own, path) == nil {
		return path
	}
	in, err := os.Open(own)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	return path
}
