package ollama

import (
	"encoding/json"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/transcript"
)

// message is one message in the shape of the wire.
type message struct {
	role string
	// parts are texts and images.
	parts []sdk.Block
	calls []sdk.ToolCall
	// callID is the call that a message of the role tool answers.
	callID string
	// thinking is sent back under the name that the server gave it.
	thinking, thinkingField string
}

// The roles of the wire.
const (
	roleSystem    = "system"
	roleUser      = "user"
	roleAssistant = "assistant"
	roleTool      = "tool"
)

const resultMissing = "[the tool call was interrupted and has no result]"

// conversation turns a transcript into messages. Many templates want users and
// assistants to alternate, so neighbours of one role become one; every call is followed
// by its result.
type conversation struct {
	messages []message
	results  map[string]sdk.ToolResult
	answered map[string]bool
	// called are the names of the tools that were called, by the ids of the calls.
	called map[string]string
	// pictures are images of results, which have no place there: they follow in a
	// message of the user's.
	pictures []sdk.Block
	// told says that calls and results are told as text, for a model without tools.
	told bool
}

func newConversation(request *sdk.Request, told bool) []message {
	c := &conversation{results: map[string]sdk.ToolResult{}, answered: map[string]bool{}, called: map[string]string{}, told: told}
	if text := systemText(request.System); text != "" {
		c.messages = append(c.messages, message{role: roleSystem, parts: []sdk.Block{sdk.Text{Text: text}}})
	}
	c.collect(request.Messages)
	recent := lastPrompt(request.Messages)
	for i, m := range request.Messages {
		if m.Role == sdk.RoleAssistant {
			c.assistant(m, i > recent)
		} else {
			c.user(m)
		}
	}
	c.flush()
	return c.messages
}

func systemText(blocks []sdk.SystemBlock) string {
	text := ""
	for _, block := range blocks {
		if transcript.Blank(block.Text) {
			continue
		}
		if text != "" {
			text += "\n\n"
		}
		text += block.Text
	}
	return text
}

// collect finds the result of every call. Of several, the last one counts: the first
// stood for one that had not come.
func (c *conversation) collect(messages []sdk.Message) {
	for _, m := range messages {
		for _, block := range m.Blocks {
			switch b := block.(type) {
			case sdk.ToolResult:
				c.results[b.ToolCallID] = b
			case sdk.ToolCall:
				c.called[b.ID] = b.Name
			default:
			}
		}
	}
}

// lastPrompt is the place of the last message that a person wrote. Reasoning before it
// is done with, and servers drop it themselves.
func lastPrompt(messages []sdk.Message) int {
	for i := len(messages) - 1; i >= 0; i-- {
		if messages[i].Role != sdk.RoleUser {
			continue
		}
		for _, block := range messages[i].Blocks {
			if _, ok := block.(sdk.ToolResult); !ok {
				return i
			}
		}
	}
	return -1
}

func (c *conversation) user(m sdk.Message) {
	var parts []sdk.Block
	for _, block := range m.Blocks {
		switch b := block.(type) {
		case sdk.ToolResult:
			if !c.answered[b.ToolCallID] {
				parts = append(parts, c.tell(b)...)
			}
		case sdk.Image:
			parts = append(parts, transcript.ReadableImage(b, 0))
		default:
			parts = append(parts, transcript.Narrate(block))
		}
	}
	c.say(roleUser, parts)
}

// tell is a result as text, with its images.
func (c *conversation) tell(result sdk.ToolResult) []sdk.Block {
	parts := transcript.NarrateResult(result, 0)
	if name := c.called[result.ToolCallID]; name != "" {
		parts[0] = sdk.Text{Text: "[the tool " + name + " returned]\n" + transcript.ContentText(result.Content)}
	}
	return parts
}

// say adds parts to the last message of that role, or begins one.
func (c *conversation) say(role string, parts []sdk.Block) {
	if len(parts) == 0 {
		return
	}
	if role == roleUser {
		parts = append(c.pictures, parts...)
		c.pictures = nil
	}
	if n := len(c.messages); n > 0 && c.messages[n-1].role == role && len(c.messages[n-1].calls) == 0 {
		c.messages[n-1].parts = append(c.messages[n-1].parts, parts...)
		return
	}
	c.messages = append(c.messages, message{role: role, parts: parts})
}

// flush sends the pictures that no message of the user's follows.
func (c *conversation) flush() {
	if len(c.pictures) > 0 {
		c.say(roleUser, []sdk.Block{sdk.Text{Text: "[the pictures that the tool returned]"}})
	}
}

func (c *conversation) assistant(m sdk.Message, recent bool) {
	c.flush()
	out := message{role: roleAssistant}
	for _, block := range m.Blocks {
		switch b := block.(type) {
		case sdk.ToolCall:
			out.calls = append(out.calls, b)
		case sdk.Thinking:
			if field := string(b.Opaque); recent && thinkingFields[field] {
				out.thinking, out.thinkingField = out.thinking+b.Text, field
			}
		case sdk.Text:
			out.parts = append(out.parts, b)
		default:
			out.parts = append(out.parts, transcript.Narrate(block))
		}
	}
	if c.told {
		for _, call := range out.calls {
			out.parts = append(out.parts, transcript.Narrate(call))
		}
		out.calls = nil
	}
	if len(out.calls) == 0 && out.thinking == "" {
		c.say(roleAssistant, out.parts)
		return
	}
	c.messages = append(c.messages, out)
	for _, call := range out.calls {
		c.result(call)
	}
}

// result follows its call at once, wherever the transcript has it.
func (c *conversation) result(call sdk.ToolCall) {
	result, ok := c.results[call.ID]
	if !ok {
		result = sdk.ToolResult{IsError: true, Content: []sdk.Block{sdk.Text{Text: resultMissing}}}
	}
	c.answered[call.ID] = true
	text := transcript.ContentText(result.Content)
	if result.IsError {
		text = "Error: " + text
	}
	c.messages = append(c.messages, message{role: roleTool, callID: call.ID, parts: []sdk.Block{sdk.Text{Text: text}}})
	for _, block := range result.Content {
		if image, ok := block.(sdk.Image); ok {
			c.pictures = append(c.pictures, transcript.ReadableImage(image, 0))
		}
	}
}

// arguments are those of a call as the model gave them. What was no JSON cannot be
// sent, for servers parse it.
func arguments(call sdk.ToolCall) string {
	if call.Malformed != "" {
		wrapped, _ := json.Marshal(map[string]string{"no_json": call.Malformed}) // a map of texts always can
		return string(wrapped)
	}
	if len(call.Input) == 0 {
		return "{}"
	}
	return string(call.Input)
}
