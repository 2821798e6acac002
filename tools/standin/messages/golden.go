package messages

import (
	"bytes"
	"encoding/json"

	"github.com/jcode-go/jcode/tools/standin/internal/script"
)

// Golden is one stream that every decoder must read, with what it must read
// from it. It is the same in every run.
type Golden struct {
	Name    string
	Stream  []byte          // the body of the response
	Message json.RawMessage // the message it stands for, whole even when the stream breaks off
	Outcome string          // Complete, Errored, EndedEarly or Aborted
	// Standard says that the stream has only what today's vendor sends.
	Standard bool
}

// GoldenStreams makes one stream for each behaviour of the protocol, for
// decoder tests in other modules. Pauses are left out.
func GoldenStreams() ([]Golden, error) {
	var all []Golden
	for i, g := range goldenReplies() {
		c := composer{number: uint64(i + 1), model: "claude-opus-4-5-20251101", input: 12}
		out, err := c.compose(&g.reply)
		if err != nil {
			return nil, err
		}
		body, outcome := out.bytes()
		all = append(all, Golden{g.name, body, out.message, outcome, g.standard})
	}
	return all, nil
}

func (s *prepared) bytes() ([]byte, string) {
	var b bytes.Buffer
	for _, o := range s.ops {
		b.Write(bytes.Repeat(o.Data, o.Count))
		if o.End != "" {
			return b.Bytes(), o.End
		}
	}
	return b.Bytes(), Complete
}

type goldenReply struct {
	name     string
	standard bool
	reply    Reply
}

func goldenReplies() []goldenReply {
	text := func(s string) Block { return Block{Type: Text, Text: s} }
	think := Block{Type: Thinking, Text: "Let me think about it."}
	call := func(name, input string) Block { return Block{Type: ToolUse, Name: name, Input: json.RawMessage(input)} }
	bash := call("bash", `{"command":"go test ./...","description":"Run the tests"}`)
	unicode := "naïve 日本語 \"quoted\" \\ tab\t line\nfamily 👩‍👩‍👧 <b>&amp;</b>"
	accents := call("write", `{"file_path":"é.txt","content":"日本 😀 \"q\" \\ \n"}`)
	accents.ASCII, accents.Chunk = true, 1
	split := accents
	split.ASCII, split.Chunk = false, 2
	one := func(name string, b ...Block) goldenReply { return goldenReply{name, true, Reply{Blocks: b}} }
	stop := func(reason string) goldenReply {
		return goldenReply{"stop-" + reason, true, Reply{Blocks: []Block{text("stopped")}, StopReason: reason}}
	}
	refusal := stop("refusal")
	refusal.reply.StopDetails = []byte(`{"type":"refusal","category":"cyber","explanation":"This was declined."}`)
	sequence := stop("stop_sequence")
	sequence.reply.StopSequence = "END"
	unknown := stop("brand_new_reason")
	unknown.standard = false
	cutCall := one("tool-cut-by-max-tokens", Block{Type: ToolUse, Name: "bash", Fragments: []string{"", `{"command":"rm -r`}})
	cutCall.reply.StopReason = "max_tokens"
	usage := one("usage", text("cheap"))
	usage.reply.Usage = &Usage{Input: 12, Output: 34, CacheCreation: 56, CacheRead: 78}
	interleaved := one("interleaved", text("first block of text"), bash, call("read", `{"file_path":"a.go"}`))
	interleaved.reply.Interleave = true
	otherModel := one("other-model", text("hello"))
	otherModel.reply.Model = "claude-sonnet-5"

	return append([]goldenReply{
		one("text", text("Hello from the stand-in.")),
		one("empty"),
		one("unicode", text(unicode)),
		one("large", Block{Type: Text, Text: script.Filler(200), Repeat: 50}),
		one("thinking", think, text("Done.")),
		one("thinking-redacted", Block{Type: RedactedThinking, Text: "hidden"}, text("Done.")),
		one("thinking-without-text", Block{Type: Thinking}, text("Done.")),
		one("tool", text("I'll run it."), bash),
		one("tool-without-input", call("todoread", `{}`)),
		one("tool-escapes-cut", accents),
		one("tool-unicode-cut", split),
		one("tools-parallel", think, bash, call("read", `{"file_path":"a.go"}`), call("glob", `{"pattern":"**/*.go"}`)),
		one("pings", Block{Type: Ping}, text("a"), Block{Type: Ping}, Block{Type: Ping}, text("b"), Block{Type: Ping}),
		cutCall, usage, interleaved, otherModel,
		stop("end_turn"), stop("tool_use"), stop("max_tokens"), stop("pause_turn"), stop("model_context_window_exceeded"),
		refusal, sequence, unknown,
	}, brokenReplies()...)
}

func brokenReplies() []goldenReply {
	start := Block{Type: Text, Text: "partial ", Open: true}
	tail := Block{Type: Text, Text: "after"}
	future := Block{
		Type: RawBlock, Start: json.RawMessage(`{"type":"hologram","beams":3}`),
		Deltas: []json.RawMessage{json.RawMessage(`{"type":"hologram_delta","beam":"x"}`)},
	}
	odd := tail
	odd.Deltas = []json.RawMessage{json.RawMessage(`{"type":"future_delta","future":1}`)}
	other := func(name string, b ...Block) goldenReply { return goldenReply{name, false, Reply{Blocks: b}} }
	return []goldenReply{
		other("unknown-event", Block{Type: Event, Event: "future_event", Data: json.RawMessage(`{"type":"future_event","x":[1]}`)}, tail),
		other("unknown-block", future, tail),
		other("unknown-delta", odd),
		other("comments", Block{Type: RawBytes, Text: ": keep-alive\n\n:\n"}, tail),
		other("crlf", Block{Type: RawBytes, Text: "event: ping\r\ndata: {\"type\":\"ping\"}\r\n\r\n"}, tail),
		other("event-without-name", Block{Type: RawBytes, Text: "data: {\"type\":\"ping\"}\n\n"}, tail),
		other("error-event", start, Block{Type: Error, ErrorType: "overloaded_error", Message: "Overloaded"}),
		other("error-first", Block{Type: Error, ErrorType: "api_error", Message: "Internal server error"}),
		other("ended-early", start, Block{Type: Cut}),
		other("aborted", start, Block{Type: Cut, Abort: true}),
		other("cut-in-event", start, Block{Type: RawBytes, Text: "event: content_block_delta\ndata: {\"type\":\"content_blo"}, Block{Type: Cut}),
		other("garbage", start, Block{Type: RawBytes, Text: "event: content_block_delta\ndata: {not json\n\n"}, tail),
	}
}
