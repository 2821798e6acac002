package session

import (
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jcode-go/jcode/sdk"
)

// The page is one file: no script, no font, no picture from anywhere, which its
// policy says too. Colours follow the reader's system.
const (
	pageHead = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
`
	pageStyle = `<style>
:root { --text: #1b1f24; --page: #fff; --dim: #59636e; --box: #f3f4f6; --line: #d5d9de; --user: #e7f0fb; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e3e6ea; --page: #15181c; --dim: #98a2ad; --box: #1f242a; --line: #363d46; --user: #1c2b3f; --bad: #ff8a80; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; color: var(--dim); font-size: .9rem; }
dd { margin: 0; overflow-wrap: anywhere; }
section { margin: 1.2rem 0; }
h2 { font-size: .8rem; text-transform: uppercase; letter-spacing: .05em; color: var(--dim); margin: 0 0 .3rem; }
pre { font: .85rem/1.45 ui-monospace, monospace; background: var(--box); border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .8rem; margin: .4rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.say { white-space: pre-wrap; overflow-wrap: anywhere; }
.user .say { background: var(--user); border-radius: .4rem; padding: .6rem .8rem; }
details { border-left: 3px solid var(--line); padding-left: .8rem; margin: .5rem 0; }
summary { color: var(--dim); overflow-wrap: anywhere; }
summary code { color: var(--text); }
.mark { color: var(--dim); font-size: .9rem; }
.bad { color: var(--bad); }
img { max-width: 100%; }
</style>
`
)

// WriteHTML writes the session as one page that needs nothing else. Everything in
// it is text; tool calls are folded, with their results.
func (t *Transcript) WriteHTML(w io.Writer) error {
	p := page{results: toolResults(t.Messages)}
	p.add(pageHead, "<title>", p.text(t.heading()), "</title>\n", pageStyle, "</head>\n<body>\n")
	p.header(t)
	t.Each(
		func(c CompactedAt) { p.add("<hr><p class=\"mark\">", p.text(c.String()), "</p>\n") },
		func(i int) { p.message(t.Messages[i]) },
	)
	p.add("</body>\n</html>\n")
	_, err := io.WriteString(w, p.out.String())
	return err
}

func (t *Transcript) heading() string {
	for _, text := range []string{t.Name, t.Title} {
		if text != "" {
			return text
		}
	}
	return "Session " + t.ID
}

// page is a page while it is written.
type page struct {
	out     strings.Builder
	results map[string]sdk.ToolResult
}

func (p *page) add(parts ...string) {
	for _, part := range parts {
		p.out.WriteString(part)
	}
}

// text makes any text part of a page. Control characters say nothing there, and
// those that turn the direction of writing could make it look like something else.
func (*page) text(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069':
			return '\uFFFD'
		}
		return r
	}, s)
	return html.EscapeString(s)
}

func (p *page) header(t *Transcript) {
	p.add("<h1>", p.text(t.heading()), "</h1>\n<dl>\n")
	rows := [][2]string{
		{"Session", t.ID},
		{"Folder", t.WorkingDir},
		{"Begun", t.Created.Format(time.RFC1123)},
		{"Model", strings.TrimSpace(t.Provider + " " + t.Model)},
		{"Turns", fmt.Sprint(t.Turns)},
		{"Tokens", fmt.Sprintf("%d in, %d out", t.Usage.InputTokens, t.Usage.OutputTokens)},
	}
	for _, row := range rows {
		p.add("<dt>", row[0], "</dt><dd>", p.text(row[1]), "</dd>\n")
	}
	p.add("</dl>\n")
}

func (p *page) message(message sdk.Message) {
	if onlyResults(message) {
		return // each is shown with its call
	}
	who := "assistant"
	if message.Role == sdk.RoleUser {
		who = "user"
	}
	p.add(`<section class="`, who, `"><h2>`, who, "</h2>\n")
	for _, block := range message.Blocks {
		p.block(block)
	}
	p.add("</section>\n")
}

func (p *page) block(block sdk.Block) {
	switch b := block.(type) {
	case sdk.Text:
		p.add(`<div class="say">`, p.text(strings.TrimRight(b.Text, "\n")), "</div>\n")
	case sdk.Thinking:
		if b.Text != "" {
			p.fold("thinking", "", false, func() { p.pre(b.Text) })
		}
	case sdk.Image:
		p.image(b)
	case sdk.ToolCall:
		result, answered := p.results[b.ID]
		p.fold(b.Name, oneLine(Readable(b.Input)+b.Malformed), result.IsError, func() {
			p.pre(Readable(b.Input) + b.Malformed)
			if answered {
				p.result(result)
			}
		})
	case sdk.NativeTool:
		p.fold(b.Name, oneLine(Readable(b.Input)), b.IsError || b.Denied, func() {
			p.pre(Readable(b.Input))
			p.pre(b.Output)
		})
	case sdk.ToolResult:
	}
}

func (p *page) result(result sdk.ToolResult) {
	for _, block := range result.Content {
		if text, ok := block.(sdk.Text); ok {
			p.pre(text.Text)
			continue
		}
		p.block(block)
	}
}

func (p *page) fold(name, gist string, failed bool, body func()) {
	p.add("<details><summary><code>", p.text(name), "</code> ", p.text(gist))
	if failed {
		p.add(` <span class="bad">failed</span>`)
	}
	p.add("</summary>\n")
	body()
	p.add("</details>\n")
}

func (p *page) pre(text string) {
	if text = strings.TrimRight(text, "\n"); text != "" {
		p.add("<pre>", p.text(text), "</pre>\n")
	}
}

// pictures are the kinds that no browser takes for a document.
var pictures = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

func (p *page) image(b sdk.Image) {
	if !slices.Contains(pictures, b.MediaType) {
		p.add("<p>[", p.text(b.MediaType), "]</p>\n")
		return
	}
	p.add(`<img alt="" src="data:`, b.MediaType, ";base64,", base64.StdEncoding.EncodeToString(b.Data), "\">\n")
}

// oneLine is the beginning of a text on one line.
func oneLine(text string) string {
	const most = 100
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most-1]) + "…"
	}
	return text
}

// toolResults are the results of all calls by the calls' ids.
func toolResults(messages []sdk.Message) map[string]sdk.ToolResult {
	results := map[string]sdk.ToolResult{}
	for _, message := range messages {
		for _, block := range message.Blocks {
			if result, ok := block.(sdk.ToolResult); ok {
				results[result.ToolCallID] = result
			}
		}
	}
	return results
}
