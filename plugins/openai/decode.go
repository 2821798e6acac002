package openai

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/toolspec"
)

// decoder turns the events of one reply into the host's, as they come. It does no
// I/O: it is handed each event's data and hands out what that means.
type decoder struct {
	emit   func(sdk.Event) error
	names  *toolspec.Names
	model  string // that was asked for
	origin string
	// requestID is the vendor's id of the request.
	requestID string

	started  bool
	visible  bool // something that the user may have seen was emitted
	finished bool // the terminal event came
	served   string
	usage    sdk.Usage
	items    map[string]*openItem
	order    []*openItem
	done     map[string]bool // ids and places of items that were completed
	callIDs  map[string]bool // of calls
	calls    int             // calls that were ended
	refused  bool            // the model declined
	stop     sdk.StopReason
	detail   string
	skipped  int // events that could not be read
}

// event takes one event's data; name is that of the event stream, which counts only
// where the data names none. An event that is no JSON is skipped: if it mattered, the
// end is missing, or it is in the authoritative item.
func (d *decoder) event(name string, data []byte) error {
	if len(data) == 0 || string(data) == "[DONE]" {
		return nil
	}
	if e, ok := parseDelta(data); ok {
		return d.dispatch(&e)
	}
	var e wireEvent
	if err := json.Unmarshal(data, &e); err != nil {
		var mismatch *json.UnmarshalTypeError
		switch {
		case !errors.As(err, &mismatch):
			d.skipped++
			return nil
		case terminal[e.Type]: // the end is one whatever of it cannot be read
			d.skipped++
		}
	}
	if e.Type == "" {
		e.Type = name
	}
	return d.dispatch(&e)
}

// terminal are the events that end a reply.
var terminal = map[string]bool{
	"response.completed": true, "response.done": true, "response.incomplete": true, "response.failed": true,
}

func (d *decoder) dispatch(e *wireEvent) error {
	switch e.Type {
	case "response.created", "response.in_progress", "response.queued":
		return d.begin(e.Response)
	case "response.output_item.added":
		return d.added(e)
	case "response.output_text.delta":
		return d.textDelta(e)
	case "response.refusal.delta":
		d.refused = true
		return d.textDelta(e)
	case "response.reasoning_summary_part.added":
		return d.thinkingPart(e)
	case "response.reasoning_summary_text.delta", "response.reasoning_text.delta", "response.reasoning.delta":
		return d.thinkingDelta(e, e.Delta)
	case "response.function_call_arguments.delta", "response.custom_tool_call_input.delta":
		return d.callDelta(e)
	case "response.function_call_arguments.done":
		d.item(e).arguments = &e.Arguments
		return nil
	case "response.custom_tool_call_input.done":
		d.item(e).arguments = &e.Input
		return nil
	case "response.output_item.done":
		if e.Item == nil {
			return nil
		}
		d.markDone(e.Item.ID, placeOf(e.OutputIndex))
		return d.complete(d.itemAt(e.Item.ID, placeOf(e.OutputIndex), false), e.Item)
	case "response.completed", "response.done", "response.incomplete":
		return d.end(e)
	case "response.failed":
		return d.failed(e)
	case "error":
		return d.errorEvent(e)
	case "codex.rate_limits":
		return d.limits(e.RateLimits)
	}
	return d.emit(sdk.Keepalive{}) // the vendor adds events; each is a sign of life
}

// begin tells that the vendor answers, and whether another model does.
func (d *decoder) begin(response *wireResponse) error {
	if d.started {
		return nil
	}
	d.started, d.served = true, d.model
	id := d.requestID
	if response != nil {
		d.served = firstOf(response.Model, d.model)
		id = firstOf(id, response.ID)
	}
	if err := d.emit(sdk.Started{Model: d.served, ProviderRequestID: id}); err != nil {
		return err
	}
	if family(d.served) == family(d.model) {
		return nil
	}
	return d.emit(sdk.WarningEvent{
		Code: "model_substituted", Message: d.model + " was asked for, " + d.served + " answers",
	})
}

// show emits what the user may see.
func (d *decoder) show(event sdk.Event) error {
	if err := d.begin(nil); err != nil {
		return err
	}
	d.visible = true
	return d.emit(event)
}

func (d *decoder) markDone(keys ...string) {
	if d.done == nil {
		d.done = make(map[string]bool)
	}
	for _, key := range keys {
		d.done[key] = key != ""
	}
}

// end is the vendor's own end. Its output is usually empty; where it is not, it may
// hold an item that no event completed.
func (d *decoder) end(e *wireEvent) error {
	response := e.Response
	if response == nil {
		response = &wireResponse{}
	}
	if err := d.begin(response); err != nil {
		return err
	}
	cut := e.Type == "response.incomplete" || response.Status == "incomplete"
	for i := range response.Output {
		item, place := &response.Output[i], placeOf(&i)
		if d.done[place] || d.done[item.ID] || cut && item.isCall() {
			continue
		}
		if err := d.complete(d.itemAt(item.ID, place, false), item); err != nil {
			return err
		}
	}
	if !cut {
		if err := d.endOpenCalls(); err != nil {
			return err
		}
	}
	d.finished = true
	d.stop, d.detail = d.reason(cut, response.Incomplete.Reason)
	if response.Usage != nil {
		d.usage = response.Usage.usage()
	}
	return d.emit(sdk.UsageEvent{Usage: d.usage})
}

// reason is why the model stopped. A call that was completed before the cut may run;
// one that was not has no end.
func (d *decoder) reason(cut bool, why string) (sdk.StopReason, string) {
	switch {
	case cut && why == "content_filter":
		return sdk.StopRefusal, why
	case cut:
		return sdk.StopMaxTokens, ""
	case d.calls > 0:
		return sdk.StopToolUse, ""
	case d.refused:
		return sdk.StopRefusal, ""
	}
	return sdk.StopEndTurn, ""
}

// usage turns the vendor's counts into the host's, which leave out of the input what
// came from the cache or went into it.
func (u *wireUsage) usage() sdk.Usage {
	out := sdk.Usage{
		InputTokens: u.Input, OutputTokens: u.Output, ThinkingTokens: u.OutputDetails.Reasoning,
		CacheReadTokens: u.InputDetails.Cached, CacheWriteTokens: u.InputDetails.CacheWrite,
	}
	out.InputTokens = max(out.InputTokens-out.CacheReadTokens-out.CacheWriteTokens, 0)
	return out
}

// failed is the vendor's own end of a reply that went wrong.
func (d *decoder) failed(e *wireEvent) error {
	var raw json.RawMessage
	if e.Response != nil {
		raw = e.Response.Error
	}
	return d.fault(raw).streamError()
}

// errorEvent is an error in either form that is met: with the error as an object, or
// with its fields beside the type.
func (d *decoder) errorEvent(e *wireEvent) error {
	if len(e.Error) > 0 && string(e.Error) != "null" {
		return d.fault(e.Error).streamError()
	}
	return fault{code: string(e.Code), message: string(e.Message), requestID: d.requestID}.streamError()
}

func (d *decoder) fault(raw json.RawMessage) fault {
	f := fault{requestID: d.requestID}
	f.readError(raw)
	return f
}

func (d *decoder) limits(w *wireLimits) error {
	if w == nil {
		return nil
	}
	limit, ok := tightest(w.Primary.limit(), w.Secondary.limit())
	if !ok {
		return nil
	}
	return d.emit(limit)
}

// placeOf names an item by its place in the answer; empty where the event has none.
func placeOf(index *int) string {
	if index == nil {
		return ""
	}
	return "#" + strconv.Itoa(*index)
}
