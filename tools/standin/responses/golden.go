package responses

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/responserules"
	"github.com/jcode-go/jcode/tools/standin/internal/script"
	"github.com/jcode-go/jcode/tools/standin/internal/stream"
)

// Golden is one stream that every decoder must read, with what it must read from
// it. It is the same in every run.
type Golden struct {
	Name     string
	Stream   []byte          // the body of the answer
	Response json.RawMessage // what it stands for, output included, even when the stream leaves that out
	Outcome  string          // Complete, Errored, EndedEarly or Aborted
	// Standard says that the stream has only what today's vendor sends.
	Standard bool
}

// GoldenStreams makes one stream for each behaviour of the protocol, for decoder
// tests in other modules. Pauses are left out.
func GoldenStreams() ([]Golden, error) {
	var all []Golden
	for i, g := range goldenReplies() {
		c := composer{
			number: uint64(i + 1), created: 1_763_900_000, model: "gpt-5.5", account: "account", input: 12,
			encrypted: true, request: requestEcho{effort: "medium", parallel: true},
			face: responserules.Platform,
		}
		out, err := c.compose(&g.reply)
		if err != nil {
			return nil, err
		}
		body, outcome := written(out.ops)
		all = append(all, Golden{g.name, body, out.response, outcome, g.standard})
	}
	return all, nil
}

func written(ops []stream.Op) ([]byte, string) {
	var b bytes.Buffer
	for _, o := range ops {
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

func one(name string, i ...Item) goldenReply { return goldenReply{name, true, Reply{Items: i}} }

// as changes a copy of a golden reply.
func (g goldenReply) as(change func(*Reply)) goldenReply {
	change(&g.reply)
	return g
}

func text(s string) Item { return Item{Type: Text, Text: s} }

func call(name, arguments string) Item {
	return Item{Type: FunctionCall, Name: name, Arguments: json.RawMessage(arguments)}
}

func goldenReplies() []goldenReply {
	think := Item{Type: Reasoning, Summary: []string{"**Thinking**\n\nabout it"}}
	twice := Item{Type: Reasoning, Summary: []string{"**First**\n\none", "**Second**\n\ntwo"}}
	bash := call("bash", `{"command":"go test ./...","description":"Run the tests"}`)
	unicode := "naïve 日本語 \"quoted\" \\ tab\t line\nfamily 👩‍👩‍👧 <b>&amp;</b>"
	accents := call("write", `{"file_path":"é.txt","content":"日本 😀 \"q\" \\ \n"}`)
	accents.ASCII, accents.Chunk = true, 1
	split := accents
	split.ASCII, split.Chunk = false, 2
	large := Item{Type: Reasoning, Size: 3 << 20}
	incomplete := func(reason string) goldenReply {
		return one("incomplete-"+reason, text("stopped")).as(func(r *Reply) { r.Incomplete = reason })
	}
	framed := func(words string) goldenReply {
		return one("framing-"+strings.ReplaceAll(words, ",", "-"), think, text("Hello, framed."), bash).as(func(r *Reply) { r.Framing = words })
	}
	patch := Item{Type: CustomCall, Name: "apply_patch", Text: "*** Begin Patch\n*** Add File: a.txt\n+é\n*** End Patch"}
	all := []goldenReply{
		one("text", text("Hello from the stand-in.")),
		one("empty"),
		one("unicode", text(unicode)),
		one("large", Item{Type: Text, Text: script.Filler(200), Repeat: 50}),
		one("phases", Item{Type: Text, Text: "I look.", Phase: "commentary"}, Item{Type: Text, Text: "Done.", Phase: "final_answer"}),
		one("plain", text("Nothing is padded.")).as(func(r *Reply) { r.Plain = true }),
		one("reasoning", think, text("Done.")),
		one("reasoning-parts", twice, text("Done.")),
		one("reasoning-without-summary", Item{Type: Reasoning}, text("Done.")),
		one("reasoning-large", large, text("Done.")),
		one("reasoning-text", Item{Type: Reasoning, Thought: "open thoughts"}, text("Done.")),
		one("tool", text("I'll run it."), bash),
		one("tool-without-arguments", call("todoread", `{}`)),
		one("tool-escapes-cut", accents),
		one("tool-unicode-cut", split),
		one("tools-parallel", think, bash, call("read", `{"file_path":"a.go"}`), call("glob", `{"pattern":"**/*.go"}`)),
		one("custom", think, patch),
		one("refusal", Item{Type: Refusal, Text: "I cannot help with that."}),
		incomplete("max_output_tokens"), incomplete("content_filter"),
		one("failed").as(func(r *Reply) { r.Failed = &Fault{Code: "server_error"} }),
		one("failed-late", text("partial")).as(func(r *Reply) { r.Failed = &Fault{Code: "server_is_overloaded"} }),
		one("usage", text("cheap")).as(func(r *Reply) {
			r.Usage = &Usage{Input: 1200, Cached: 1024, CacheWrite: 128, Output: 42, Reasoning: 17}
		}),
		framed("crlf"), framed("no_space"), framed("multiline"), framed("id"),
	}
	return append(all, oddReplies(think, bash)...)
}

// oddReplies are what the vendor sends at times, and what it may send one day.
func oddReplies(think, bash Item) []goldenReply {
	tail := text("after")
	other := func(name string, i ...Item) goldenReply { return goldenReply{name, false, Reply{Items: i}} }
	future := Item{
		Type: RawItem, Data: json.RawMessage(`{"id":"holo_1","type":"hologram","beams":3}`),
		Events: []json.RawMessage{json.RawMessage(`{"type":"response.hologram.delta","item_id":"holo_1","beam":"x"}`)},
	}
	return []goldenReply{
		other("empty-output", think, text("Only the items tell."), bash).as(func(r *Reply) { r.Output = "empty" }),
		other("silent-items", Item{Type: Reasoning, Summary: []string{"quiet"}, Silent: true}, Item{Type: Text, Text: "Not streamed.", Silent: true}, Item{Type: FunctionCall, Name: "bash", Arguments: bash.Arguments, Silent: true}),
		other("interleaved", text("first text"), bash, call("read", `{"file_path":"a.go"}`)).as(func(r *Reply) { r.Interleave = true }),
		other("usage-bare", text("cheap")).as(func(r *Reply) { r.Usage = &Usage{Input: 12, Output: 3, Bare: true} }),
		other("rate-limits", Item{Type: RateLimits}, tail),
		other("keepalives", Item{Type: Keepalive}, tail, Item{Type: Keepalive}, Item{Type: Comment, Text: "keep-alive"}),
		other("unknown-event", Item{Type: Event, Event: "response.future", Data: json.RawMessage(`{"x":[1]}`)}, tail),
		other("unknown-item", future, tail),
		other("misnamed-event", Item{Type: Event, Event: "response.completed", Data: json.RawMessage(`{"type":"response.future"}`)}, tail),
		other("framing-nameless", tail).as(func(r *Reply) { r.Framing = "nameless" }),
		other("framing-done", tail).as(func(r *Reply) { r.Framing = "done" }),
		other("other-model", text("hello")).as(func(r *Reply) { r.Model = "gpt-5.4-mini" }),
		other("long-call-id", Item{Type: FunctionCall, Name: "bash", Arguments: bash.Arguments, CallID: "call_" + strings.Repeat("x", 64)}),
		other("error-event", partial, Item{Type: Error, Fault: &Fault{Code: "server_error"}}),
		other("error-event-nested", partial, Item{Type: Error, Nested: true, Fault: &Fault{Type: "server_error", Code: "server_is_overloaded"}}),
		other("error-first", Item{Type: Error, Fault: &Fault{Code: "rate_limit_exceeded"}}),
		other("ended-early", partial, Item{Type: Cut}),
		other("ended-early-after-done", tail, Item{Type: Cut}),
		other("aborted", partial, Item{Type: Cut, Abort: true}),
		other("cut-in-event", partial, Item{Type: RawBytes, Text: "event: response.output_text.delta\ndata: {\"type\":\"response.out"}, Item{Type: Cut}),
		other("garbage", Item{Type: RawBytes, Text: "event: response.output_text.delta\ndata: {not json\n\n"}, tail),
	}
}
