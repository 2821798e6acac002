package session

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
)

// secretTalk has the same secrets in several places and forms.
func secretTalk() *Transcript {
	return &Transcript{
		Summary: Summary{ID: "20260101-000000-aaaaa", Title: "use horse-staple", WorkingDir: "/home/al/work", Provider: "p", Model: "m"},
		Messages: []sdk.Message{
			{Role: sdk.RoleUser, Blocks: []sdk.Block{
				sdk.Text{Text: "Authorization: Token abcdefgh12 and /home/al, /home/alice"},
				sdk.Image{MediaType: "image/png", Data: []byte("pixels")},
			}},
			{Role: sdk.RoleAssistant, Blocks: []sdk.Block{
				sdk.Thinking{Text: "it is abcdefgh12", Signature: "sig-nature", Opaque: []byte("opaque"), Origin: "o"},
				sdk.ToolCall{ID: "c1", Name: "write", Input: json.RawMessage(`{"n":1, "file":"/home/al/x","env":{"api_key":"pass phrase\" 1"},"list":["horse-staple","a\\\"b"]}`)},
			}},
			{Role: sdk.RoleUser, Blocks: []sdk.Block{
				sdk.ToolResult{ToolCallID: "c1", Content: []sdk.Block{sdk.Text{Text: "DB_PASSWORD='x y z secret' wrote pass phrase 1"}}},
				sdk.NativeTool{ID: "n", Name: "sh", Input: json.RawMessage(`{"password":"hunter2hunter2"}`), Output: "x y z secret; hunter2hunter2 me@example.com"},
			}},
		},
	}
}

func TestRedacted(t *testing.T) {
	t.Parallel()
	for _, format := range []struct {
		name  string
		write func(*Transcript, *bytes.Buffer) error
	}{
		{"json", func(t *Transcript, out *bytes.Buffer) error { return t.WriteJSON(out) }},
		{"md", func(t *Transcript, out *bytes.Buffer) error { return t.WriteMarkdown(out) }},
		{"html", func(t *Transcript, out *bytes.Buffer) error { return t.WriteHTML(out) }},
	} {
		t.Run(format.name, func(t *testing.T) {
			t.Parallel()
			talk := secretTalk()
			var out bytes.Buffer
			must(t, format.write(talk.Redacted(RedactOptions{Secrets: []string{"horse-staple"}, UserHome: "/home/al", Emails: true}), &out))
			for _, secret := range []string{
				"horse-staple", "abcdefgh12", "pass phrase", "x y z secret", "hunter2", "me@example", "sig-nature",
				"cGl4ZWxz", "b3BhcXVl", "/home/al/", // the picture, the opaque part
			} {
				if strings.Contains(out.String(), secret) {
					t.Errorf("%q is in it:\n%s", secret, out.String())
				}
			}
			for _, kept := range []string{"~/work", "/home/alice", "[email]", "[picture left out: image/png]"} {
				if !strings.Contains(out.String(), kept) {
					t.Errorf("%q is not in it:\n%s", kept, out.String())
				}
			}
			if before, err := json.Marshal(secretTalk().Messages); err != nil {
				t.Error(err)
			} else if after, _ := json.Marshal(talk.Messages); !bytes.Equal(before, after) {
				t.Error("the session itself was changed")
			}
		})
	}
}

// What an export holds is text and nothing else, whatever the model wrote.
func TestHTMLIsInert(t *testing.T) {
	t.Parallel()
	const evil = `</pre><script>alert(1)</script><img src=x onerror=y>&"'` + "\x1b\u202e"
	talk := &Transcript{
		Summary: Summary{ID: "1", Title: evil, WorkingDir: evil, Provider: evil, Model: evil},
		Messages: []sdk.Message{{Role: sdk.RoleAssistant, Blocks: []sdk.Block{
			sdk.Text{Text: evil},
			sdk.Thinking{Text: evil},
			sdk.Image{MediaType: evil, Data: []byte("x")},
			sdk.Image{MediaType: "image/svg+xml", Data: []byte("<svg onload=x>")},
			sdk.Image{MediaType: "image/png", Data: []byte("x")},
			sdk.ToolCall{ID: evil, Name: evil, Malformed: evil},
			sdk.NativeTool{Name: evil, Output: evil},
		}}, {Role: sdk.RoleUser, Blocks: []sdk.Block{
			sdk.ToolResult{ToolCallID: evil, IsError: true, Content: []sdk.Block{sdk.Text{Text: evil}, sdk.Image{MediaType: "image/png", Data: []byte("y")}}},
		}}},
	}
	var out bytes.Buffer
	must(t, talk.WriteHTML(&out))
	page := out.String()
	for _, no := range []string{"<script", "<img src=x", "\x1b", "\u202e", "svg+xml;", "http:", "https:"} {
		if strings.Contains(page, no) {
			t.Errorf("%q is in the page", no)
		}
	}
	for what, want := range map[string]int{"<details>": 3, "</details>": 3, `src="data:image/png;base64,`: 2, "failed</span>": 1, "prefers-color-scheme: dark": 1} {
		if got := strings.Count(page, what); got != want {
			t.Errorf("%d times %q, want %d", got, what, want)
		}
	}
}

func FuzzRedactJSON(f *testing.F) {
	for _, seed := range []string{`{"token":"abc"}`, `["\"", {"a":{"password" : "\u0041bcdefgh"}}]`, `"x"`, `{"secret":["a"],"b":1}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		h := hider{text: func(s string) string { return s + "!" }}
		out := h.json(json.RawMessage(in))
		if json.Valid([]byte(in)) != json.Valid(out) {
			t.Errorf("%q became %q", in, out)
		}
	})
}

// What is no export is refused, and what is accepted can be exported again.
func FuzzImport(f *testing.F) {
	var seed bytes.Buffer
	_ = secretTalk().WriteJSON(&seed)
	f.Add(seed.String())
	f.Add(`{"schema_version":1,"id":"x","messages":[{"role":"user","blocks":[]}]}`)
	f.Add(`{"schema_version":1,"id":"../x","messages":[{"role":"system"}]}`)
	f.Fuzz(func(t *testing.T, in string) {
		read, err := decodeExport(strings.NewReader(in))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := (&Transcript{Messages: read.Messages}).WriteHTML(&out); err != nil {
			t.Error(err)
		}
	})
}
