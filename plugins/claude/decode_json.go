package claude

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// The API's events as far as they are read. Numbers that may be absent are
// counts, so that an absent one overrides nothing.
type wireEvent struct {
	Type         string       `json:"type"`
	Index        int          `json:"index"`
	Message      *wireReply   `json:"message"`
	ContentBlock *wireBlock   `json:"content_block"`
	Delta        *wireDelta   `json:"delta"`
	Usage        *wireUsage   `json:"usage"`
	Error        wireAPIError `json:"error"`
}

type wireReply struct {
	ID    string     `json:"id"`
	Model string     `json:"model"`
	Usage *wireUsage `json:"usage"`
}

type wireBlock struct {
	Type      string          `json:"type"`
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Input     json.RawMessage `json:"input"`
	Text      string          `json:"text"`
	Thinking  string          `json:"thinking"`
	Signature string          `json:"signature"`
	Data      string          `json:"data"`
	ToolUseID string          `json:"tool_use_id"`
	Content   json.RawMessage `json:"content"`
	IsError   bool            `json:"is_error"`
	// raw is the block as it came, to be sent back untouched.
	raw json.RawMessage
}

// UnmarshalJSON keeps the bytes beside the fields.
func (b *wireBlock) UnmarshalJSON(data []byte) error {
	type fields wireBlock
	if err := json.Unmarshal(data, (*fields)(b)); err != nil {
		return err
	}
	b.raw = bytes.Clone(data)
	return nil
}

type wireDelta struct {
	Type         string       `json:"type"`
	Text         string       `json:"text"`
	PartialJSON  string       `json:"partial_json"`
	Thinking     string       `json:"thinking"`
	Signature    string       `json:"signature"`
	StopReason   string       `json:"stop_reason"`
	StopSequence string       `json:"stop_sequence"`
	StopDetails  *wireRefusal `json:"stop_details"`
}

type wireRefusal struct {
	Category    string `json:"category"`
	Explanation string `json:"explanation"`
}

type wireUsage struct {
	InputTokens      count        `json:"input_tokens"`
	OutputTokens     count        `json:"output_tokens"`
	CacheReadTokens  count        `json:"cache_read_input_tokens"`
	CacheWriteTokens count        `json:"cache_creation_input_tokens"`
	Details          *wireDetails `json:"output_tokens_details"`
}

type wireDetails struct {
	ThinkingTokens int64 `json:"thinking_tokens"`
}

// count is a number of tokens that may be absent.
type count struct {
	value int64
	set   bool
}

// UnmarshalJSON takes null as absent.
func (c *count) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	c.set = true
	return json.Unmarshal(data, &c.value)
}

func (u *wireUsage) override(later *wireUsage) {
	if later == nil {
		return
	}
	u.InputTokens.override(later.InputTokens)
	u.OutputTokens.override(later.OutputTokens)
	u.CacheReadTokens.override(later.CacheReadTokens)
	u.CacheWriteTokens.override(later.CacheWriteTokens)
	if later.Details != nil {
		u.Details = later.Details
	}
}

func (c *count) override(later count) {
	if later.set {
		*c = later
	}
}

// deltaKind is what a content_block_delta brings.
type deltaKind int

const (
	deltaUnknown deltaKind = iota
	deltaText
	deltaJSON
	deltaThinking
	deltaSignature
)

type blockDelta struct {
	index int
	kind  deltaKind
	text  string
}

func (e *wireEvent) blockDelta() blockDelta {
	out := blockDelta{index: e.Index}
	if e.Delta == nil {
		return out
	}
	switch e.Delta.Type {
	case "text_delta":
		out.kind, out.text = deltaText, e.Delta.Text
	case "input_json_delta":
		out.kind, out.text = deltaJSON, e.Delta.PartialJSON
	case "thinking_delta":
		out.kind, out.text = deltaThinking, e.Delta.Thinking
	case "signature_delta":
		out.kind, out.text = deltaSignature, e.Delta.Signature
	}
	return out
}

var (
	deltaHead  = []byte(`{"type":"content_block_delta","index":`)
	deltaInner = []byte(`,"delta":{"type":"`)
	deltaForms = []struct {
		form []byte
		kind deltaKind
	}{
		{[]byte(`text_delta","text":"`), deltaText},
		{[]byte(`input_json_delta","partial_json":"`), deltaJSON},
		{[]byte(`thinking_delta","thinking":"`), deltaThinking},
	}
)

// parseDelta reads the one event there are thousands of in exactly the form that
// the vendor sends, which takes a tenth of the time of encoding/json. Anything
// else, however slightly different, is not ok and takes the long way.
func parseDelta(data []byte) (blockDelta, bool) {
	rest, ok := bytes.CutPrefix(data, deltaHead)
	if !ok {
		return blockDelta{}, false
	}
	digits := 0
	for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
		digits++
	}
	index, err := strconv.Atoi(string(rest[:digits]))
	if err != nil || digits > 1 && rest[0] == '0' {
		return blockDelta{}, false
	}
	if rest, ok = bytes.CutPrefix(rest[digits:], deltaInner); !ok {
		return blockDelta{}, false
	}
	for _, f := range deltaForms {
		if body, ok := bytes.CutPrefix(rest, f.form); ok {
			text, ok := deltaString(body)
			return blockDelta{index: index, kind: f.kind, text: text}, ok
		}
	}
	return blockDelta{}, false
}

// deltaString reads the rest of a string and the end of the event after it.
func deltaString(body []byte) (string, bool) {
	escaped := false
	for i := 0; i < len(body); i++ {
		switch b := body[i]; {
		case b == '"':
			if !deltaEnd(body[i+1:]) || !utf8.Valid(body[:i]) {
				return "", false
			}
			if escaped {
				return unescape(body[:i])
			}
			return string(body[:i]), true
		case b == '\\':
			escaped = true
			i++
		case b < ' ':
			return "", false
		}
	}
	return "", false
}

// deltaEnd accepts the two braces with white space around: the vendor pads.
func deltaEnd(rest []byte) bool {
	braces := 0
	for _, b := range rest {
		switch b {
		case '}':
			braces++
		case ' ', '\t', '\r', '\n':
		default:
			return false
		}
	}
	return braces == 2
}

var simpleEscapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// unescape resolves the escapes of one character; with \u it gives up.
func unescape(body []byte) (string, bool) {
	out := make([]byte, 0, len(body))
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			out = append(out, body[i])
			continue
		}
		i++
		plain := simpleEscapes[body[i]]
		if plain == 0 {
			return "", false
		}
		out = append(out, plain)
	}
	return string(out), true
}
