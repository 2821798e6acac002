package claude

import (
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/transcript"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

// maxContinuations bounds how often one turn is continued by itself.
const maxContinuations = 16

const pauseTurn = "pause_turn"

// goesOn prepares the next request when the vendor only paused, or announced a
// call and sent none.
func (x *exchange) goesOn(reply *decoder) bool {
	if x.replies > maxContinuations || reply.calls > 0 {
		return false
	}
	switch reply.stop {
	case pauseTurn:
		return x.append(reply, "")
	case "tool_use":
		if x.recovered {
			return false
		}
		x.recovered = true
		return x.append(reply, nudge)
	}
	return false
}

// append adds the reply, as it came, and what the user says to it. Without
// anything to add the same request is sent again.
func (x *exchange) append(reply *decoder, user string) bool {
	content := reply.content()
	if len(content) == 0 {
		return true
	}
	body := make([]byte, 0, len(x.body)+len(content)+1<<8)
	body = append(body, x.body[:len(x.body)-len(bodyEnd)]...)
	body = append(body, `,{"role":"assistant","content":[`...)
	body = append(body, content...)
	body = append(body, `]}`...)
	if user != "" {
		body = append(body, `,{"role":"user","content":[`...)
		body = appendTextBlock(body, user, false)
		body = append(body, `]}`...)
	}
	x.body = append(body, bodyEnd...)
	return true
}

// content is the reply so far as the API wants it back, to continue from.
func (d *decoder) content() []byte {
	var out []byte
	for _, b := range d.order {
		from := len(out)
		if from > 0 {
			out = append(out, ',')
		}
		before := len(out)
		if out = b.appendContent(out); len(out) == before {
			out = out[:from]
		}
	}
	return out
}

func (b *block) appendContent(dst []byte) []byte {
	switch b.kind {
	case blockText:
		if transcript.Blank(string(b.text)) {
			return dst
		}
		return appendTextBlock(dst, string(b.text), false)
	case blockThinking:
		if b.signature == "" {
			return dst
		}
		return appendThinkingBlock(dst, sdk.Thinking{Text: string(b.text), Signature: b.signature})
	case blockRedacted:
		return appendThinkingBlock(dst, sdk.Thinking{Opaque: []byte(b.start.Data)})
	case blockToolUse, blockServerTool:
		return b.appendToolUse(dst)
	case blockServerResult:
		return append(dst, b.start.raw...)
	case blockUnknown:
	}
	return dst
}

func (b *block) appendToolUse(dst []byte) []byte {
	input, ok := b.input()
	if !ok {
		input = emptyObject
	}
	dst = append(dst, `{"type":`...)
	dst = wirejson.AppendString(dst, b.start.Type)
	dst = wirejson.AppendField(dst, "id", b.start.ID)
	dst = wirejson.AppendField(dst, "name", b.start.Name)
	dst = append(dst, `,"input":`...)
	dst = append(dst, input...)
	return append(dst, '}')
}
