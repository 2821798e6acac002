package claude

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/toolspec"
	"github.com/jcode-go/jcode/sdk/transcript"
)

// scribe makes transcripts out of any bytes: every kind of block in every place,
// with few ids, so that they collide.
type scribe struct{ data []byte }

func (s *scribe) next(n int) int {
	if len(s.data) == 0 {
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return int(b) % n
}

func pick[T any](s *scribe, from ...T) T { return from[s.next(len(from))] }

func (s *scribe) text() string {
	return pick(s, "text", "", " \n", "two\nlines", "\xff\xfe", "\u2028\x00", interrupted, "tail ")
}

func (s *scribe) id() string { return pick(s, "a", "b", "c", "toolu_1", "x:1", "x|1", "", "é") }

func (s *scribe) input() json.RawMessage {
	return json.RawMessage(pick(s, `{"a":1}`, ``, `null`, `{"cut":`, `[1]`, `{"s":"\ud83d"}`, `{"s":"\ud83d\ude00"}`, `"x"`, " {} ", "{\"s\":\"\xff\"}"))
}

func (s *scribe) image() sdk.Image {
	return sdk.Image{MediaType: pick(s, "image/png", "image/bmp", ""), Data: pick(s,
		[]byte("\x89PNG\r\n\x1a\n...."), []byte("\xff\xd8\xff\xe0"), []byte("GIF89a.."), []byte("RIFF....WEBP"), nil, []byte("text"))}
}

func (s *scribe) block(depth int) sdk.Block {
	switch s.next(7) {
	case 0, 1:
		return sdk.Text{Text: s.text()}
	case 2:
		return sdk.ToolCall{ID: s.id(), Name: pick(s, "bash", "mcp.x/y", ""), Input: s.input(), Malformed: pick(s, "", "", "", `{"cut`)}
	case 3:
		result := sdk.ToolResult{ToolCallID: s.id(), IsError: s.next(2) == 1}
		for range s.next(3) * (2 - depth) {
			result.Content = append(result.Content, s.block(1))
		}
		return result
	case 4:
		return sdk.Thinking{
			Text: s.text(), Signature: pick(s, "sig", ""), Opaque: pick(s, nil, nil, []byte("opaque")),
			Origin: pick(s, "", "claude-opus-4-5", "other"),
		}
	case 5:
		return s.image()
	}
	return sdk.NativeTool{ID: s.id(), Name: "Bash", Input: s.input(), Output: s.text(), Denied: s.next(2) == 1}
}

func (s *scribe) request() *sdk.Request {
	request := &sdk.Request{
		Model:           pick(s, "", "claude-opus-4-6", "claude-3-5-haiku-20241022", "house"),
		Effort:          pick(s, "", "low", "max", "strange"),
		ThinkingTokens:  pick(s, 0, -1, 1, 50_000),
		MaxOutputTokens: pick(s, 0, 100, 2_000, 1_000_000),
		StopSequences:   pick(s, nil, []string{" ", "x"}),
		ToolChoice:      sdk.ToolChoice{Mode: pick(s, sdk.ToolChoiceMode(""), "any", "none", "auto"), DisableParallel: s.next(2) == 1},
		System:          pick(s, nil, []sdk.SystemBlock{{Text: " ", Stable: true}, {Text: "S", Stable: true}, {Text: "D"}}),
		Tools: pick(s, nil, []sdk.ToolSpec{
			{Name: "bash", InputSchema: s.input()}, {Name: "mcp.x/y", InputSchema: json.RawMessage(`{"anyOf":[{}]}`)},
		}),
	}
	if s.next(2) == 1 {
		t := 0.5
		request.Temperature = &t
	}
	for range s.next(24) {
		m := sdk.Message{
			Role: pick(s, sdk.RoleUser, sdk.RoleAssistant, sdk.RoleAssistant, "", "system"), Provider: pick(s, "claude", "other"),
			Model: pick(s, "claude-opus-4-5", "claude-opus-4-6", "x"),
		}
		for range s.next(6) {
			m.Blocks = append(m.Blocks, s.block(0))
		}
		request.Messages = append(request.Messages, m)
	}
	return request
}

func turnOf(t testing.TB, request *sdk.Request) *turn {
	t.Helper()
	names, err := toolspec.NewNames(nil, request)
	if err != nil {
		t.Fatal(err)
	}
	return &turn{
		request: request, model: resolveModel(firstOf(request.Model, defaultModel)), contract: keyContract("1"), names: names,
	}
}

// Whatever the transcript, the API accepts the body, and building it again gives
// the same bytes and changes nothing of the request.
func checkAccepted(t *testing.T, data []byte) {
	t.Helper()
	request := (&scribe{data: data}).request()
	before := (&scribe{data: data}).request()
	for _, leave := range []without{{}, {thinking: true, effort: true, temperature: true}} {
		first, err := turnOf(t, request).build(leave)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range validate(first.body, false) {
			t.Errorf("%s\n%s", fault, first.body)
		}
		again, err := turnOf(t, request).build(leave)
		if err != nil || string(again.body) != string(first.body) {
			t.Errorf("built differently the second time: %v", err)
		}
	}
	if d := cmp.Diff(before, request); d != "" {
		t.Errorf("the request was changed:\n%s", d)
	}
}

func FuzzRepair(f *testing.F) {
	f.Add([]byte{})
	random := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		seed := make([]byte, 400)
		for i := range seed {
			seed[i] = byte(random.UintN(256))
		}
		f.Add(seed)
	}
	f.Fuzz(checkAccepted)
}

func TestRandomTranscripts(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		data := make([]byte, random.IntN(600))
		for i := range data {
			data[i] = byte(random.UintN(256))
		}
		checkAccepted(t, data)
		if t.Failed() {
			return
		}
	}
}

// A transcript without faults goes through as it is.
func TestRepairKeeps(t *testing.T) {
	t.Parallel()
	thinking := sdk.Thinking{Text: "hm", Signature: "s"}
	call := sdk.ToolCall{ID: "toolu_1", Name: "read", Input: json.RawMessage(`{"a":1}`)}
	result := sdk.ToolResult{ToolCallID: "toolu_1", Content: []sdk.Block{sdk.Text{Text: "x"}}}
	in := []sdk.Message{
		say("go"),
		{Role: sdk.RoleAssistant, Provider: providerName, Model: defaultModel, Blocks: []sdk.Block{thinking, sdk.Text{Text: "a"}, call}},
		{Role: sdk.RoleUser, Blocks: []sdk.Block{result, sdk.Text{Text: "and"}}},
	}
	out := repair(in, replay{thinking: true, family: "claude-opus-4-5"})
	if len(out) != len(in) {
		t.Fatalf("%d messages", len(out))
	}
	for i := range in {
		if d := cmp.Diff(in[i].Blocks, out[i].blocks); d != "" || out[i].role != in[i].Role {
			t.Errorf("message %d: %s\n%s", i, out[i].role, d)
		}
	}
}

func TestThinkingOfTheSameModelOnly(t *testing.T) {
	t.Parallel()
	signed := sdk.Thinking{Text: "hm", Signature: "s"}
	on := replay{thinking: true, family: "claude-opus-4-5"}
	for _, tt := range []struct {
		name     string
		keep     replay
		provider string
		model    string
		block    sdk.Thinking
		want     bool
	}{
		{"same model", on, "claude", "claude-opus-4-5-20251101", signed, true},
		{"alias of it", on, "claude", "claude-opus-4-5", signed, true},
		{"other model", on, "claude", "claude-opus-4-6", signed, false},
		{"other provider", on, "gateway", "claude-opus-4-5", signed, false},
		{"thinking off", replay{family: "claude-opus-4-5"}, "claude", "claude-opus-4-5", signed, false},
		{"unsigned", on, "claude", "claude-opus-4-5", sdk.Thinking{Text: "hm"}, false},
		{"opaque", on, "claude", "claude-opus-4-5", sdk.Thinking{Opaque: []byte("x")}, true},
		{"origin beats the served model", on, "claude", "substitute", sdk.Thinking{Signature: "s", Origin: "claude-opus-4-5"}, true},
		{"origin of another", on, "claude", "claude-opus-4-5", sdk.Thinking{Signature: "s", Origin: "claude-sonnet-5"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := &sdk.Message{Provider: tt.provider, Model: tt.model}
			if got := tt.keep.allows(m, tt.block); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// A huge image in a tool result would poison the session; the user's own is the
// user's affair.
func TestHugeImages(t *testing.T) {
	t.Parallel()
	image := sdk.Image{Data: append([]byte("GIF89a"), make([]byte, maxResultImageBytes)...)}
	if text, ok := transcript.ReadableImage(image, maxResultImageBytes).(sdk.Text); !ok || text.Text == "" {
		t.Error("kept in a result")
	}
	if kept, ok := transcript.ReadableImage(image, 0).(sdk.Image); !ok || kept.MediaType != "image/gif" {
		t.Error("not kept")
	}
}
