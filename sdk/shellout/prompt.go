package shellout

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jcode-go/jcode/sdk"
)

// Prompt is a conversation as text, for programs that take nothing else. Its parts
// are known so that it can be cut where it hurts least.
type Prompt struct {
	// System is the system prompt; may be empty.
	System string
	// Turns are the messages as Transcript writes them, oldest first.
	Turns []string
	// Bare takes the place of both: a prompt without headings, for a program
	// that knows the conversation already.
	Bare string
}

// The headings of a transcript.
const (
	systemHead       = "System:\n"
	conversationHead = "Conversation:\n"
	answerHead       = "Assistant:\n"
	// cutMark says that older messages or parts of the newest are missing.
	cutMark = "[Earlier conversation truncated to fit CLI prompt limits]\n\n"
)

// Transcript is the whole conversation of request: the system prompt, then each
// message under its role, then the heading of the answer that is wanted. Tool
// calls and results become one line in brackets each, reasoning is left out, of
// images only the place is kept.
func Transcript(request *sdk.Request) Prompt {
	p := Prompt{System: systemText(request.System)}
	for _, m := range request.Messages {
		head := "User:\n"
		if m.Role == sdk.RoleAssistant {
			head = "Assistant:\n"
		}
		var body strings.Builder
		writeBlocks(&body, m.Blocks)
		p.Turns = append(p.Turns, head+body.String()+"\n")
	}
	return p
}

// NewestTurn is what the user said since the last answer, for a program that
// resumes a session of its own. To send the whole again would double it.
func NewestTurn(request *sdk.Request) Prompt {
	first := len(request.Messages)
	for first > 0 && request.Messages[first-1].Role == sdk.RoleUser {
		first--
	}
	var body strings.Builder
	for _, m := range request.Messages[first:] {
		writeBlocks(&body, m.Blocks)
	}
	return Prompt{Bare: strings.TrimRight(body.String(), "\n")}
}

func systemText(blocks []sdk.SystemBlock) string {
	var parts []string
	for _, b := range blocks {
		if text := strings.TrimSpace(b.Text); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "\n\n")
}

func writeBlocks(out *strings.Builder, blocks []sdk.Block) {
	for _, block := range blocks {
		switch b := block.(type) {
		case sdk.Text:
			out.WriteString(b.Text + "\n")
		case sdk.Image:
			out.WriteString("[image]\n")
		case sdk.ToolCall:
			input := string(b.Input)
			if b.Input == nil {
				input = strconv.Quote(b.Malformed)
			}
			writeToolUse(out, b.Name, input)
		case sdk.ToolResult:
			writeToolResult(out, b.ToolCallID, b.IsError)
			writeBlocks(out, b.Content)
		case sdk.NativeTool:
			writeToolUse(out, b.Name, string(b.Input))
			writeToolResult(out, b.ID, b.IsError)
			out.WriteString(b.Output + "\n")
		case sdk.Thinking: // only the model that made it may see it
		}
	}
}

func writeToolUse(out *strings.Builder, name, input string) {
	out.WriteString("[tool_use " + name + " input=" + compactJSON(input) + "]\n")
}

func writeToolResult(out *strings.Builder, id string, isError bool) {
	out.WriteString("[tool_result " + id + " is_error=" + strconv.FormatBool(isError) + "]\n")
}

// String is the whole prompt.
func (p Prompt) String() string {
	if p.Bare != "" {
		return p.Bare
	}
	return join(p.systemPart(), "", p.Turns)
}

func (p Prompt) systemPart() string {
	if strings.TrimSpace(p.System) == "" {
		return ""
	}
	return systemHead + strings.TrimSpace(p.System) + "\n\n"
}

func join(system, mark string, turns []string) string {
	return system + mark + conversationHead + strings.Join(turns, "") + answerHead
}

// Fit is the prompt in at most limit bytes, and whether something had to go: the
// oldest messages first, whole; then the middle of the newest one and of the
// system prompt, which get half of the limit each if both are too long. Note, if
// not empty, is put where the cut is told. No character is split.
func (p Prompt) Fit(limit int, note string) (text string, cut bool) {
	if whole := p.String(); len(whole) <= limit {
		return whole, false
	}
	if note != "" {
		note += "\n\n"
	}
	mark := cutMark + note
	if p.Bare != "" {
		return clip(mark+middle(p.Bare, limit-len(mark)), limit), true
	}
	system, turns := p.systemPart(), p.Turns
	room := limit - len(join("", mark, nil))
	if len(turns) == 0 {
		return clip(join(middle(system, room), mark, nil), limit), true
	}
	newest := turns[len(turns)-1]
	if len(system)+len(newest) > room {
		system = middle(system, max(room/2, room-len(newest)))
		newest = middle(newest, room-len(system))
		return clip(join(system, mark, []string{newest}), limit), true
	}
	first := len(turns) - 1
	for room -= len(system) + len(newest); first > 0 && len(turns[first-1]) <= room; first-- {
		room -= len(turns[first-1])
	}
	return join(system, mark, turns[first:]), true
}

// gap stands for what was taken out of a text.
const gap = "\n[…]\n"

// middle takes so much out of the middle of text that at most limit bytes are
// left.
func middle(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	keep := limit - len(gap)
	if keep <= 0 {
		return ""
	}
	head, tail := keep-keep/2, len(text)-keep/2
	for head > 0 && !utf8.RuneStart(text[head]) {
		head--
	}
	for tail < len(text) && !utf8.RuneStart(text[tail]) {
		tail++
	}
	return text[:head] + gap + text[tail:]
}

// clip is for limits that do not even hold the headings.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	limit = max(limit, 0)
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
