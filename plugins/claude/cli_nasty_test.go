package claude

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// What the program prints beyond the recorded runs, in one line per event.
func TestCLINasty(t *testing.T) {
	t.Parallel()
	subagent := strings.ReplaceAll(wholeLine("m9", textBlock("inner thoughts")+`,{"type":"tool_use","id":"t2","name":"Grep","input":{}}`), `"parent_tool_use_id":null`, `"parent_tool_use_id":"t1"`)
	innerResult := strings.ReplaceAll(strings.ReplaceAll(toolResult, `"t1"`, `"t2"`), `"parent_tool_use_id":null`, `"parent_tool_use_id":"t1"`)
	for name, tt := range map[string]struct {
		script string
		want   string
	}{
		"result before the block is closed": {
			streamLines(messageStart("m1"), toolStart) + wholeLine("m1", toolBlock) + toolResult + streamLines(blockStop, `{"type":"message_delta","delta":{"stop_reason":"tool_use"}}`, replyStop) +
				streamLines(messageStart("m2"), textStart, textPiece("done"), blockStop, replyEnd, replyStop) + resultLine,
			"start:bash{\"command\":\"ls\"} end:bash=a.go text(m2):done",
		},
		"result before the block is told": {
			streamLines(messageStart("m1"), toolStart) + toolResult + wholeLine("m1", toolBlock) + streamLines(blockStop, replyEnd) + resultLine,
			"start:bash end:bash=a.go text(result):fine",
		},
		"fallback after made-up ends": {
			streamLines(messageStart("m1"), textStart, textPiece("half"), blockStop, replyStop) + wholeLine("m2", textBlock("whole")) + resultLine,
			"text(m1):half retract(m1) text(m2):whole",
		},
		"second stream": {
			streamLines(messageStart("m1"), textStart, textPiece("half")) + streamLines(messageStart("m2"), textStart, textPiece("whole"), blockStop, replyEnd) + wholeLine("m2", textBlock("whole")) + resultLine,
			"text(m1):half retract(m1) text(m2):whole",
		},
		"the same message anew": {
			streamLines(messageStart("m1"), textStart, textPiece("half"), messageStart("m1"), textStart, textPiece("whole"), blockStop, replyEnd) + wholeLine("m1", textBlock("whole")) + resultLine,
			"text(m1):half retract(m1) text(m1):whole",
		},
		"late delta of what was retracted": {
			streamLines(messageStart("m1"), textStart, textPiece("half")) + wholeLine("m2", textBlock("whole")) + streamLines(textPiece("more"), blockStop) + resultLine,
			"text(m1):half retract(m1) text(m2):whole",
		},
		"fallback before anything was shown": {
			streamLines(messageStart("m1")) + wholeLine("m2", textBlock("whole")) + resultLine, "text(m2):whole",
		},
		"two blocks, two lines, and one repeated": {
			wholeLine("m1", textBlock("a")) + wholeLine("m1", textBlock("b")) + wholeLine("m1", textBlock("b")) + resultLine, "text(m1):a text(m1):b",
		},
		"text of one message streamed, of the next whole": {
			streamLines(messageStart("m1"), textStart, textPiece("a"), blockStop, replyEnd) + wholeLine("m1", textBlock("a")) + wholeLine("m2", textBlock("b")) + resultLine,
			"text(m1):a text(m2):b",
		},
		"subagent": {
			wholeLine("m1", `{"type":"tool_use","id":"t1","name":"Agent","input":{}}`) + subagent +
				strings.ReplaceAll(streamLines(messageStart("m9"), textStart, textPiece("inner")), `"parent_tool_use_id":null`, `"parent_tool_use_id":"t1"`) + innerResult +
				strings.ReplaceAll(toolResult, `"a.go"`, `[{"type":"text","text":"found"},{"type":"image"}]`) + wholeLine("m2", textBlock("done")) + resultLine,
			"start:task{} start:grep(t1){} end:grep(t1)=a.go end:task=found\n[image] text(m2):done",
		},
		"the answer only in the result": {
			wholeLine("m1", textBlock("Let me look.")) + wholeLine("m1", toolBlock) + toolResult +
				strings.Replace(wholeLine("m2", textBlock("fine")), "claude-opus-4-5-20251101", synthetic, 1) + resultLine,
			"text(m1):Let me look. start:bash{\"command\":\"ls\"} end:bash=a.go text(result):fine",
		},
		"voided, and the answer only in the result": {
			streamLines(messageStart("m1"), textStart, textPiece("half"), messageStart("m2")) + resultLine, "text(m1):half retract(m1) text(result):fine",
		},
		"only a result":       {resultLine, "text(result):fine"},
		"nobody knows these":  {"{\"type\":\"new\"}\n[1]\nhello\n{\"type\":7}\n{}\n{\"type\":\"system\",\"subtype\":\"task_started\"}\n" + streamLines(`{"type":"ping"}`, `{"type":"content_block_start","index":3,"content_block":{"type":"new"}}`, `7`) + resultLine, "text(result):fine"},
		"other types":         {`{"type":"assistant","message":{"id":5,"content":"plain"},"error":null}` + "\n" + `{"type":"user","message":7}` + "\n" + resultLine, "text():plain"},
		"result twice":        {wholeLine("m1", toolBlock) + toolResult + toolResult + wholeLine("m2", textBlock("done")) + resultLine, "start:bash{\"command\":\"ls\"} end:bash=a.go text(m2):done"},
		"a replay":            {strings.Replace(toolResult, `"type":"user",`, `"type":"user","isReplay":true,`, 1) + resultLine, "text(result):fine"},
		"noise on stderr":     {"!noise 300000\n" + wholeLine("m1", textBlock("x")) + resultLine, "text(m1):x"},
		"CRLF":                {strings.ReplaceAll(wholeLine("m1", textBlock("x"))+resultLine, "\n", "\r\n"), "text(m1):x"},
		"no newline at last":  {wholeLine("m1", textBlock("x")) + strings.TrimSuffix(resultLine, "\n"), "text(m1):x"},
		"status 1 after good": {wholeLine("m1", textBlock("x")) + resultLine + "!exit 1\n", "text(m1):x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCLIBed(t, initLine+tt.script, nil)
			stream, result, err := b.generate(hello())
			if d := cmp.Diff(tt.want, told(stream)); d != "" || err != nil || result.StopReason != sdk.StopEndTurn {
				t.Errorf("%+v, %v\n%s", result, err, d)
			}
			if state := shellout.ReadConversation(result.ProviderState); state.Session != "s1" || state.Dir != b.config.WorkingDir {
				t.Errorf("state %+v", state)
			}
		})
	}
}

// told is what the user sees of a stream, in short.
func told(stream *recorder) string {
	var parts []string
	for _, event := range stream.events {
		switch e := event.(type) {
		case sdk.TextDelta:
			parts = append(parts, fmt.Sprintf("text(%s):%s", e.MessageID, e.Text))
		case sdk.Retract:
			parts = append(parts, "retract("+e.MessageID+")")
		case sdk.NativeToolEvent:
			name := e.Tool.Name
			if e.Tool.ParentID != "" {
				name += "(" + e.Tool.ParentID + ")"
			}
			if e.Phase == sdk.NativeToolStarted {
				parts = append(parts, "start:"+name+string(e.Tool.Input))
			} else {
				parts = append(parts, "end:"+name+"="+e.Tool.Output)
			}
		}
	}
	return strings.Join(parts, " ")
}

func TestCLILongLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", 8<<20/5)
	b := newCLIBed(t, initLine+wholeLine("m1", toolBlock)+strings.Replace(toolResult, "a.go", long, 1)+wholeLine("m1", textBlock(long))+resultLine, nil)
	stream, _, err := b.generate(hello())
	if err != nil || stream.text() != long {
		t.Fatalf("%d bytes, %v", len(stream.text()), err)
	}
	tools := eventsOf[sdk.NativeToolEvent](stream)
	if n := len(tools[1].Tool.Output); n < shellout.MaxToolOutput || n > shellout.MaxToolOutput+100 || !strings.HasSuffix(tools[1].Tool.Output, "bytes left out]") {
		t.Errorf("the tool's output has %d bytes", n)
	}
}

func TestCLIFailures(t *testing.T) {
	t.Parallel()
	failed := func(fields string) string {
		return fmt.Sprintf(`{"type":"result","subtype":"success","is_error":true,%s,"session_id":"s1"}`+"\n", fields)
	}
	for name, tt := range map[string]struct {
		script string
		want   sdk.Error
	}{
		"silence":            {"", sdk.Error{Kind: sdk.KindInternal, Message: "produced no answer"}},
		"cut off":            {initLine + wholeLine("m1", textBlock("x")), sdk.Error{Kind: sdk.KindNetwork, Message: "produced no answer"}},
		"bad flag":           {"!stderr error: unknown option '--input-format'\n!exit 1\n", sdk.Error{Kind: sdk.KindCLIOutdated, Message: "unknown option", Remedy: installCommand}},
		"bad mode":           {"!stderr error: option '--permission-mode <mode>' argument 'x' is invalid. Allowed choices are default, plan.\n!exit 1\n", sdk.Error{Kind: sdk.KindConfiguration, Message: "Allowed choices are", Remedy: "set " + modeVariable + " to one of the choices, or unset it"}},
		"as root":            {"!stderr --dangerously-skip-permissions cannot be used with root/sudo privileges\n!exit 1\n", sdk.Error{Kind: sdk.KindConfiguration, Remedy: rootRemedy}},
		"said on stdout":     {"Invalid API key · Please run /login\n!exit 1\n", sdk.Error{Kind: sdk.KindUnauthenticated, Message: "Invalid API key", Remedy: loginRemedy}},
		"crash":              {initLine + "!stderr Segmentation fault sk-ant-api03-abcdefghijklmnopqrstuvwx\n!exit 139\n", sdk.Error{Kind: sdk.KindInternal, Message: "139: Segmentation fault [redacted]"}},
		"too old":            {strings.Replace(initLine, "2.1.197", "1.0.98", 1) + resultLine, sdk.Error{Kind: sdk.KindCLIOutdated, Message: "1.0.98 is too old, 2.0.0 is needed", Remedy: installCommand}},
		"dead refresh token": {`{"type":"assistant","error":"authentication_failed","message":{"id":"x","model":"<synthetic>","content":[{"type":"text","text":"OAuth session expired"}]}}` + "\n" + failed(`"result":"OAuth session expired"`) + "!exit 1\n", sdk.Error{Kind: sdk.KindUnauthenticated, Remedy: loginRemedy}},
		"401":                {failed(`"api_error_status":401,"result":"x"`) + "!exit 1\n", sdk.Error{Kind: sdk.KindUnauthenticated, HTTPStatus: 401, Remedy: loginRemedy}},
		"400":                {failed(`"api_error_status":400,"result":"odd"`), sdk.Error{Kind: sdk.KindInvalidRequest, HTTPStatus: 400, Message: "odd"}},
		"prompt too long":    {failed(`"api_error_status":400,"result":"API Error: 400 prompt is too long"`), sdk.Error{Kind: sdk.KindContextTooLong, HTTPStatus: 400}},
		"policy":             {failed(`"api_error_status":400,"result":"This credential is only authorized for use with Claude Code"`), sdk.Error{Kind: sdk.KindPolicyRefused, HTTPStatus: 400, Remedy: policyRemedy}},
		"a subagent's 401":   {strings.Replace(wholeLine("m9", textBlock("x")), `"parent_tool_use_id":null`, `"error":"authentication_failed","parent_tool_use_id":"t1"`, 1) + failed(`"result":"boom"`), sdk.Error{Kind: sdk.KindInternal, Message: "boom"}},
		"401, and gone":      {initLine + refusedTry + "!exit 1\n", sdk.Error{Kind: sdk.KindUnauthenticated, Remedy: loginRemedy}},
		"401, but once":      {initLine + refusedTry + wholeLine("m1", textBlock("x")) + "!exit 1\n", sdk.Error{Kind: sdk.KindNetwork}},
		"404":                {failed(`"api_error_status":404,"result":"model: x"`), sdk.Error{Kind: sdk.KindModelNotFound, HTTPStatus: 404, Remedy: modelsRemedy}},
		"413":                {failed(`"api_error_status":413,"result":"x"`), sdk.Error{Kind: sdk.KindContextTooLong, HTTPStatus: 413, Remedy: compactRemedy}},
		"500":                {failed(`"api_error_status":500,"result":"x"`), sdk.Error{Kind: sdk.KindOverloaded, HTTPStatus: 500, Retryable: true}},
		"no reason":          {failed(`"result":""`), sdk.Error{Kind: sdk.KindInternal, Message: "does not say why"}},
		"during execution":   {`{"type":"result","subtype":"error_during_execution","errors":["boom","bang"]}` + "\n", sdk.Error{Kind: sdk.KindInternal, Message: "boom; bang"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, result, err := newCLIBed(t, tt.script, nil).generate(hello())
			e := sdk.AsError(err)
			if err == nil || result.StopReason != "" {
				t.Fatalf("%+v, %v", result, err)
			}
			if e.Kind != tt.want.Kind || e.HTTPStatus != tt.want.HTTPStatus || e.Retryable != tt.want.Retryable ||
				!strings.Contains(e.Message, tt.want.Message) || tt.want.Remedy != "" && e.Remedy != tt.want.Remedy {
				t.Errorf("%s %d %q try %q retry %t", e.Kind, e.HTTPStatus, e.Message, e.Remedy, e.Retryable)
			}
		})
	}
}

func TestCLICut(t *testing.T) {
	t.Parallel()
	_, _, err := newCLIBed(t, initLine+wholeLine("m1", textBlock("x")), nil).generate(hello())
	if e := sdk.AsError(err); !errors.Is(err, io.ErrUnexpectedEOF) || e.Retryable {
		t.Errorf("%v, retryable %t after text was shown", e.Err, e.Retryable)
	}
}

// The old program is stopped by its own line of turns with is_error false.
func TestCLIMaxTurns(t *testing.T) {
	t.Parallel()
	request := hello()
	request.Limits.MaxTurns = 2
	b := newCLIBed(t, initLine+wholeLine("m1", toolBlock)+toolResult+`{"type":"result","subtype":"error_max_turns","is_error":false,"num_turns":3}`+"\n", nil)
	_, result, err := b.generate(request)
	if err != nil || result.StopReason != sdk.StopToolUse || result.StopDetail != detailMaxTurns {
		t.Errorf("%+v, %v", result, err)
	}
	if args := strings.Join(b.calls()[0].Args, " "); !strings.Contains(args, "--max-turns 2") {
		t.Error(args)
	}
}

// Cancelling interrupts the program. That it then leaves with 0 is no success.
func TestCLICancel(t *testing.T) {
	t.Parallel()
	for name, order := range map[string]string{"obedient": "!interruptible\n", "deaf": "!deaf\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCLIBed(t, initLine+wholeLine("m1", textBlock("x"))+order, nil)
			ctx, cancel := context.WithCancel(t.Context())
			stream := &recorder{onEmit: func(event sdk.Event) error {
				if _, ok := event.(sdk.TextDelta); ok {
					cancel()
				}
				return nil
			}}
			result, err := b.provider.Generate(ctx, hello(), stream)
			if sdk.KindOf(err) != sdk.KindCancelled || result.StopReason != "" {
				t.Errorf("%+v, %v", result, err)
			}
		})
	}
}

// Drain ends what runs and waits for it; so does an interrupt of the host.
func TestCLIDrain(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*cliBed, *recorder) error{
		"drain":     func(b *cliBed, _ *recorder) error { return b.provider.Drain(b.t.Context()) },
		"interrupt": func(_ *cliBed, r *recorder) error { close(r.interrupted); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCLIBed(t, initLine+wholeLine("m1", textBlock("x"))+"!interruptible\n", nil)
			shown := make(chan struct{})
			stream := &recorder{interrupted: make(chan struct{}), onEmit: func(event sdk.Event) error {
				if _, ok := event.(sdk.TextDelta); ok {
					close(shown)
				}
				return nil
			}}
			ended := make(chan error, 1)
			go func() {
				_, err := b.provider.Generate(b.t.Context(), hello(), stream)
				ended <- err
			}()
			<-shown
			if err := end(b, stream); err != nil {
				t.Error(err)
			}
			if err := <-ended; sdk.KindOf(err) != sdk.KindCancelled {
				t.Error(err)
			}
		})
	}
	if err := New("1.2.3").Drain(t.Context()); err != nil {
		t.Error("with nothing to drain:", err)
	}
}

// A caller that is gone ends the program, and its error is what Generate returns.
func TestCLICallerGone(t *testing.T) {
	t.Parallel()
	gone := fmt.Errorf("gone")
	b := newCLIBed(t, initLine+wholeLine("m1", textBlock("x"))+"!interruptible\n", nil)
	_, err := b.provider.Generate(t.Context(), hello(), &recorder{onEmit: func(event sdk.Event) error {
		if _, ok := event.(sdk.TextDelta); ok {
			return gone
		}
		return nil
	}})
	if err != gone { //nolint:errorlint // bare
		t.Error(err)
	}
}

func TestCLIMissing(t *testing.T) {
	t.Parallel()
	b := newCLIBed(t, "", map[string]string{pathVariable: filepath.Join(t.TempDir(), "claude")})
	_, _, err := b.generate(hello())
	if e := sdk.AsError(err); e.Kind != sdk.KindCLIMissing || !strings.Contains(e.Remedy, "npm install") {
		t.Errorf("%+v", e)
	}
	if _, err := os.Stat(b.script + ".log"); err == nil {
		t.Error("something ran")
	}
}
