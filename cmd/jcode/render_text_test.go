package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

// show renders events as text and returns both streams.
func show(t *testing.T, change func(*command), result host.RunResult, runErr error, events ...host.Event) (out, errOut string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c := &command{process: &process{out: &stdout, err: &stderr, env: map[string]string{}}}
	if change != nil {
		change(c)
	}
	r := c.newTextRenderer()
	r.status.on = false
	for _, event := range events {
		if err := r.event(event); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.finish(result, explain(runErr)); err != nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String()
}

func flag(name string) func(*command) {
	return func(c *command) { c.inv.flags = append(c.inv.flags, setFlag{name, "true"}) }
}

func onTerminal(c *command) { c.outTerminal, c.errTerminal = true, true; c.env["NO_COLOR"] = "1" }

func textDelta(id, text string) host.Event {
	return host.ModelEvent{Event: sdk.TextDelta{MessageID: id, Text: text}, Turn: 1}
}

func toolPair(id, name, summary string, result host.ToolResult) []host.Event {
	call := sdk.ToolCall{ID: id, Name: name}
	return []host.Event{
		host.ToolStarted{Call: call, Summary: summary},
		host.ToolFinished{Call: call, Result: result},
	}
}

func TestTextStdoutIsTheAnswerAlone(t *testing.T) {
	t.Parallel()
	one := 1
	events := []host.Event{
		host.RunStarted{Provider: "acme", Model: "m"},
		host.TurnStarted{Turn: 1},
		textDelta("1", "Let me "), textDelta("1", "look."),
		host.AssistantMessage{Turn: 1},
	}
	events = append(events, toolPair("a", "bash", "false", host.ToolResult{ExitCode: &one})...)
	events = append(events,
		host.ModelEvent{Event: sdk.TextDelta{MessageID: "s", Text: "a subagent's words"}, ParentID: "a"},
		host.ModelEvent{Event: sdk.ThinkingDelta{MessageID: "2", Text: "hm"}},
		host.TurnStarted{Turn: 2}, textDelta("2", "Done."))
	out, errOut := show(t, nil, host.RunResult{}, nil, events...)
	if want := "Let me look.\n\nDone.\n"; out != want {
		t.Errorf("stdout %q, want %q", out, want)
	}
	if errOut != "" {
		t.Errorf("stderr without terminal and -v: %q", errOut)
	}
}

func TestTextPlainProgressWithVerbose(t *testing.T) {
	t.Parallel()
	events := append([]host.Event{
		host.RunStarted{Provider: "acme", Chosen: "logged in", Model: "m1", AuthSource: "ACME_KEY"},
		host.Warning{Code: "provider_chosen", Message: "provider acme (logged in); --provider names another"},
	},
		toolPair("a", "bash", "go test ./...", host.ToolResult{Duration: 1400 * time.Millisecond})...)
	events = append(events, toolPair("b", "edit", "x.go", host.ToolResult{IsError: true, Code: "not_found", Reason: "no such text"})...)
	events = append(events, toolPair("c", "edit", "y.go", host.ToolResult{Diff: "--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n"})...)
	_, errOut := show(t, flag("verbose"), host.RunResult{SessionID: "s1", Turns: 2}, nil, events...)
	for _, want := range []string{
		"acme (logged in), m1, credentials from ACME_KEY\n* bash go test ./...\n  ok 1.4 s\n",
		"  failed not_found: no such text, 0.0 s\n", "    -old\n    +new\n", "2 turns", "session s1",
	} {
		if !strings.Contains(errOut, want) {
			t.Errorf("stderr lacks %q:\n%s", want, errOut)
		}
	}
	if strings.Contains(errOut, "\x1b") {
		t.Errorf("escape sequences without a terminal: %q", errOut)
	}
}

func TestTextLinesOfBothStreamsDoNotMix(t *testing.T) {
	t.Parallel()
	var terminal bytes.Buffer
	c := &command{process: &process{out: &terminal, err: &terminal, env: map[string]string{}}}
	onTerminal(c)
	r := c.newTextRenderer()
	r.status.on = false
	events := append([]host.Event{textDelta("1", "looking")}, toolPair("a", "read", "x", host.ToolResult{})...)
	events = append(events, textDelta("2", "found"))
	for _, event := range events {
		_ = r.event(event)
	}
	_ = r.finish(host.RunResult{}, explain(errors.New("x")))
	if want := "looking\n* read x\n  ok 0.0 s\n\nfound\n"; terminal.String() != want {
		t.Errorf("got %q, want %q", terminal.String(), want)
	}
}

func TestTextParallelCallsAreNamed(t *testing.T) {
	t.Parallel()
	a, b := sdk.ToolCall{ID: "a", Name: "read"}, sdk.ToolCall{ID: "b", Name: "grep"}
	_, errOut := show(t, flag("verbose"), host.RunResult{}, nil,
		host.ToolStarted{Call: a, Summary: "x.go"}, host.ToolStarted{Call: b, Summary: "TODO"},
		host.ToolFinished{Call: a}, host.ToolFinished{Call: b})
	for _, want := range []string{"  ok read x.go, 0.0 s", "  ok grep TODO, 0.0 s"} {
		if !strings.Contains(errOut, want) {
			t.Errorf("stderr lacks %q:\n%s", want, errOut)
		}
	}
}

func TestTextQuiet(t *testing.T) {
	t.Parallel()
	events := []host.Event{
		textDelta("1", "on the way"),
		host.Warning{Message: "careful"},
		host.PermissionDenied{CallID: "a", Tool: "bash", Reason: "no"},
		textDelta("2", "the end"),
	}
	out, errOut := show(t, flag("quiet"), host.RunResult{Text: "the end"}, nil, events...)
	if out != "the end\n" {
		t.Errorf("stdout %q", out)
	}
	if errOut != "jcode: 1 tool call was denied\n" {
		t.Errorf("stderr %q", errOut)
	}
	if out, _ := show(t, flag("quiet"), host.RunResult{Text: "half"}, errors.New("x"), events...); out != "" {
		t.Errorf("stdout of a failed run: %q", out)
	}
}

func TestTextStaysWhatWasStreamed(t *testing.T) {
	t.Parallel()
	out, errOut := show(t, nil, host.RunResult{}, errors.New("crashed"),
		textDelta("1", "half an "), host.PluginRestarted{Name: "acme", Reason: "exit 2", Resent: true},
		textDelta("2", "a whole answer"))
	if want := "half an \n\na whole answer\n"; out != want {
		t.Errorf("stdout %q, want %q", out, want)
	}
	if !strings.Contains(errOut, "jcode: warning: plugin acme died (exit 2)") {
		t.Errorf("stderr %q", errOut)
	}
}

func TestTextWarningsComeOnce(t *testing.T) {
	t.Parallel()
	_, errOut := show(t, nil, host.RunResult{}, nil,
		host.Warning{Message: "careful"}, host.Warning{Message: "careful"},
		host.ModelEvent{Event: sdk.WarningEvent{Message: "careful"}})
	if errOut != "jcode: warning: careful\n" {
		t.Errorf("stderr %q", errOut)
	}
}

func TestTextUntrustedBytes(t *testing.T) {
	t.Parallel()
	const evil = "a\x1b]0;title\ab\x1b[2J"
	if out, _ := show(t, nil, host.RunResult{}, nil, textDelta("1", evil)); out != evil+"\n" {
		t.Errorf("piped stdout was changed: %q", out)
	}
	events := append([]host.Event{textDelta("1", evil)},
		toolPair("a", "bash"+evil, evil, host.ToolResult{IsError: true, Code: "failed", Reason: evil, Diff: "+" + evil})...)
	out, errOut := show(t, onTerminal, host.RunResult{}, nil, events...)
	if strings.ContainsAny(out+errOut, "\x1b\a") {
		t.Errorf("control bytes on a terminal: %q, %q", out, errOut)
	}
}

func TestTextThinkingOnlyWithVerbose(t *testing.T) {
	t.Parallel()
	event := host.ModelEvent{Event: sdk.ThinkingDelta{MessageID: "1", Text: "let me think"}}
	if out, errOut := show(t, nil, host.RunResult{}, nil, event); out+errOut != "" {
		t.Errorf("shown: %q %q", out, errOut)
	}
	if out, errOut := show(t, flag("verbose"), host.RunResult{}, nil, event); out != "" || !strings.HasPrefix(errOut, "let me think\n") {
		t.Errorf("got %q, %q", out, errOut)
	}
}

func TestStatusLine(t *testing.T) {
	t.Parallel()
	var w bytes.Buffer
	start := time.Now()
	s := statusLine{w: &w, on: true, width: func() int { return 20 }}
	s.set(func(now time.Time) string { return "waiting " + shortDuration(now.Sub(start)) + " and much more text" })
	s.paint(start.Add(12*time.Second), paint{})
	s.paint(start.Add(12*time.Second), paint{})
	s.clear()
	s.clear()
	if want := "\r\x1b[Kwaiting 12 s and m…\r\x1b[K"; w.String() != want {
		t.Errorf("got %q, want %q", w.String(), want)
	}
}

func TestColours(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		when     string
		env      map[string]string
		terminal bool
		want     bool
	}{
		"terminal":             {"", nil, true, true},
		"file":                 {"", nil, false, false},
		"NO_COLOR":             {"", map[string]string{"NO_COLOR": "1"}, true, false},
		"empty NO_COLOR":       {"", map[string]string{"NO_COLOR": ""}, true, true},
		"CLICOLOR_FORCE":       {"", map[string]string{"CLICOLOR_FORCE": "1"}, false, true},
		"CLICOLOR_FORCE off":   {"", map[string]string{"CLICOLOR_FORCE": "0"}, false, false},
		"dumb":                 {"", map[string]string{"TERM": "dumb"}, true, false},
		"NO_COLOR beats force": {"", map[string]string{"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, false, false},
		"flag beats NO_COLOR":  {"always", map[string]string{"NO_COLOR": "1"}, false, true},
		"never":                {"never", map[string]string{"CLICOLOR_FORCE": "1"}, true, false},
	}
	for name, test := range tests {
		if got := wantsColour(test.when, test.env, test.terminal); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
