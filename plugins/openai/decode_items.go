package openai

import (
	"encoding/json"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

// openItem is an output item under way.
type openItem struct {
	messageID string // what its text and thinking are tagged with
	hasID     bool
	streamed  strings.Builder
	callID    string // once its start was told
	custom    bool
	arguments *string // as their own event told them
	ended     bool
}

// item finds the item that an event is about.
func (d *decoder) item(e *wireEvent) *openItem {
	return d.itemAt(e.ItemID, placeOf(e.OutputIndex), false)
}

// itemAt finds an item by its place, since some servers give one item several ids,
// else by its id. What is new, and what comes to a place where another item has
// ended or been announced, begins an item.
func (d *decoder) itemAt(id, place string, announced bool) *openItem {
	found := d.items[place]
	if found == nil {
		found = d.items[id]
	}
	other := found != nil && id != "" && d.items[id] != found && found.hasID
	if found == nil || other && (announced || found.ended) {
		found = &openItem{messageID: firstOf(id, place)}
		d.order = append(d.order, found)
	}
	found.hasID = found.hasID || id != ""
	if d.items == nil {
		d.items = make(map[string]*openItem)
	}
	for _, key := range []string{id, place} {
		if key != "" {
			d.items[key] = found
		}
	}
	return found
}

func (w *wireItem) isCall() bool { return w.Type == "function_call" || w.Type == "custom_tool_call" }

// added announces a call as soon as it has a name.
func (d *decoder) added(e *wireEvent) error {
	if e.Item == nil {
		return nil
	}
	item := d.itemAt(e.Item.ID, placeOf(e.OutputIndex), true)
	if !e.Item.isCall() || e.Item.Name == "" || e.Item.CallID == "" {
		return d.begin(nil)
	}
	return d.startCall(item, e.Item)
}

func (d *decoder) startCall(item *openItem, wire *wireItem) error {
	item.callID, item.custom = d.callID(wire), wire.Type == "custom_tool_call"
	return d.show(sdk.ToolCallStart{MessageID: item.messageID, ID: item.callID, Name: d.names.Host(wire.Name)})
}

// callID is the vendor's id of a call, which must be unique within the answer.
func (d *decoder) callID(wire *wireItem) string {
	id := firstOf(wire.CallID, wire.ID, "call")
	for d.callIDs[id] {
		id += "_"
	}
	if d.callIDs == nil {
		d.callIDs = make(map[string]bool)
	}
	d.callIDs[id] = true
	return id
}

func (d *decoder) textDelta(e *wireEvent) error {
	if e.Delta == "" {
		return nil
	}
	item := d.item(e)
	item.streamed.WriteString(e.Delta)
	return d.show(sdk.TextDelta{MessageID: item.messageID, Text: e.Delta})
}

func (d *decoder) thinkingPart(e *wireEvent) error {
	if e.SummaryIndex == 0 || d.item(e).streamed.Len() == 0 {
		return nil
	}
	return d.thinkingDelta(e, paragraph)
}

func (d *decoder) thinkingDelta(e *wireEvent, text string) error {
	if text == "" {
		return nil
	}
	item := d.item(e)
	item.streamed.WriteString(text)
	return d.show(sdk.ThinkingDelta{MessageID: item.messageID, Text: text})
}

// callDelta passes on the arguments as they are written. Those of a custom tool are
// plain text, which the host would take for JSON: they come with the end alone.
func (d *decoder) callDelta(e *wireEvent) error {
	item := d.item(e)
	if e.Delta == "" || item.ended {
		return nil
	}
	item.streamed.WriteString(e.Delta)
	if item.callID == "" || item.custom {
		return nil
	}
	return d.show(sdk.ToolCallDelta{MessageID: item.messageID, ID: item.callID, JSON: e.Delta})
}

// complete takes a whole item, which counts more than what was streamed of it.
func (d *decoder) complete(item *openItem, wire *wireItem) error {
	if item.ended {
		return nil
	}
	item.ended = true
	switch wire.Type {
	case "message":
		text, refused := wire.text()
		d.refused = d.refused || refused
		return d.rest(item, text)
	case "reasoning":
		return d.completeReasoning(item, wire)
	case "function_call", "custom_tool_call":
		return d.completeCall(item, wire)
	}
	return nil
}

// rest shows what was not streamed of a text. A text that differs from what was
// streamed replaces it.
func (d *decoder) rest(item *openItem, text string) error {
	streamed := item.streamed.String()
	rest, fits := strings.CutPrefix(text, streamed)
	if text == "" || fits && rest == "" {
		return nil
	}
	if !fits {
		if err := d.show(sdk.Retract{MessageID: item.messageID}); err != nil {
			return err
		}
		rest = text
	}
	return d.show(sdk.TextDelta{MessageID: item.messageID, Text: rest})
}

// completeReasoning ends a thinking block with what can be sent back of it.
func (d *decoder) completeReasoning(item *openItem, wire *wireItem) error {
	last := sdk.ThinkingDelta{MessageID: item.messageID, Opaque: wire.opaque()}
	if last.Opaque != nil {
		last.Origin = d.origin
	}
	if item.streamed.Len() == 0 {
		last.Text = firstOf(wire.summary(), wire.reasoningText())
	}
	if last.Text == "" && last.Opaque == nil {
		return nil
	}
	return d.show(last)
}

func (d *decoder) completeCall(item *openItem, wire *wireItem) error {
	if item.callID == "" {
		if wire.Name == "" {
			return nil // nobody can run it, and the API would not take it back
		}
		if err := d.startCall(item, wire); err != nil {
			return err
		}
	}
	arguments := wire.Arguments
	if item.custom {
		arguments = wire.Input
	}
	if arguments == "" && item.arguments != nil {
		arguments = *item.arguments
	}
	// What was streamed must add up to the whole.
	if rest, fits := strings.CutPrefix(arguments, item.streamed.String()); fits && rest != "" && item.streamed.Len() > 0 && !item.custom {
		if err := d.show(sdk.ToolCallDelta{MessageID: item.messageID, ID: item.callID, JSON: rest}); err != nil {
			return err
		}
	}
	return d.endCall(item, arguments)
}

func (d *decoder) endCall(item *openItem, arguments string) error {
	item.ended = true
	d.calls++
	end := sdk.ToolCallEnd{MessageID: item.messageID, ID: item.callID}
	end.Input, end.Malformed = parseArguments(arguments, item.custom)
	return d.show(end)
}

// endOpenCalls ends what was announced and not completed although the answer is
// whole: the arguments came by themselves.
func (d *decoder) endOpenCalls() error {
	for _, item := range d.order {
		if item.callID == "" || item.ended {
			continue
		}
		arguments := item.streamed.String()
		if item.arguments != nil {
			arguments = *item.arguments
		}
		if err := d.endCall(item, arguments); err != nil {
			return err
		}
	}
	return nil
}

// parseArguments reads a call's arguments: a JSON object, none at all, or for a
// custom tool a text.
func parseArguments(arguments string, custom bool) (input json.RawMessage, malformed string) {
	trimmed := strings.TrimSpace(arguments)
	if custom {
		b := append([]byte(`{"input":`), wirejson.AppendString(nil, arguments)...)
		return append(b, '}'), ""
	}
	if trimmed == "" || trimmed == "null" {
		return emptyObject, ""
	}
	if fixed, ok := wirejson.Object([]byte(arguments)); ok {
		return fixed, ""
	}
	return nil, arguments
}

// unread is a warning for events that could not be read; empty when all could.
func (d *decoder) unread() string {
	if d.skipped == 0 {
		return ""
	}
	return "parts of the answer could not be read and were left out"
}
