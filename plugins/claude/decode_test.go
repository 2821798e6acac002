package claude

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/wire"
	"github.com/jcode-go/jcode/sdk/sse"
	"github.com/jcode-go/jcode/sdk/toolspec"
)

func newTestDecoder(t testing.TB, emit func(sdk.Event) error) *decoder {
	t.Helper()
	names, err := toolspec.NewNames(nil, &sdk.Request{})
	if err != nil {
		t.Fatal(err)
	}
	return &decoder{emit: emit, names: names, model: resolveModel(defaultModel), requestID: "req"}
}

// decodeAll decodes a stream that arrives in pieces whose sizes are cuts.
func decodeAll(t testing.TB, stream, cuts []byte) ([]sdk.Event, *decoder, error) {
	t.Helper()
	var events []sdk.Event
	d := newTestDecoder(t, func(e sdk.Event) error {
		events = append(events, e)
		return nil
	})
	reader := sse.NewReader(&pieces{rest: stream, cuts: cuts})
	for !d.finished {
		event, err := reader.Next()
		if err != nil {
			return events, d, io.ErrUnexpectedEOF
		}
		if err := d.event(event.Type, event.Data); err != nil {
			return events, d, err
		}
	}
	return events, d, nil
}

type pieces struct {
	rest, cuts []byte
	i          int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := len(p.rest)
	if len(p.cuts) > 0 {
		n = min(n, int(p.cuts[p.i%len(p.cuts)])+1)
		p.i++
	}
	n = copy(b, p.rest[:n])
	p.rest = p.rest[n:]
	return n, nil
}

// Whatever the bytes and however they are cut: no panic, the same events as
// whole, an order that the contract allows, and no result without a message_stop.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/wire/s*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(wire.Part(string(data), "response.sse")), []byte{0, 3, 100})
	}
	f.Fuzz(func(t *testing.T, stream, cuts []byte) {
		whole, d, wholeErr := decodeAll(t, stream, nil)
		cut, _, cutErr := decodeAll(t, stream, cuts)
		if diff := cmp.Diff(whole, cut); diff != "" || (wholeErr == nil) != (cutErr == nil) {
			t.Errorf("cutting changed the events: %v, %v\n%s", wholeErr, cutErr, diff)
		}
		var a sdk.Accumulator
		for _, event := range whole {
			if err := a.Add(event); err != nil {
				t.Errorf("the host refuses an event: %v", err)
			}
		}
		if content := d.content(); len(content) > 0 && !json.Valid([]byte("["+string(content)+"]")) {
			t.Errorf("the content to continue from is no JSON: %s", content)
		}
	})
}

// The short way reads a delta exactly as encoding/json does, or not at all.
func FuzzParseDelta(f *testing.F) {
	for _, seed := range []string{
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}`,
		`{"type":"content_block_delta","index":12,"delta":{"type":"input_json_delta","partial_json":"{\"a\":\"b\\n"}}   `,
		`{"type":"content_block_delta","index":1,"delta":{"type":"thinking_delta","thinking":"é\t\u00e9"} } `,
		`{"type":"content_block_delta","index":01,"delta":{"type":"text_delta","text":""}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a","text":"b"}}`,
		"{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\xff\"}}",
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\x"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, ok := parseDelta(data)
		if !ok {
			return
		}
		var e wireEvent
		if err := json.Unmarshal(data, &e); err != nil {
			t.Fatalf("%q was read although it is no JSON: %v", data, err)
		}
		if want := e.blockDelta(); got != want {
			t.Errorf("%q: %+v, want %+v", data, got, want)
		}
	})
}

func TestParseDeltaTakesTheShortWay(t *testing.T) {
	t.Parallel()
	for _, data := range []string{
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hé\n\"x\"\/"}}`,
		`{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"a"}        }`,
		`{"type":"content_block_delta","index":3,"delta":{"type":"thinking_delta","thinking":""}}`,
	} {
		if _, ok := parseDelta([]byte(data)); !ok {
			t.Errorf("%s takes the long way", data)
		}
	}
}

// A caller that is gone ends the decoding with its own error.
func TestDecodeEmitError(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	for n := range 4 {
		d := newTestDecoder(t, func(sdk.Event) error {
			if n--; n < 0 {
				return gone
			}
			return nil
		})
		reader := sse.NewReader(strings.NewReader(helloStream))
		var err error
		for err == nil && !d.finished {
			var event sse.Event
			if event, err = reader.Next(); err == nil {
				err = d.event(event.Type, event.Data)
			}
		}
		if !errors.Is(err, gone) {
			t.Errorf("after %d events: %v", n, err)
		}
	}
}

func TestCallIDs(t *testing.T) {
	t.Parallel()
	d := newTestDecoder(t, func(sdk.Event) error { return nil })
	d.messageID = "m"
	seen := map[string]bool{}
	for i, id := range []string{"a", "a", "", "", "call_m_2"} {
		got := d.callID(id, i)
		if got == "" || seen[got] {
			t.Errorf("%q became %q", id, got)
		}
		seen[got] = true
	}
}

func manyDeltas(n int) []byte {
	var b bytes.Buffer
	b.WriteString(startEvent)
	b.WriteString("data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n")
	for range n {
		b.WriteString("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"some words \"}}\n\n")
	}
	b.WriteString(endEvents)
	return b.Bytes()
}

func BenchmarkDecodeDeltas(b *testing.B) {
	const n = 20_000
	stream := manyDeltas(n)
	b.ReportAllocs()
	for b.Loop() {
		count := 0
		d := newTestDecoder(b, func(sdk.Event) error { count++; return nil })
		reader := sse.NewReader(bytes.NewReader(stream))
		for !d.finished {
			event, err := reader.Next()
			if err != nil {
				b.Fatal(err)
			}
			if err := d.event(event.Type, event.Data); err != nil {
				b.Fatal(err)
			}
		}
		if count < n {
			b.Fatal(count)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/delta")
}
