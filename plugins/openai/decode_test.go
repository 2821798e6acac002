package openai

import (
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/sse"
	"github.com/jcode-go/jcode/sdk/toolspec"
)

func newDecoder(t testing.TB, emit func(sdk.Event) error) *decoder {
	t.Helper()
	names, err := toolspec.NewNames(nil, &sdk.Request{})
	if err != nil {
		t.Fatal(err)
	}
	return &decoder{emit: emit, names: names, model: "gpt-5.5", origin: "o"}
}

// Whatever comes, the host is told nothing that its contract forbids, and nothing
// after the end.
func FuzzDecode(f *testing.F) {
	f.Add(helloStream)
	f.Add(`data: {"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","id":"f","call_id":"c","name":"n"}}` + "\n\n" +
		`data: {"type":"response.function_call_arguments.delta","item_id":"f","delta":"{"}` + "\n\n" +
		`data: {"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","id":"f","call_id":"c","name":"n","arguments":"{}"}}` + "\n\n" +
		`data: {"type":"response.completed","response":{"output":[{"type":"function_call","id":"f","call_id":"c","name":"n"}]}}` + "\n\n")
	f.Add(`data: {"type":"response.output_item.done","item":{"type":"reasoning","encrypted_content":"x"}}` + "\n\n" + `data: {"type":"error","error":3}` + "\n\n")
	f.Fuzz(func(t *testing.T, stream string) {
		var a sdk.Accumulator
		d := newDecoder(t, func(e sdk.Event) error {
			if err := a.Add(e); err != nil {
				t.Errorf("%T: %v", e, err)
			}
			return nil
		})
		events := sse.NewReader(strings.NewReader(stream))
		for !d.finished {
			event, err := events.Next()
			if err != nil || d.event(event.Type, event.Data) != nil {
				return
			}
		}
		if d.stop == sdk.StopToolUse && d.calls == 0 || d.stop == "" {
			t.Errorf("stop %q with %d calls", d.stop, d.calls)
		}
	})
}

// An event of several megabytes, as encrypted reasoning is.
func TestLargeEvent(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("gAAA", 1<<20)
	var last sdk.ThinkingDelta
	d := newDecoder(t, func(e sdk.Event) error {
		if thinking, ok := e.(sdk.ThinkingDelta); ok {
			last = thinking
		}
		return nil
	})
	stream := `data: {"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"` + big + `"}}` + "\n\n"
	event, err := sse.NewReader(strings.NewReader(stream)).Next()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.event(event.Type, event.Data); err != nil || len(last.Opaque) < len(big) {
		t.Errorf("%d bytes, %v", len(last.Opaque), err)
	}
	if (reasoningItem{Encrypted: strings.Repeat("x", maxEncrypted+1)}).opaque() != nil {
		t.Error("an item that the vendor would refuse is kept")
	}
}

func BenchmarkTextDelta(b *testing.B) {
	d := newDecoder(b, func(sdk.Event) error { return nil })
	data := []byte(`{"type":"response.output_text.delta","sequence_number":12,"item_id":"msg_0123456789abcdef","output_index":1,"content_index":0,"delta":" the answer","logprobs":[],"obfuscation":"abcdefgh"}`)
	b.ReportAllocs()
	for b.Loop() {
		if err := d.event("", data); err != nil {
			b.Fatal(err)
		}
	}
}
