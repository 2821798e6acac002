package agent

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// plan works out what a compaction cuts.
type plan struct {
	messages []sdk.Message
	// perByte is tokens for a byte, as the provider counts; fixed are the bytes
	// before the messages.
	perByte float64
	fixed   int64
	cut     []session.CutResult
}

// smallResult is tool output that is not worth cutting, in bytes.
const smallResult = 400

func newPlan(messages []sdk.Message, perByte float64, fixed int64) *plan {
	return &plan{messages: messages, perByte: min(max(perByte, 0.1), 1), fixed: fixed}
}

// tokens is the length of a request with these messages, part that of messages
// alone.
func (p *plan) tokens(messages []sdk.Message) int64 {
	return int64(float64(p.fixed)*p.perByte) + p.part(messages)
}

func (p *plan) part(messages []sdk.Message) int64 {
	return int64(float64(sizeOf(messages)) * p.perByte)
}

func sizeOf(messages []sdk.Message) int64 {
	var n int64
	for _, message := range messages {
		n += session.MessageBytes(message.Blocks)
	}
	return n
}

// now are the messages with the cuts made so far.
func (p *plan) now() []sdk.Message { return session.Compaction{Cut: p.cut}.Apply(p.messages) }

func (p *plan) length() int64 { return p.tokens(p.now()) }

// turnsFrom is the index of the n-th last answer of the model; -1 when there are
// fewer.
func (p *plan) turnsFrom(n int) int {
	for i := len(p.messages) - 1; i >= 0; i-- {
		if p.messages[i].Role != sdk.RoleAssistant {
			continue
		}
		if n--; n == 0 {
			return i
		}
	}
	return -1
}

// cutResults cuts the tool output before the latest turns.
func (p *plan) cutResults(keep int) {
	calls := map[string]sdk.ToolCall{}
	for i := range max(0, p.turnsFrom(keep)) {
		for _, block := range p.messages[i].Blocks {
			switch b := block.(type) {
			case sdk.ToolCall:
				calls[b.ID] = b
			case sdk.ToolResult:
				if session.MessageBytes(b.Content) > smallResult {
					p.cut = append(p.cut, session.CutResult{Message: i, ToolCallID: b.ToolCallID, Text: cutNote(calls[b.ToolCallID], b)})
				}
			case sdk.Text, sdk.Thinking, sdk.Image, sdk.NativeTool:
			}
		}
	}
}

// spooled finds the file that holds all of a result, in the words of the tools.
var spooled = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:full output|all of it is in|the whole report):? ((?:/|[A-Za-z]:\\)[^\n\],]+)`)
})

// cutNote stands for the content of a result. Instructions of a folder that came
// with it stay.
func cutNote(call sdk.ToolCall, result sdk.ToolResult) string {
	text := textOf(result.Content)
	note := fmt.Sprintf("[%d bytes of output cut to save room; ", session.MessageBytes(result.Content))
	path := spooled().FindStringSubmatch(text)
	switch {
	case path != nil:
		note += "all of it is in " + path[1] + "]"
	case call.Name == "read":
		note += "read the file again if you need it]"
	default:
		note += "call the tool again if you need it]"
	}
	if guides := tool.Guides(text); guides != "" && call.Name == "read" {
		note += "\n" + guides
	}
	return note
}

// shorten cuts the output of the last turns too, to what fits into so many tokens:
// a single answer can be longer than a model's whole context.
func (p *plan) shorten(from int, room int64) {
	var results []session.CutResult
	for i := from; i < len(p.messages); i++ {
		for _, block := range p.messages[i].Blocks {
			if b, ok := block.(sdk.ToolResult); ok {
				results = append(results, session.CutResult{Message: i, ToolCallID: b.ToolCallID, Text: textOf(b.Content)})
			}
		}
	}
	if len(results) == 0 {
		return
	}
	each := max(smallResult, int(float64(room)/p.perByte)/len(results))
	for _, result := range results {
		if text := result.Text; len(text) > each { // what went wrong is said at the end
			remedy := "call the tool again for a part of it"
			if path := spooled().FindStringSubmatch(text); path != nil {
				remedy = "all of it is in " + path[1]
			}
			result.Text = strings.ToValidUTF8(text[:each/2], "") +
				fmt.Sprintf("\n[cut here to save room: %d bytes in all; %s]\n", len(text), remedy) +
				strings.ToValidUTF8(text[len(text)-each/2:], "")
			p.cut = append(p.cut, result)
		}
	}
}

// tail is the index from which messages are kept beside a summary of those before:
// as many of the latest turns as fit, at least one. The very last, which the model has
// not answered yet, is cut only where it is longer than most.
func (p *plan) tail(room, most int64) int {
	at := -1
	for n := 1; n <= wholeTurns; n++ {
		from := p.turnsFrom(n)
		if from < 0 || at >= 0 && p.part(p.messages[from:]) > room {
			break
		}
		at = from
	}
	if at > 0 && p.part(p.messages[at:]) > max(room, most) {
		p.shorten(at, max(room, most))
	}
	return at
}
