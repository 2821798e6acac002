package claude

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/toolspec"
	"github.com/jcode-go/jcode/sdk/transcript"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

const (
	// providerName is what the host records as Message.Provider.
	providerName = "claude"
	// nudge stands where the API demands a user message and there is none.
	nudge = "Continue."
	// interrupted answers a call whose result never came.
	interrupted = "[Session interrupted before tool execution completed]"
	// silentFailure stands for an error without text, which the API refuses.
	silentFailure = "[the tool failed without a message]"
	// maxResultImageBytes is the API's limit for one image. A tool result with a
	// larger one would make every later request of the session fail, so it is
	// replaced by a note; the user's own image is left for the API to refuse.
	maxResultImageBytes = 5 << 20
)

// wireMessage is a message as the API wants it: its blocks are Text, Image,
// Thinking, ToolCall and ToolResult only, in the places where these may stand.
type wireMessage struct {
	role   sdk.Role
	blocks []sdk.Block
	// lostThinking says that thinking of this message cannot be replayed.
	lostThinking bool
}

// replay says which thinking blocks may be sent back: none, or those of one
// family of models.
type replay struct {
	thinking bool
	family   string
}

// repair turns any transcript into one that the API accepts: roles alternate and
// begin and end with the user, every call has exactly one result in the message
// after it, nothing is empty, and no id is unreadable or used twice. A transcript
// that is fine already keeps its content and order.
func repair(messages []sdk.Message, keep replay) []wireMessage {
	p := pairing{out: make([]wireMessage, 0, len(messages)+2), used: map[string]int{}}
	for _, m := range collect(messages, keep) {
		if m.role == sdk.RoleAssistant {
			p.assistant(m)
		} else {
			p.user(m)
		}
	}
	p.end()
	return p.out
}

// pairing gives every tool call its result.
type pairing struct {
	out  []wireMessage
	open []openCall
	used map[string]int // wire ids, and how often each was wanted
}

// openCall is a call of the last assistant message.
type openCall struct {
	hostID, wireID string
	broken         bool // its input was no JSON object
}

func (p *pairing) assistant(m wireMessage) {
	if len(p.out) == 0 {
		p.out = append(p.out, userText(nudge))
	}
	for i, block := range m.blocks {
		if call, ok := block.(sdk.ToolCall); ok {
			m.blocks[i] = p.call(call, block)
		}
	}
	p.out = append(p.out, m)
}

// call opens a call under an id that the API reads and that no other call has,
// with an input that is an object. block is the call itself, which is kept if it is fine.
func (p *pairing) call(call sdk.ToolCall, block sdk.Block) sdk.Block {
	input, ok := callInput(call)
	open := openCall{hostID: call.ID, wireID: p.wireID(call.ID), broken: !ok}
	p.open = append(p.open, open)
	if ok && open.wireID == call.ID && bytes.Equal(input, call.Input) {
		return block
	}
	return sdk.ToolCall{ID: open.wireID, Name: call.Name, Input: input}
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

func (p *pairing) wireID(id string) string {
	id = toolspec.CleanWord(id)
	if id == "" {
		id = "call"
	}
	wanted := id
	for p.used[id] > 0 {
		p.used[wanted]++
		id = wanted + "_" + strconv.Itoa(p.used[wanted])
	}
	p.used[id]++
	return id
}

// user puts the results of the open calls first, in the order of the calls, and
// everything else after them.
func (p *pairing) user(m wireMessage) {
	if len(p.open) == 0 && !hasResult(m.blocks) {
		p.out = append(p.out, m)
		return
	}
	results, rest := p.split(m.blocks)
	m.blocks = append(p.answer(results, &rest), rest...)
	p.out = append(p.out, m)
}

func hasResult(blocks []sdk.Block) bool {
	return slices.ContainsFunc(blocks, func(b sdk.Block) bool { _, ok := b.(sdk.ToolResult); return ok })
}

// split takes out the results that answer an open call; one that answers none
// is told as text, so that nothing is lost.
func (p *pairing) split(blocks []sdk.Block) (results []sdk.ToolResult, rest []sdk.Block) {
	for _, block := range blocks {
		result, ok := block.(sdk.ToolResult)
		switch {
		case !ok:
			rest = append(rest, block)
		case p.isOpen(result.ToolCallID):
			results = append(results, result)
		default:
			rest = append(rest, transcript.NarrateResult(result, maxResultImageBytes)...)
		}
	}
	return results, rest
}

func (p *pairing) isOpen(id string) bool {
	return slices.ContainsFunc(p.open, func(c openCall) bool { return c.hostID == id })
}

// answer closes the open calls. What a result may not carry goes to rest.
func (p *pairing) answer(results []sdk.ToolResult, rest *[]sdk.Block) []sdk.Block {
	out := make([]sdk.Block, 0, len(p.open)+len(*rest))
	for i, call := range p.open {
		result := p.take(&results, call.hostID, i)
		result.ToolCallID = call.wireID
		result.IsError = result.IsError || call.broken
		out = append(out, fitResult(result, rest))
	}
	p.open = p.open[:0]
	return out
}

// take removes the result of a call. The same id twice in one message means two
// results in turn; several results of one call mean a placeholder and the real
// one, which wins.
func (p *pairing) take(results *[]sdk.ToolResult, id string, call int) sdk.ToolResult {
	again := slices.ContainsFunc(p.open[call+1:], func(c openCall) bool { return c.hostID == id })
	best := -1
	for i, result := range *results {
		if result.ToolCallID != id {
			continue
		}
		if best < 0 || isPlaceholder((*results)[best]) {
			best = i
		}
		if again {
			break
		}
	}
	if best < 0 {
		return missingResult()
	}
	result := (*results)[best]
	if again {
		*results = slices.Delete(*results, best, best+1)
	}
	return result
}

func missingResult() sdk.ToolResult {
	return sdk.ToolResult{Content: []sdk.Block{sdk.Text{Text: interrupted}}, IsError: true}
}

func isPlaceholder(result sdk.ToolResult) bool {
	if !result.IsError || len(result.Content) != 1 {
		return false
	}
	text, ok := result.Content[0].(sdk.Text)
	return ok && text.Text == interrupted
}

// end answers calls that nothing came after, and lets the user have the last
// word: the API takes no conversation that ends with the assistant.
func (p *pairing) end() {
	if len(p.open) > 0 {
		var rest []sdk.Block
		answers := p.answer(nil, &rest)
		p.out = append(p.out, wireMessage{role: sdk.RoleUser, blocks: answers})
		return
	}
	if len(p.out) == 0 || p.out[len(p.out)-1].role == sdk.RoleAssistant {
		p.out = append(p.out, userText(nudge))
	}
}

func userText(text string) wireMessage {
	return wireMessage{role: sdk.RoleUser, blocks: []sdk.Block{sdk.Text{Text: text}}}
}
