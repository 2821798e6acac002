package session

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// exported is the JSON form of a session; fields are only added.
type exported struct {
	SchemaVersion int           `json:"schema_version"`
	ID            string        `json:"id"`
	Project       string        `json:"project"`
	WorkingDir    string        `json:"cwd"`
	Created       time.Time     `json:"created"`
	Provider      string        `json:"provider"`
	Model         string        `json:"model,omitempty"`
	Title         string        `json:"title,omitempty"`
	Name          string        `json:"name,omitempty"`
	ForkedFrom    string        `json:"forked_from,omitempty"`
	Turns         int           `json:"turns"`
	Todos         []tool.Todo   `json:"todos,omitempty"`
	Compacted     []CompactedAt `json:"compacted,omitempty"`
	Messages      []sdk.Message `json:"messages"`
}

// WriteJSON writes the session as one JSON object.
func (t *Transcript) WriteJSON(w io.Writer) error {
	return json.NewEncoder(w).Encode(exported{
		SchemaVersion: schemaVersion, ID: t.ID, Project: t.Project, WorkingDir: t.WorkingDir,
		Created: t.Created, Provider: t.Provider, Model: t.Model, Title: t.Title,
		Name: t.Name, Todos: t.Todos, ForkedFrom: t.ForkedFrom, Turns: t.Turns, Compacted: t.Compacted, Messages: t.Messages,
	})
}

// WriteMarkdown writes the session for people.
func (t *Transcript) WriteMarkdown(w io.Writer) error {
	var out strings.Builder
	title := t.heading()
	fmt.Fprintf(&out, "# %s\n\n- Session: `%s`\n- Folder: `%s`\n- Created: %s\n- Provider: %s %s\n",
		title, t.ID, t.WorkingDir, t.Created.Format(time.RFC3339), t.Provider, t.Model)
	t.Each(
		func(c CompactedAt) { fmt.Fprintf(&out, "\n---\n\n*%s*\n", c) },
		func(i int) { writeMessage(&out, t.Messages[i]) },
	)
	_, err := io.WriteString(w, out.String())
	return err
}

func writeMessage(out *strings.Builder, message sdk.Message) {
	heading := "User"
	if message.Role == sdk.RoleAssistant {
		heading = "Assistant"
	}
	if onlyResults(message) {
		heading = "Tool results"
	}
	fmt.Fprintf(out, "\n## %s\n", heading)
	for _, block := range message.Blocks {
		writeBlock(out, block)
	}
}

func onlyResults(message sdk.Message) bool {
	for _, block := range message.Blocks {
		if _, ok := block.(sdk.ToolResult); !ok {
			return false
		}
	}
	return true
}

func writeBlock(out *strings.Builder, block sdk.Block) {
	switch b := block.(type) {
	case sdk.Text:
		fmt.Fprintf(out, "\n%s\n", b.Text)
	case sdk.Thinking:
		if b.Text != "" {
			fmt.Fprintf(out, "\n<details><summary>Thinking</summary>\n\n%s\n\n</details>\n", b.Text)
		}
	case sdk.Image:
		fmt.Fprintf(out, "\n*(%s, %d bytes)*\n", b.MediaType, len(b.Data))
	case sdk.ToolCall:
		fmt.Fprintf(out, "\n**%s**\n\n%s", b.Name, fenced("json", Readable(b.Input)+b.Malformed))
	case sdk.ToolResult:
		for _, part := range b.Content {
			if text, ok := part.(sdk.Text); ok {
				fmt.Fprintf(out, "\n%s", fenced("", text.Text))
				continue
			}
			writeBlock(out, part)
		}
	case sdk.NativeTool:
		fmt.Fprintf(out, "\n**%s**\n\n%s\n%s", b.Name, fenced("json", Readable(b.Input)), fenced("", b.Output))
	}
}

// Readable is JSON for people: without the escapes that protect it inside of HTML,
// which a session's lines have.
func Readable(input []byte) string {
	if !bytes.Contains(input, []byte(`\u00`)) {
		return string(input)
	}
	plain := map[string]string{`\u003c`: "<", `\u003e`: ">", `\u0026`: "&"}
	var out strings.Builder
	for text := string(input); text != ""; {
		at := strings.IndexByte(text, '\\')
		if at < 0 || at+6 > len(text) {
			out.WriteString(text)
			break
		}
		out.WriteString(text[:at])
		text = text[at:]
		length := 2 // a backslash and what it escapes, which may be another backslash
		if sign, ok := plain[text[:6]]; ok {
			out.WriteString(sign)
			length = 6
		} else {
			out.WriteString(text[:2])
		}
		text = text[length:]
	}
	return out.String()
}

// fenced puts text in a code block whose fence does not occur in it.
func fenced(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + language + "\n" + strings.TrimSuffix(text, "\n") + "\n" + fence + "\n"
}
