package messages

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/script"
	"github.com/jcode-go/jcode/tools/standin/internal/stream"
	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

func open(t *testing.T, ctx context.Context, base, task string) *http.Response {
	t.Helper()
	b := body(map[string]string{"stream": "true", "messages": string(wire.Encode([]any{map[string]string{"role": "user", "content": task}}))})
	res, err := http.DefaultClient.Do(request(t, http.MethodPost, base+"/v1/messages", b, nil).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func outcome(t *testing.T, s *Server, want string) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		all := s.Requests()
		if len(all) > 0 && all[len(all)-1].Outcome == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("outcome never became %s: %+v", want, all)
		}
		<-time.After(time.Millisecond)
	}
}

func TestHowStreamsEnd(t *testing.T) {
	t.Parallel()
	for task, c := range map[string]struct {
		outcome string
		err     error
		last    string
	}{
		"hi":                     {Complete, nil, "event: message_stop"},
		"@eof":                   {EndedEarly, nil, "event: content_block_delta"},
		"@cut":                   {Aborted, io.ErrUnexpectedEOF, "event: content_block_delta"},
		"@error":                 {Errored, nil, "event: error"},
		"@error api_error":       {Errored, nil, "event: error"},
		"@golden cut-in-event":   {EndedEarly, nil, "event: content_block_delta"},
		"@drip 3x4x1":            {Complete, nil, "event: message_stop"},
		"@text 500x12":           {Complete, nil, "event: message_stop"},
		"@text 500x12 flush=333": {Complete, nil, "event: message_stop"},
	} {
		t.Run(task, func(t *testing.T) {
			t.Parallel()
			s, base := serve(t, Options{})
			res := open(t, t.Context(), base, task)
			b, err := io.ReadAll(res.Body)
			if !errors.Is(err, c.err) {
				t.Errorf("err = %v, want %v", err, c.err)
			}
			if i := bytes.LastIndex(b, []byte("event: ")); i < 0 || !strings.HasPrefix(string(b[i:]), c.last) {
				t.Errorf("stream ends with %q", b[max(0, i):])
			}
			outcome(t, s, c.outcome)
		})
	}
}

// TestHangLastsUntilTheClientLeaves: what was sent before it has arrived.
func TestHangLastsUntilTheClientLeaves(t *testing.T) {
	t.Parallel()
	s, base := serve(t, Options{Flush: "batch"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	res := open(t, ctx, base, "@hang")
	r := bufio.NewReader(res.Body)
	for line := ""; !strings.Contains(line, "partial"); {
		var err error
		if line, err = r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Requests()[0].Outcome; got != Pending {
		t.Errorf("outcome = %s before the client left", got)
	}
	cancel()
	outcome(t, s, ClientGone)
}

// TestGoldensAreWellFormed checks the frames themselves: names equal types,
// indexes are open, deltas join to what the message says.
func TestGoldensAreWellFormed(t *testing.T) {
	t.Parallel()
	first, err := GoldenStreams()
	if err != nil {
		t.Fatal(err)
	}
	second, err := GoldenStreams()
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range first {
		if !bytes.Equal(g.Stream, second[i].Stream) {
			t.Errorf("%s differs from run to run", g.Name)
		}
		if g.Standard {
			t.Run(g.Name, func(t *testing.T) { checkFrames(t, g) })
		}
	}
}

type wireEvent struct {
	Type  string
	Index int
	Delta struct {
		Type, Text, Thinking, Signature string
		PartialJSON                     string `json:"partial_json"`
	}
}

func checkFrames(t *testing.T, g Golden) {
	t.Helper()
	joined := map[int]string{}
	var names []string
	for f := range strings.SplitSeq(strings.TrimSuffix(string(g.Stream), "\n\n"), "\n\n") {
		name, data, ok := strings.Cut(strings.TrimPrefix(f, "event: "), "\ndata: ")
		var e wireEvent
		if err := json.Unmarshal([]byte(data), &e); err != nil || !ok || e.Type != name {
			t.Fatalf("frame %q: %v", f, err)
		}
		names = append(names, name)
		joined[e.Index] += e.Delta.Text + e.Delta.Thinking + e.Delta.PartialJSON
	}
	if names[0] != "message_start" || names[len(names)-1] != "message_stop" || names[len(names)-2] != "message_delta" {
		t.Errorf("events = %v", names)
	}
	var m struct{ Content []map[string]json.RawMessage }
	if err := json.Unmarshal(g.Message, &m); err != nil {
		t.Fatal(err)
	}
	for i, b := range m.Content {
		checkJoined(t, b, joined[i])
	}
	if starts := slices.DeleteFunc(names, func(n string) bool { return n != "content_block_start" }); len(starts) != len(m.Content) {
		t.Errorf("%d blocks started, %d in the message", len(starts), len(m.Content))
	}
}

func checkJoined(t *testing.T, block map[string]json.RawMessage, got string) {
	t.Helper()
	for _, field := range []string{"text", "thinking"} {
		var want string
		if json.Unmarshal(block[field], &want) == nil && want != got {
			t.Errorf("%s = %q, want %q", field, got, want)
		}
	}
	if in := string(block["input"]); in != "" && in != "{}" && in != got && json.Valid([]byte(got)) {
		t.Errorf("input = %q, want %q", got, in)
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "a\"b\\c\n\t\x00\x1f", "日本 😀", "\xff", "\u2028"} {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		var got string
		if err := json.Unmarshal(wire.AppendString(nil, s), &got); err != nil || got != strings.ToValidUTF8(s, "\uFFFD") && got != replaceEach(s) {
			t.Errorf("%q became %q, %v", s, got, err)
		}
		if n > 0 && strings.Join(wire.Chunks(s, n), "") != s {
			t.Errorf("chunks of %q do not join", s)
		}
	})
}

// replaceEach puts U+FFFD for every broken byte, as ranging over a string does.
func replaceEach(s string) string { return string([]rune(s)) }

func TestASCIIKeepsTheMeaning(t *testing.T) {
	t.Parallel()
	const doc = `{"a":"é 日 😀 \" \\"}`
	var want, got map[string]string
	if err := errors.Join(json.Unmarshal([]byte(doc), &want), json.Unmarshal([]byte(wire.ASCII(doc)), &got)); err != nil {
		t.Fatal(err)
	}
	if want["a"] != got["a"] || strings.IndexFunc(wire.ASCII(doc), func(r rune) bool { return r > 126 }) >= 0 {
		t.Errorf("ascii = %s", wire.ASCII(doc))
	}
}

func BenchmarkStream20000(b *testing.B) {
	for _, flush := range []string{"frame", "batch"} {
		b.Run(flush, func(b *testing.B) {
			reply := &Reply{Blocks: []Block{{Type: Text, Text: script.Filler(12), Repeat: 20000}}, Flush: flush}
			for b.Loop() {
				c := composer{}
				out, err := c.compose(reply)
				if err != nil {
					b.Fatal(err)
				}
				stream.Send(b.Context(), nullWriter{}, out.ops, out.flush)
			}
		})
	}
}

type nullWriter struct{}

func (nullWriter) Header() http.Header         { return nil }
func (nullWriter) Write(b []byte) (int, error) { return len(b), nil }
func (nullWriter) WriteHeader(int)             {}
func (nullWriter) Flush()                      {}
