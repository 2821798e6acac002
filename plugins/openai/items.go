package openai

import (
	"encoding/base64"
	"slices"
	"strconv"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/toolspec"
	"github.com/jcode-go/jcode/sdk/transcript"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

// itemKind is what an input item is on the wire.
type itemKind int

const (
	itemUser itemKind = iota
	itemDeveloper
	itemAssistant
	itemReasoning
	itemCall
	itemOutput
)

// item is one input item. None of them bears the vendor's id: with store:false the
// vendor does not know it any more.
type item struct {
	kind itemKind
	// blocks are texts and images of a user's message or of an output.
	blocks []sdk.Block
	// text is an assistant's text, or the reasoning item as it came.
	text string
	// id pairs a call with its output; name and input are the call's.
	id, name string
	input    []byte
	isError  bool
}

const (
	// nudge stands where there is nothing to answer.
	nudge = "Continue."
	// outputMissing answers a call whose result never came.
	outputMissing = "Tool output missing (session interrupted before tool execution completed)"
	silentFailure = "the tool failed without a message"
	errorMark     = "[Error] "

	// maxResultImage is the largest image of a tool's that is sent: one that the
	// vendor refuses would make every later request of the session fail.
	maxResultImage = 20 << 20
)

// items turns any transcript into what the API accepts: every call has exactly one
// output right after the calls of its message, reasoning stands before what came of
// it, and no id is too long or used twice.
func (t *turn) items(leave without) []item {
	c := conversion{
		keepReasoning: !leave.reasoningItems && !leave.include && !leave.reasoning && t.reasons(), origin: t.origin,
		results: collectResults(t.request.Messages), used: map[string]bool{},
	}
	if leave.instructions {
		if text := t.system(); text != "" {
			c.out = append(c.out, item{kind: itemDeveloper, blocks: []sdk.Block{sdk.Text{Text: text}}})
		}
	}
	for i := range t.request.Messages {
		if m := &t.request.Messages[i]; m.Role == sdk.RoleAssistant {
			c.assistant(m)
		} else {
			c.user(m)
		}
	}
	if n := len(c.out); n == 0 || c.out[n-1].kind == itemAssistant || c.out[n-1].kind == itemDeveloper {
		c.addUser(sdk.Text{Text: nudge})
	}
	return c.out
}

// conversion is one transcript under way.
type conversion struct {
	keepReasoning bool
	origin        string
	results       *results
	used          map[string]bool // wire ids of calls
	out           []item
}

// user merges what the user says one after the other. Results were put to their
// calls; one that answers none is told as text, so that nothing is lost.
func (c *conversion) user(m *sdk.Message) {
	for _, block := range m.Blocks {
		switch b := block.(type) {
		case sdk.Text:
			if !transcript.Blank(b.Text) {
				c.addUser(b)
			}
		case sdk.Image:
			c.addUser(transcript.ReadableImage(b, 0))
		case sdk.ToolResult:
			if !c.results.answersCall(b.ToolCallID) {
				c.addUser(transcript.NarrateResult(b, maxResultImage)...)
			}
		case sdk.ToolCall, sdk.NativeTool:
			c.addUser(transcript.Narrate(b))
		case sdk.Thinking: // has no meaning here
		}
	}
}

func (c *conversion) addUser(blocks ...sdk.Block) {
	if n := len(c.out); n > 0 && c.out[n-1].kind == itemUser {
		c.out[n-1].blocks = append(c.out[n-1].blocks, blocks...)
		return
	}
	c.out = append(c.out, item{kind: itemUser, blocks: blocks})
}

// assistant keeps the order of an answer: reasoning goes before the text or call
// that followed it, and is dropped where nothing did, for the API refuses it alone.
func (c *conversion) assistant(m *sdk.Message) {
	var reasoning, outputs []item
	add := func(it item) {
		c.out = append(append(c.out, reasoning...), it)
		reasoning = nil
	}
	for _, block := range m.Blocks {
		switch b := block.(type) {
		case sdk.Text:
			if !transcript.Blank(b.Text) {
				add(item{kind: itemAssistant, text: b.Text})
			}
		case sdk.Thinking:
			if c.keepReasoning && m.Provider == providerName {
				if wire, ok := replayed(b, c.origin); ok {
					reasoning = append(reasoning, item{kind: itemReasoning, text: wire})
				}
			}
		case sdk.ToolCall:
			call, output := c.call(b)
			add(call)
			outputs = append(outputs, output)
		case sdk.NativeTool, sdk.Image, sdk.ToolResult:
			add(item{kind: itemAssistant, text: transcript.Narrate(b).Text})
		}
	}
	c.out = append(c.out, outputs...)
}

// call makes a call and its output, under an id that the API takes and that no
// other call has.
func (c *conversion) call(b sdk.ToolCall) (call, output item) {
	input, ok := callInput(b)
	id := c.wireID(b.ID)
	result := c.results.take(b.ID)
	output = item{kind: itemOutput, id: id, blocks: fitContent(result), isError: result.IsError || !ok}
	return item{kind: itemCall, id: id, name: b.Name, input: input}, output
}

func (c *conversion) wireID(id string) string {
	if id == "" {
		id = "call"
	}
	wire := toolspec.WireName(id)
	for n := 2; c.used[wire]; n++ {
		wire = toolspec.WireName(id + "_" + strconv.Itoa(n))
	}
	c.used[wire] = true
	return wire
}

var emptyObject = []byte("{}")

func callInput(call sdk.ToolCall) (input []byte, ok bool) {
	if call.Malformed != "" {
		return emptyObject, false
	}
	if len(call.Input) == 0 || string(call.Input) == "null" {
		return emptyObject, true
	}
	if fixed, ok := wirejson.Object(call.Input); ok {
		return fixed, true
	}
	return emptyObject, false
}

// fitContent makes a result's content what the API takes there.
func fitContent(result sdk.ToolResult) []sdk.Block {
	out := make([]sdk.Block, 0, len(result.Content))
	for _, block := range result.Content {
		switch b := block.(type) {
		case sdk.Text:
			if b.Text != "" {
				out = append(out, b)
			}
		case sdk.Image:
			out = append(out, transcript.ReadableImage(b, maxResultImage))
		case sdk.ToolCall, sdk.ToolResult, sdk.NativeTool:
			out = append(out, transcript.Narrate(b))
		case sdk.Thinking: // is none of a tool's
		}
	}
	if result.IsError && len(out) == 0 {
		out = append(out, sdk.Text{Text: silentFailure})
	}
	return out
}

// appendItems writes the items.
func appendItems(b []byte, items []item, names *toolspec.Names) []byte {
	for i, it := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = it.append(b, names)
	}
	return b
}

func (it item) append(b []byte, names *toolspec.Names) []byte {
	switch it.kind {
	case itemUser:
		return appendMessage(b, "user", it.blocks)
	case itemDeveloper:
		return appendMessage(b, "developer", it.blocks)
	case itemAssistant:
		b = append(b, `{"type":"message","role":"assistant","content":[{"type":"output_text"`...)
		b = wirejson.AppendField(b, "text", it.text)
		return append(b, "}]}"...)
	case itemReasoning:
		return append(b, it.text...)
	case itemCall:
		b = append(b, `{"type":"function_call"`...)
		b = wirejson.AppendField(b, "name", names.Wire(it.name))
		b = wirejson.AppendField(b, "arguments", string(it.input))
		b = wirejson.AppendField(b, "call_id", it.id)
		return append(b, '}')
	case itemOutput:
		b = append(b, `{"type":"function_call_output"`...)
		b = wirejson.AppendField(b, "call_id", it.id)
		b = append(b, `,"output":`...)
		b = it.appendOutput(b)
		return append(b, '}')
	}
	return b
}

func appendMessage(b []byte, role string, blocks []sdk.Block) []byte {
	b = append(b, `{"type":"message"`...)
	b = wirejson.AppendField(b, "role", role)
	b = append(b, `,"content":[`...)
	return append(appendParts(b, blocks), "]}"...)
}

// appendOutput writes text as a plain string, and parts only where there is an
// image.
func (it item) appendOutput(b []byte) []byte {
	blocks := it.blocks
	if it.isError {
		blocks = append([]sdk.Block{sdk.Text{Text: errorMark}}, blocks...)
	}
	if slices.ContainsFunc(blocks, func(block sdk.Block) bool { _, ok := block.(sdk.Image); return ok }) {
		b = append(b, '[')
		return append(appendParts(b, blocks), ']')
	}
	return wirejson.AppendString(b, transcript.ContentText(blocks))
}

func appendParts(b []byte, blocks []sdk.Block) []byte {
	for i, block := range blocks {
		if i > 0 {
			b = append(b, ',')
		}
		switch v := block.(type) {
		case sdk.Text:
			b = append(b, `{"type":"input_text"`...)
			b = wirejson.AppendField(b, "text", v.Text)
			b = append(b, '}')
		case sdk.Image:
			b = append(b, `{"type":"input_image","image_url":"data:`...)
			b = append(b, v.MediaType...)
			b = append(b, ";base64,"...)
			b = base64.StdEncoding.AppendEncode(b, v.Data)
			b = append(b, `"}`...)
		case sdk.Thinking, sdk.ToolCall, sdk.ToolResult, sdk.NativeTool: // the conversion leaves none
		}
	}
	return b
}

// size is the length of the item's JSON, or a little more.
func (it item) size() int {
	const frame = 128
	n := frame + wirejson.Size(it.text) + len(it.id) + len(it.name) + wirejson.Size(string(it.input))
	for _, block := range it.blocks {
		switch b := block.(type) {
		case sdk.Text:
			n += frame + wirejson.Size(b.Text)
		case sdk.Image:
			n += frame + base64.StdEncoding.EncodedLen(len(b.Data))
		default:
		}
	}
	return n
}
