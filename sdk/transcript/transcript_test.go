package transcript_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/transcript"
)

func TestNarrate(t *testing.T) {
	t.Parallel()
	text := []sdk.Block{sdk.Text{Text: "out"}, sdk.Image{}}
	for _, tt := range []struct {
		name string
		in   sdk.Block
		want string
	}{
		{"text", sdk.Text{Text: "as it is"}, "as it is"},
		{"thinking", sdk.Thinking{Text: "private"}, "[left out]"},
		{"image", sdk.Image{}, "[image]"},
		{"call", sdk.ToolCall{Name: "bash", Input: json.RawMessage(`{"a":1}`)}, `[call of the tool bash: {"a":1}]`},
		{"broken call", sdk.ToolCall{Name: "bash", Malformed: `{"a`}, `[call of the tool bash: {"a]`},
		{"result", sdk.ToolResult{Content: text}, "[result of a tool call that is no longer here]\nout"},
		{"error", sdk.ToolResult{Content: text, IsError: true}, "[error of a tool call that is no longer here]\nout"},
		{"native", sdk.NativeTool{Name: "Bash", Input: json.RawMessage(`{}`), Output: "a.go"}, "[tool Bash: {}]\na.go"},
		{"native, denied", sdk.NativeTool{Name: "Bash", Denied: true, IsError: true}, "[tool Bash]\n[not allowed]"},
		{"native, failed", sdk.NativeTool{Name: "Bash", IsError: true, Output: "why"}, "[tool Bash]\n[failed]\nwhy"},
	} {
		if got := transcript.Narrate(tt.in).Text; got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

func TestImages(t *testing.T) {
	t.Parallel()
	png := []byte("\x89PNG\r\n\x1a\n0123456789")
	for data, want := range map[string]string{
		string(png): "image/png", "\xff\xd8\xff\xe0": "image/jpeg", "GIF89a": "image/gif", "GIF87a": "image/gif",
		"RIFF0000WEBP": "image/webp", "RIFF": "", "<svg>": "", "": "",
	} {
		if got := transcript.SniffImage([]byte(data)); got != want {
			t.Errorf("%q: %q", data, got)
		}
	}
	if got := transcript.ReadableImage(sdk.Image{MediaType: "image/jpeg", Data: png}, 0); got.(sdk.Image).MediaType != "image/png" { //nolint:forcetypeassert // a panic fails the test as well
		t.Errorf("%+v", got)
	}
	for name, got := range map[string]sdk.Block{
		"no image":  transcript.ReadableImage(sdk.Image{Data: []byte("x")}, 0),
		"too large": transcript.ReadableImage(sdk.Image{Data: append(png, make([]byte, 1<<20)...)}, 1<<20),
	} {
		if text, ok := got.(sdk.Text); !ok || !strings.HasPrefix(text.Text, "[image left out: ") {
			t.Errorf("%s: %+v", name, got)
		}
	}
	orphan := transcript.NarrateResult(sdk.ToolResult{Content: []sdk.Block{sdk.Text{Text: "a"}, sdk.Image{Data: png}}}, 1<<20)
	if _, ok := orphan[1].(sdk.Image); len(orphan) != 2 || !ok {
		t.Errorf("%+v", orphan)
	}
}
