package ollama

import (
	"encoding/json"

	"github.com/jcode-go/jcode/sdk"
)

// decoder turns the chunks of one answer into events, as they come. It does no I/O.
type decoder struct {
	emit  func(sdk.Event) error
	model string // that was asked for
	host  string
	// requestID is the server's id of the request.
	requestID string
	calls     calls

	started bool
	visible bool   // something that the user may have seen was emitted
	field   string // under which reasoning came that was not ended yet
	tags    tags   // reasoning between tags in the text
	served  string
	usage   sdk.Usage
	finish  string // the server's reason
	ended   bool   // the server said that this is the end
	refused bool
	unread  int // chunks that are no JSON
}

// event takes the data of one event of the stream.
func (d *decoder) event(data []byte) error {
	if string(data) == "[DONE]" {
		d.ended = true
		return nil
	}
	var c chunk
	if json.Unmarshal(data, &c) != nil {
		d.unread++
		return nil //nolint:nilerr // if it mattered, the end is missing
	}
	if len(c.Error) > 0 && string(c.Error) != "null" || c.Object == "error" {
		f := fault{requestID: d.requestID}
		f.read(data)
		return f.error(opGenerate, d.host, d.model)
	}
	return d.chunk(&c)
}

func (d *decoder) chunk(c *chunk) error {
	if err := d.begin(c); err != nil {
		return err
	}
	if c.Usage != nil && *c.Usage != (wireUsage{}) {
		d.usage = c.Usage.usage()
		if err := d.emit(sdk.UsageEvent{Usage: d.usage}); err != nil {
			return err
		}
	}
	for i := range c.Choices {
		if c.Choices[i].Index != 0 { // one answer was asked for
			continue
		}
		if err := d.choice(&c.Choices[i]); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) begin(c *chunk) error {
	if d.started {
		return nil
	}
	d.started, d.served = true, firstOf(string(c.Model), d.model)
	d.requestID = firstOf(d.requestID, string(c.ID))
	return d.emit(sdk.Started{Model: d.served, ProviderRequestID: d.requestID})
}

func (d *decoder) choice(c *choice) error {
	for _, p := range []*piece{c.Delta, c.Message} {
		if p == nil {
			continue
		}
		if err := d.piece(p); err != nil {
			return err
		}
	}
	if c.Finish != "" {
		d.finish = string(c.Finish)
	}
	return nil
}

func (d *decoder) piece(p *piece) error {
	if text, field := p.thinking(); text != "" {
		d.field, d.visible = field, true
		if err := d.emit(sdk.ThinkingDelta{Text: text}); err != nil {
			return err
		}
	}
	if p.Content != "" {
		if err := d.text(string(p.Content)); err != nil {
			return err
		}
	}
	if p.Refusal != "" {
		d.refused = true
		if err := d.show(sdk.TextDelta{Text: string(p.Refusal)}); err != nil {
			return err
		}
	}
	for i := range p.Calls {
		if err := d.endThinking(); err != nil {
			return err
		}
		d.visible = true
		if err := d.calls.add(&p.Calls[i], d.emit); err != nil {
			return err
		}
	}
	return nil
}

// text parts reasoning between tags from the answer.
func (d *decoder) text(text string) error {
	thinking, said := d.tags.split(text)
	if thinking != "" {
		d.visible = true
		if err := d.emit(sdk.ThinkingDelta{Text: thinking}); err != nil {
			return err
		}
	}
	if said == "" {
		return nil
	}
	return d.show(sdk.TextDelta{Text: said})
}

// show emits a piece of the answer, after which the reasoning before it is whole.
func (d *decoder) show(event sdk.Event) error {
	if err := d.endThinking(); err != nil {
		return err
	}
	d.visible = true
	return d.emit(event)
}

// endThinking marks the end of reasoning with the name that it came under, for it is
// sent back under the same.
func (d *decoder) endThinking() error {
	if d.field == "" {
		return nil
	}
	field := d.field
	d.field = ""
	return d.emit(sdk.ThinkingDelta{Opaque: []byte(field)})
}

// end completes what is open and says how the answer ended.
func (d *decoder) end() (sdk.Result, error) {
	thinking, said := d.tags.rest()
	if thinking != "" {
		if err := d.emit(sdk.ThinkingDelta{Text: thinking}); err != nil {
			return sdk.Result{}, err
		}
	}
	if said != "" {
		if err := d.show(sdk.TextDelta{Text: said}); err != nil {
			return sdk.Result{}, err
		}
	}
	if err := d.endThinking(); err != nil {
		return sdk.Result{}, err
	}
	if d.unread > 0 {
		warning := sdk.WarningEvent{Code: "events_unread", Message: d.host + " sent " + count(d.unread) + " pieces that cannot be read"}
		if err := d.emit(warning); err != nil {
			return sdk.Result{}, err
		}
	}
	cut := d.finish == "length"
	if err := d.calls.end(cut, d.emit); err != nil {
		return sdk.Result{}, err
	}
	return sdk.Result{StopReason: d.reason(cut), StopDetail: d.detail(), Model: d.served, Usage: d.usage}, nil
}

// reason is why the model stopped. Servers say stop after a call, and tool_calls
// without one.
func (d *decoder) reason(cut bool) sdk.StopReason {
	switch {
	case cut:
		return sdk.StopMaxTokens
	case d.finish == "content_filter":
		return sdk.StopRefusal
	case d.calls.count() > 0:
		return sdk.StopToolUse
	case d.refused:
		return sdk.StopRefusal
	}
	return sdk.StopEndTurn
}

func (d *decoder) detail() string {
	if d.finish == "content_filter" {
		return d.finish
	}
	return ""
}

// complete reports whether the server ended the answer in one of its ways.
func (d *decoder) complete() bool { return d.ended || d.finish != "" }
