package vendorcheck

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/packages/param"

	"github.com/jcode-go/jcode/tools/standin/messages"
)

func bashTool() []anthropic.ToolUnionParam {
	tool := anthropic.ToolUnionParamOfTool(anthropic.ToolInputSchemaParam{
		Properties: map[string]any{"command": map[string]any{"type": "string"}},
	}, "bash")
	tool.OfTool.Description = param.NewOpt("Runs a command")
	return []anthropic.ToolUnionParam{tool}
}

// answerCalls appends the reply and one result for each of its calls.
func answerCalls(p *anthropic.MessageNewParams, m anthropic.Message) int {
	p.Messages = append(p.Messages, m.ToParam())
	var results []anthropic.ContentBlockParamUnion
	for _, b := range m.Content {
		if b.Type == "tool_use" {
			results = append(results, anthropic.NewToolResultBlock(b.ID, "ran "+string(b.Input), false))
		}
	}
	if len(results) > 0 {
		p.Messages = append(p.Messages, anthropic.NewUserMessage(results...))
	}
	return len(results)
}

func TestToolLoop(t *testing.T) {
	t.Parallel()
	server, client := start(t, messages.Options{})
	p := prompt(`@tools 12 bash {"command":"echo @turn"}`)
	p.Tools = bashTool()
	calls := 0
	for range 13 {
		m := mustStream(t, client, p)
		n := answerCalls(&p, m)
		calls += n
		if n == 0 {
			if want := `done after 12 turns, last result: ran {"command":"echo 12"}`; textOf(m) != want {
				t.Errorf("end = %q, want %q", textOf(m), want)
			}
		}
	}
	if calls != 12 || len(server.Violated()) > 0 {
		t.Errorf("%d calls, violations %v", calls, server.Violated())
	}
}

// TestThinkingReplay replays thinking with a tool call unchanged, then altered,
// then without it.
func TestThinkingReplay(t *testing.T) {
	t.Parallel()
	_, client := start(t, messages.Options{})
	first := prompt("@golden tools-parallel")
	first.Thinking = anthropic.ThinkingConfigParamOfEnabled(1024)
	first.Tools = bashTool()
	m := mustStream(t, client, first)
	for name, c := range map[string]struct {
		change    func(*anthropic.MessageParam)
		violation string
	}{
		"unchanged": {func(*anthropic.MessageParam) {}, ""},
		"altered":   {func(p *anthropic.MessageParam) { p.Content[0].OfThinking.Thinking += "!" }, "thinking_signature_invalid"},
		"unsigned":  {func(p *anthropic.MessageParam) { p.Content[0].OfThinking.Signature = "" }, "thinking_signature_missing"},
		"left out":  {func(p *anthropic.MessageParam) { p.Content = p.Content[1:] }, "thinking_not_first"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			again := first
			again.Messages = append([]anthropic.MessageParam(nil), first.Messages...)
			if n := answerCalls(&again, m); n != 3 {
				t.Fatalf("%d calls, want 3", n)
			}
			c.change(&again.Messages[1])
			_, _, err := stream(t, client, again)
			if got := violationOf(t, err); got != c.violation {
				t.Errorf("violation = %q (%v), want %q", got, err, c.violation)
			}
		})
	}
}

func TestPausedTurnIsContinued(t *testing.T) {
	t.Parallel()
	_, client := start(t, messages.Options{})
	p := prompt("@stop pause_turn")
	m := mustStream(t, client, p)
	if m.StopReason != anthropic.StopReasonPauseTurn {
		t.Fatalf("stop reason = %s", m.StopReason)
	}
	p.Messages = append(p.Messages, m.ToParam())
	if got := textOf(mustStream(t, client, p)); got != "continued" {
		t.Errorf("continuation = %q", got)
	}
	p.Messages[1] = anthropic.NewAssistantMessage(anthropic.NewTextBlock("something else"))
	if _, _, err := stream(t, client, p); violationOf(t, err) != "prefill" {
		t.Errorf("a made-up ending: %v", err)
	}
}

func TestImages(t *testing.T) {
	t.Parallel()
	_, client := start(t, messages.Options{})
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	data := base64.StdEncoding.EncodeToString(b.Bytes())
	for media, want := range map[string]string{"image/png": "", "image/gif": "image_media_mismatch"} {
		p := prompt("look")
		p.Messages[0].Content = append(p.Messages[0].Content, anthropic.NewImageBlockBase64(media, data))
		_, _, err := stream(t, client, p)
		if got := violationOf(t, err); got != want {
			t.Errorf("%s: violation = %q, want %q", media, got, want)
		}
	}
}

func TestLargeReply(t *testing.T) {
	t.Parallel()
	_, client := start(t, messages.Options{})
	for _, flush := range []string{"frame", "batch"} {
		m, events, err := stream(t, client, prompt("@text 5000x12 flush="+flush))
		if err != nil || len(textOf(m)) != 60000 || len(events) != 5005 {
			t.Errorf("%s: %d bytes in %d events, %v", flush, len(textOf(m)), len(events), err)
		}
	}
}

func TestWholeReplies(t *testing.T) {
	t.Parallel()
	_, client := start(t, messages.Options{})
	for _, task := range []string{"hi", "@golden unicode", "@golden tools-parallel", "@stop refusal"} {
		whole, err := client.Messages.New(t.Context(), prompt(task))
		if err != nil {
			t.Fatalf("%s: %v", task, err)
		}
		streamed := mustStream(t, client, prompt(task))
		if textOf(*whole) != textOf(streamed) || whole.StopReason != streamed.StopReason {
			t.Errorf("%s: whole %s, streamed %s", task, whole.RawJSON(), streamed.RawJSON())
		}
	}
}

func TestLargeConversation(t *testing.T) {
	t.Parallel()
	_, client := start(t, messages.Options{})
	p := prompt("begin")
	for i := range 100 {
		p.Messages = append(p.Messages,
			anthropic.NewAssistantMessage(anthropic.NewTextBlock(fmt.Sprintf("part %d", i))),
			anthropic.NewUserMessage(anthropic.NewTextBlock(strings.Repeat("x", 200_000)+" go on")))
	}
	if got := textOf(mustStream(t, client, p)); len(got) < 200_000 {
		t.Errorf("%d bytes came back", len(got))
	}
}
