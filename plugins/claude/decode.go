package claude

import (
	"encoding/json"
	"fmt"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/toolspec"
)

// decoder turns the events of one reply into the host's, as they come. It does
// no I/O: it is handed each event's data and hands out what that means.
type decoder struct {
	emit  func(sdk.Event) error
	names *toolspec.Names
	model model
	// requestID is the vendor's id of the request.
	requestID string
	// before is what earlier replies of the same turn used.
	before sdk.Usage
	// resumed says that this reply continues an earlier one.
	resumed bool

	started   bool
	visible   bool // something that the user may have seen was emitted
	finished  bool // message_stop came
	messageID string
	served    string
	usage     wireUsage
	blocks    map[int]*block
	order     []*block
	ids       map[string]bool // of tool calls
	pending   *block          // a finished call that may yet prove to be cut
	calls     int             // calls that were ended

	stop     string // the vendor's stop reason
	sequence string
	refusal  wireRefusal
}

// event takes one event's data; name is that of the event stream, which counts
// only where the data names none.
func (d *decoder) event(name string, data []byte) error {
	if delta, ok := parseDelta(data); ok {
		return d.delta(delta)
	}
	if len(data) == 0 || string(data) == "[DONE]" {
		return nil
	}
	var e wireEvent
	if err := json.Unmarshal(data, &e); err != nil {
		return &sdk.Error{
			Kind: sdk.KindNetwork, Message: "the stream holds something that is no event: " + httpapi.Excerpt(string(data)),
			Retryable: true, ProviderRequestID: d.requestID,
		}
	}
	if e.Type == "" {
		e.Type = name
	}
	return d.dispatch(&e)
}

func (d *decoder) dispatch(e *wireEvent) error {
	switch e.Type {
	case "message_start":
		return d.start(e)
	case "content_block_start":
		return d.startBlock(e.Index, e.ContentBlock)
	case "content_block_delta":
		return d.delta(e.blockDelta())
	case "content_block_stop":
		return d.stopBlock(e.Index)
	case "message_delta":
		return d.messageDelta(e)
	case "message_stop":
		d.finished = true
		return d.settle()
	case "ping":
		return d.emit(sdk.Keepalive{})
	case "error":
		return streamError(e.Error, d.requestID)
	}
	return nil // the vendor adds events; they must not hurt
}

func (d *decoder) start(e *wireEvent) error {
	if e.Message == nil {
		return nil
	}
	d.messageID, d.served = e.Message.ID, e.Message.Model
	d.usage.override(e.Message.Usage)
	if err := d.begin(); err != nil {
		return err
	}
	return d.emitUsage()
}

// begin tells that the vendor answers, and whether another model does.
func (d *decoder) begin() error {
	if d.started {
		return nil
	}
	d.started = true
	if d.served == "" {
		d.served = d.model.id
	}
	if d.resumed {
		return nil
	}
	return tellStarted(d.emit, d.model, sdk.Started{Model: d.served, ProviderRequestID: d.requestID})
}

// tellStarted tells which model answers, and when it is not the one asked for.
func tellStarted(emit func(sdk.Event) error, asked model, started sdk.Started) error {
	if err := emit(started); err != nil {
		return err
	}
	if family(started.Model) == asked.family {
		return nil
	}
	return emit(sdk.WarningEvent{
		Code:    "model_substituted",
		Message: fmt.Sprintf("%s was asked for, %s answers", asked.id, started.Model),
	})
}

// show emits what the user may see.
func (d *decoder) show(event sdk.Event) error {
	if err := d.begin(); err != nil {
		return err
	}
	d.visible = true
	return d.emit(event)
}

func (d *decoder) messageDelta(e *wireEvent) error {
	if e.Delta != nil {
		d.stop, d.sequence = e.Delta.StopReason, e.Delta.StopSequence
		if e.Delta.StopDetails != nil {
			d.refusal = *e.Delta.StopDetails
		}
	}
	d.usage.override(e.Usage)
	if d.stop != "" {
		if err := d.settle(); err != nil {
			return err
		}
	}
	return d.emitUsage()
}

// cutting are the stop reasons that end an answer in its middle, so that a tool
// call at its end must not run.
var cutting = map[string]bool{
	"max_tokens": true, "model_context_window_exceeded": true, "refusal": true,
}

// settle decides what becomes of calls at the end of the answer: only now is it
// known that they were not cut.
func (d *decoder) settle() error {
	if cutting[d.stop] {
		d.pending = nil
		return nil
	}
	if err := d.flush(); err != nil {
		return err
	}
	for _, b := range d.order {
		if b.kind == blockToolUse && !b.closed {
			b.closed = true
			if err := d.endCall(b); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *decoder) emitUsage() error {
	return d.emit(sdk.UsageEvent{Usage: d.total()})
}

// total is what the whole turn used so far.
func (d *decoder) total() sdk.Usage {
	total, now := d.before, d.usage
	total.InputTokens += now.InputTokens.value
	total.OutputTokens += now.OutputTokens.value
	total.CacheReadTokens += now.CacheReadTokens.value
	total.CacheWriteTokens += now.CacheWriteTokens.value
	if now.Details != nil {
		total.ThinkingTokens += now.Details.ThinkingTokens
	}
	return total
}
