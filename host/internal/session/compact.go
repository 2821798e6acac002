package session

import (
	"slices"

	"github.com/jcode-go/jcode/sdk"
)

// Compaction makes the conversation that goes to the model shorter. The file keeps
// every message: only what is sent changes.
type Compaction struct {
	// Trigger is "auto" or "context_exceeded".
	Trigger    string `json:"trigger"`
	PreTokens  int64  `json:"pre_tokens"`
	PostTokens int64  `json:"post_tokens"`
	// Cut are tool results whose content is replaced. It is done first.
	Cut []CutResult `json:"cut,omitempty"`
	// Replaced is how many messages, from the first, Head stands for; 0 leaves
	// them as they are. Roles go on alternating behind Head.
	Replaced int           `json:"replaced,omitempty"`
	Head     []sdk.Message `json:"head,omitempty"`
}

// CutResult is one tool result that lost its content.
type CutResult struct {
	// Message is the index of its message, before Head takes the place of any.
	Message    int    `json:"message"`
	ToolCallID string `json:"tool_call_id"`
	// Text stands for what was cut.
	Text string `json:"text"`
}

// Apply returns the messages as they are sent after the compaction. Those given
// are not written to.
func (c Compaction) Apply(messages []sdk.Message) []sdk.Message {
	out := slices.Clone(messages)
	for _, cut := range c.Cut {
		if cut.Message < 0 || cut.Message >= len(out) {
			continue
		}
		out[cut.Message].Blocks = cutIn(out[cut.Message].Blocks, cut)
	}
	if c.Replaced <= 0 || c.Replaced > len(out) {
		return out
	}
	return slices.Concat(c.Head, out[c.Replaced:])
}

func cutIn(blocks []sdk.Block, cut CutResult) []sdk.Block {
	blocks = slices.Clone(blocks)
	for i, block := range blocks {
		if result, ok := block.(sdk.ToolResult); ok && result.ToolCallID == cut.ToolCallID {
			result.Content = []sdk.Block{sdk.Text{Text: cut.Text}}
			blocks[i] = result
		}
	}
	return blocks
}

// Compact records a compaction and goes by it from now on. What providers keep of
// the conversation themselves is forgotten: it is of the longer one.
func (s *Session) Compact(c Compaction) error {
	return s.write(entry{Type: typeCompact, Compaction: &c}, sdk.Message{})
}

// Context is how many tokens the conversation had when the model was last asked, by
// what the provider said, and how many bytes of messages came after. No tokens
// means that no provider said.
func (s *Session) Context() (tokens, since int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.context, s.state.since
}

// compact applies a compaction. A transcript is everything that was said, so there
// it only moves the count of what is sent, and is noted.
func (s *state) compact(c Compaction) {
	if s.whole {
		s.compacted = append(s.compacted, CompactedAt{
			Message: len(s.messages), Trigger: c.Trigger, PreTokens: c.PreTokens, PostTokens: c.PostTokens,
			Cut: len(c.Cut), Summarized: c.Replaced > 0,
		})
		if c.Replaced > 0 {
			s.hidden += c.Replaced - len(c.Head)
		}
		return
	}
	s.messages = c.Apply(s.messages)
	s.provider = nil
	s.context, s.since = c.PostTokens, 0
}

// ContextTokens is how long the conversation was that a call's usage is of.
func ContextTokens(usage sdk.Usage) int64 {
	all := usage.InputTokens + usage.CacheReadTokens + usage.CacheWriteTokens + usage.OutputTokens
	return all / int64(max(1, usage.Turns)) // several calls each read it
}

// imageBytes is what a picture counts for: about 1,600 tokens, whatever its size.
const imageBytes = 6400

// MessageBytes is the size of what a model reads of the blocks.
func MessageBytes(blocks []sdk.Block) int64 {
	var n int64
	for _, block := range blocks {
		switch b := block.(type) {
		case sdk.Text:
			n += int64(len(b.Text))
		case sdk.Thinking:
			n += int64(len(b.Text) + len(b.Signature) + len(b.Opaque))
		case sdk.Image:
			n += imageBytes
		case sdk.ToolCall:
			n += int64(len(b.ID) + len(b.Name) + len(b.Input) + len(b.Malformed))
		case sdk.ToolResult:
			n += int64(len(b.ToolCallID)) + MessageBytes(b.Content)
		case sdk.NativeTool:
			n += int64(len(b.Name) + len(b.Input) + len(b.Output))
		}
	}
	return n
}
