package responses

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/stream"
)

// Reply is an answer with HTTP status 200, streamed or whole as the client asked.
type Reply struct {
	Model string `json:"model,omitempty"` // the model that claims to answer; default the requested one
	Items []Item `json:"items"`
	// Incomplete ends the response with response.incomplete for that reason, for
	// example max_output_tokens or content_filter.
	Incomplete string `json:"incomplete,omitempty"`
	// Failed ends it with response.failed and this error.
	Failed *Fault `json:"failed,omitempty"`
	Usage  *Usage `json:"usage,omitempty"` // default: estimated from bytes
	// Output is what the last event holds as output: "empty", as the ChatGPT face
	// does by default, or "full", as the platform does.
	Output string `json:"output,omitempty"`
	// Flush is when bytes leave: "frame" after every event, "batch" when 32 KiB
	// have gathered or a pause begins, or a number of bytes, which cuts through
	// events and UTF-8 sequences. Default: the server's.
	Flush string `json:"flush,omitempty"`
	// Framing changes how events are written, in words joined by commas: crlf,
	// no_space (data:{), nameless (no event line), multiline (data in several
	// lines), id (id and retry lines), done (ends with data: [DONE]).
	Framing string `json:"framing,omitempty"`
	// Interleave starts all items first, then alternates their deltas.
	Interleave bool `json:"interleave,omitempty"`
	// Plain leaves out the padding that deltas carry against eavesdroppers.
	Plain bool `json:"plain,omitempty"`
}

// Fault is the error of a failed response or of an error event.
type Fault struct {
	Type    string `json:"type,omitempty"` // of an error event that is nested
	Code    string `json:"code"`
	Message string `json:"message,omitempty"` // default by code
	Param   string `json:"param,omitempty"`
}

// Usage is what the reply claims to have cost, in tokens.
type Usage struct {
	Input      int `json:"input_tokens"`
	Cached     int `json:"cached_tokens"`
	CacheWrite int `json:"cache_write_tokens"`
	Output     int `json:"output_tokens"`
	Reasoning  int `json:"reasoning_tokens"`
	// Bare leaves out the objects with details, as older models do.
	Bare bool `json:"bare,omitempty"`
}

// The types of Item. The first six are output; the others happen between output,
// in the order in which they stand.
const (
	Text         = "text"    // an assistant message
	Refusal      = "refusal" // an assistant message that declines
	Reasoning    = "reasoning"
	FunctionCall = "function_call"
	CustomCall   = "custom_tool_call"
	RawItem      = "item"      // an output item of any type: Data, then Events
	Keepalive    = "keepalive" // an event of that name
	RateLimits   = "codex.rate_limits"
	Event        = "event" // an event of any type: Event, Data
	Comment      = "comment"
	RawBytes     = "raw"   // Text, then Bytes, as they are
	Pause        = "pause" // MS milliseconds
	Hang         = "hang"  // until the client goes away
	Error        = "error" // an error event, flat or Nested, which ends the stream
	Cut          = "cut"   // the stream ends here, cleanly or, with Abort, by a broken connection
)

var itemTypes = []string{
	Text, Refusal, Reasoning, FunctionCall, CustomCall, RawItem,
	Keepalive, RateLimits, Event, Comment, RawBytes, Pause, Hang, Error, Cut,
}

// Item is one piece of a reply. Which fields count depends on Type.
type Item struct {
	Type string `json:"type"`

	Text    string `json:"text,omitempty"`     // text, refusal, custom_tool_call (its input), comment, raw
	Chunk   int    `json:"chunk,omitempty"`    // characters per delta; default 16
	Repeat  int    `json:"repeat,omitempty"`   // send Text as that many equal deltas
	DelayMS int    `json:"delay_ms,omitempty"` // before each delta
	Open    bool   `json:"open,omitempty"`     // stops after the deltas: nothing says done
	// Silent sends no deltas: only output_item.done tells the content.
	Silent bool   `json:"silent,omitempty"`
	Phase  string `json:"phase,omitempty"` // of a text: commentary or final_answer

	Summary []string `json:"summary,omitempty"` // reasoning, one text for each part
	Thought string   `json:"thought,omitempty"` // reasoning_text, as open models send it
	// Encrypted replaces the true encrypted content of reasoning.
	Encrypted *string `json:"encrypted,omitempty"`
	// Size makes the encrypted content that many characters long, at least.
	Size int `json:"size,omitempty"`

	ID     string `json:"id,omitempty"`      // of the item; default unique
	CallID string `json:"call_id,omitempty"` // default unique
	Name   string `json:"name,omitempty"`    // of the tool
	// Arguments is the JSON object of a function call.
	Arguments json.RawMessage `json:"arguments,omitempty"`
	// Fragments replaces the deltas that Arguments would give; joined, they are
	// also what done says.
	Fragments []string `json:"fragments,omitempty"`
	// ASCII writes Arguments with \u escapes, so that Chunk cuts through them.
	ASCII bool `json:"ascii,omitempty"`

	Event  string            `json:"event,omitempty"`  // event
	Data   json.RawMessage   `json:"data,omitempty"`   // event, item
	Events []json.RawMessage `json:"events,omitempty"` // item: events between added and done
	Bytes  []byte            `json:"bytes,omitempty"`  // raw; base64 in the file
	MS     int               `json:"ms,omitempty"`     // pause
	Abort  bool              `json:"abort,omitempty"`  // cut

	Fault  *Fault `json:"fault,omitempty"`  // error; default server_error
	Nested bool   `json:"nested,omitempty"` // error: {"error":{…}} instead of flat fields
}

func (r *Reply) check() error {
	if _, err := stream.ParseFlush(r.Flush); err != nil {
		return err
	}
	if _, err := parseFraming(r.Framing); err != nil {
		return err
	}
	if !slices.Contains([]string{"", "empty", "full"}, r.Output) {
		return fmt.Errorf("output %q: want empty or full", r.Output)
	}
	if r.Incomplete != "" && r.Failed != nil {
		return fmt.Errorf("a response is either incomplete or failed")
	}
	for i, item := range r.Items {
		if err := item.check(); err != nil {
			return fmt.Errorf("items[%d]: %w", i, err)
		}
	}
	return nil
}

func (i *Item) check() error {
	switch {
	case !slices.Contains(itemTypes, i.Type):
		return fmt.Errorf("unknown type %q", i.Type)
	case (i.Type == FunctionCall || i.Type == CustomCall) && i.Name == "":
		return fmt.Errorf("%s needs a name", i.Type)
	case i.Type == RawItem && !isObject(i.Data):
		return fmt.Errorf("item needs an object as data")
	case i.Type == Event && (i.Event == "" || !isObject(i.Data)):
		return fmt.Errorf("event needs event and an object as data")
	case i.Type == Comment && strings.ContainsAny(i.Text, "\r\n"):
		return fmt.Errorf("a comment is one line")
	case i.Chunk < 0 || i.Repeat < 0 || i.DelayMS < 0 || i.MS < 0 || i.Size < 0:
		return fmt.Errorf("a number is negative")
	}
	for _, e := range i.Events {
		if !isObject(e) {
			return fmt.Errorf("events must be objects")
		}
	}
	return nil
}

func isObject(raw json.RawMessage) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal(raw, &object) == nil && object != nil
}
