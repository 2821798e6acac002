package cursor

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

// decoder reads the program's stream-json.
type decoder struct {
	answer  *cliprovider.Answer
	section int  // messages between tools
	pieces  bool // the text came in pieces
	whole   string
	spoke   bool
}

// event is one line, as far as it is read.
type event struct {
	Type    string `json:"type"`
	Subtype string `json:"subtype"`
	Session string `json:"session_id"`
	Model   string `json:"model"`

	Message *struct {
		Content json.RawMessage `json:"content"`
	} `json:"message"`
	// Timestamp marks a piece, CallID the repetition of what was said before a
	// tool.
	Timestamp json.RawMessage `json:"timestamp_ms"`
	CallID    json.RawMessage `json:"model_call_id"`
	Text      string          `json:"text"`

	ToolID string                     `json:"call_id"`
	Tool   map[string]json.RawMessage `json:"tool_call"`

	IsError bool            `json:"is_error"`
	Result  string          `json:"result"`
	Usage   json.RawMessage `json:"usage"`
	Error   json.RawMessage `json:"error"`
}

// Line takes one line.
func (d *decoder) Line(line []byte) (last bool, err error) {
	var e event
	if !shellout.Parses(line, &e) || e.Type == "" {
		d.answer.Noise(string(line))
		return false, nil
	}
	d.answer.Session(e.Session)
	switch e.Type {
	case "system":
		if e.Subtype == "init" {
			d.answer.Model(e.Model)
		}
	case "assistant":
		return false, d.text(&e)
	case "thinking":
		return false, d.answer.Thinking(d.message(), e.Text)
	case "tool_call":
		return false, d.tool(&e)
	case "error":
		d.answer.Fail(cliprovider.Fault{Message: firstText(e.Error, line)})
	case "result":
		return true, d.end(&e)
	}
	return false, nil // what is unknown must not hurt
}

func (d *decoder) message() string { return fmt.Sprintf("m%d", d.section+1) }

// text takes a piece of the answer, a message as a whole, or one that repeats what
// came in pieces: before a tool, and at the end. Pieces bear a time and no call.
func (d *decoder) text(e *event) error {
	if e.Message == nil {
		return nil
	}
	text := textOf(e.Message.Content)
	if len(e.Timestamp) > 0 && len(e.CallID) == 0 {
		d.pieces = true
		d.spoke = d.spoke || text != ""
		return d.answer.Text(d.message(), text)
	}
	if d.pieces || text == "" || text == d.whole {
		return nil
	}
	d.whole, d.spoke = text, true
	err := d.answer.Text(d.message(), text)
	d.section++
	return err
}

func textOf(content json.RawMessage) string {
	var text string
	if json.Unmarshal(content, &text) == nil {
		return text
	}
	var blocks []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	_ = shellout.Unmarshal(content, &blocks) // no list: nothing
	var out strings.Builder
	for _, b := range blocks {
		if b.Type == "text" {
			out.WriteString(b.Text)
		}
	}
	return out.String()
}

// end takes the last line. When no text came, it holds all of it.
func (d *decoder) end(e *event) error {
	d.answer.End()
	d.answer.Usage(usageOf(e.Usage))
	if e.IsError || strings.HasPrefix(e.Subtype, "error") {
		d.answer.Fail(cliprovider.Fault{Message: e.Result})
		return nil
	}
	if d.spoke {
		return nil
	}
	return d.answer.Text(d.message(), e.Result)
}

// usageOf reads token counts, whose names have changed.
func usageOf(data json.RawMessage) sdk.Usage {
	var counts map[string]any
	_ = json.Unmarshal(data, &counts) // none: nothing
	count := func(names ...string) int64 {
		for _, name := range names {
			if n, ok := counts[name].(float64); ok && n > 0 {
				return int64(n)
			}
		}
		return 0
	}
	return sdk.Usage{
		InputTokens: count("inputTokens", "input_tokens"), OutputTokens: count("outputTokens", "output_tokens"),
		CacheReadTokens:  count("cacheReadTokens", "cache_read_tokens", "cache_read_input_tokens"),
		CacheWriteTokens: count("cacheWriteTokens", "cache_write_tokens", "cache_creation_input_tokens"),
	}
}

// firstText is the text of an error: it, its message, or the whole line.
func firstText(data json.RawMessage, line []byte) string {
	var text string
	if json.Unmarshal(data, &text) == nil && text != "" {
		return text
	}
	for _, from := range [][]byte{data, line} {
		var e struct {
			Message string `json:"message"`
		}
		if shellout.Unmarshal(from, &e) == nil && e.Message != "" {
			return e.Message
		}
	}
	return string(line)
}
