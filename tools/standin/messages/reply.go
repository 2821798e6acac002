package messages

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jcode-go/jcode/tools/standin/internal/stream"
)

// Reply is an answer with HTTP status 200, streamed or whole as the client asked.
type Reply struct {
	Model  string  `json:"model,omitempty"` // the model that claims to answer; default the requested one
	Blocks []Block `json:"blocks"`
	// StopReason defaults to tool_use when there is a tool call, else end_turn.
	StopReason   string          `json:"stop_reason,omitempty"`
	StopSequence string          `json:"stop_sequence,omitempty"`
	StopDetails  json.RawMessage `json:"stop_details,omitempty"`
	Usage        *Usage          `json:"usage,omitempty"` // default: estimated from bytes
	// Flush is when bytes leave: "frame" after every event, "batch" when 32 KiB
	// have gathered or a pause begins, or a number of bytes, which cuts through
	// events and UTF-8 sequences. Default: the server's.
	Flush string `json:"flush,omitempty"`
	// Interleave starts all blocks first, then alternates their deltas.
	Interleave bool `json:"interleave,omitempty"`
}

// Usage is what the reply claims to have cost, in tokens.
type Usage struct {
	Input         int `json:"input_tokens"`
	Output        int `json:"output_tokens"`
	CacheCreation int `json:"cache_creation_input_tokens"`
	CacheRead     int `json:"cache_read_input_tokens"`
}

// The types of Block. The first five are content; the others happen between
// content, in the order in which they stand.
const (
	Text             = "text"
	Thinking         = "thinking"
	RedactedThinking = "redacted_thinking"
	ToolUse          = "tool_use"
	RawBlock         = "block" // a content block of any type: Start, then Deltas
	Ping             = "ping"  // a keep-alive
	Event            = "event" // an event of any name: Event, Data
	RawBytes         = "raw"   // Text, then Bytes, as they are
	Pause            = "pause" // MS milliseconds
	Hang             = "hang"  // until the client goes away
	Error            = "error" // an error event, which ends the stream
	Cut              = "cut"   // the stream ends here, cleanly or, with Abort, by a broken connection
)

// Block is one piece of a reply. Which fields count depends on Type.
type Block struct {
	Type string `json:"type"`

	Text    string `json:"text,omitempty"`     // text, thinking, redacted_thinking, raw
	Chunk   int    `json:"chunk,omitempty"`    // characters per delta; default 16
	Repeat  int    `json:"repeat,omitempty"`   // send Text as that many equal deltas
	DelayMS int    `json:"delay_ms,omitempty"` // before each delta
	Open    bool   `json:"open,omitempty"`     // never send content_block_stop
	// Signature replaces the true signature of a thinking block.
	Signature *string `json:"signature,omitempty"`

	ID    string          `json:"id,omitempty"`   // tool_use; default unique
	Name  string          `json:"name,omitempty"` // tool_use
	Input json.RawMessage `json:"input,omitempty"`
	// Fragments replaces the partial_json deltas that Input would give; they
	// need not join to JSON.
	Fragments []string `json:"fragments,omitempty"`
	// ASCII writes Input with \u escapes, so that Chunk cuts through them.
	ASCII bool `json:"ascii,omitempty"`

	Start  json.RawMessage   `json:"start,omitempty"`  // block
	Deltas []json.RawMessage `json:"deltas,omitempty"` // block; after the own deltas of the others

	Event string          `json:"event,omitempty"` // event
	Data  json.RawMessage `json:"data,omitempty"`  // event
	Bytes []byte          `json:"bytes,omitempty"` // raw; base64 in the file
	MS    int             `json:"ms,omitempty"`    // pause
	Abort bool            `json:"abort,omitempty"` // cut

	ErrorType string `json:"error_type,omitempty"` // error; default overloaded_error
	Message   string `json:"message,omitempty"`    // error
}

var blockTypes = []string{
	Text, Thinking, RedactedThinking, ToolUse, RawBlock,
	Ping, Event, RawBytes, Pause, Hang, Error, Cut,
}

func (r *Reply) check() error {
	if _, err := stream.ParseFlush(r.Flush); err != nil {
		return err
	}
	for i, b := range r.Blocks {
		if err := b.check(); err != nil {
			return fmt.Errorf("blocks[%d]: %w", i, err)
		}
	}
	return nil
}

func (b *Block) check() error {
	switch {
	case !slices.Contains(blockTypes, b.Type):
		return fmt.Errorf("unknown type %q", b.Type)
	case b.Type == ToolUse && b.Name == "":
		return fmt.Errorf("tool_use needs a name")
	case b.Type == RawBlock && len(b.Start) == 0:
		return fmt.Errorf("block needs start")
	case b.Type == Event && (b.Event == "" || len(b.Data) == 0):
		return fmt.Errorf("event needs event and data")
	case b.Chunk < 0 || b.Repeat < 0 || b.DelayMS < 0 || b.MS < 0:
		return fmt.Errorf("a number is negative")
	}
	return nil
}

func (r *Reply) stopReason() string {
	if r.StopReason != "" {
		return r.StopReason
	}
	for _, b := range r.Blocks {
		if b.Type == ToolUse {
			return "tool_use"
		}
	}
	return "end_turn"
}
