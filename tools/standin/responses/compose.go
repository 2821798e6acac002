package responses

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/responserules"
	"github.com/jcode-go/jcode/tools/standin/internal/script"
	"github.com/jcode-go/jcode/tools/standin/internal/stream"
	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// How a stream can end, as Record.Outcome tells it.
const (
	Complete   = stream.Complete   // the last event was sent: completed or incomplete
	Errored    = stream.Errored    // response.failed, an error event, or an HTTP error
	EndedEarly = stream.EndedEarly // the connection was closed in order, before the last event
	Aborted    = stream.Aborted    // the connection was broken
	ClientGone = stream.ClientGone // the client went away first
	Pending    = stream.Pending    // not ended yet
)

// event is one thing to do on the wire. What has a name gets its sequence number
// when all are in order.
type event struct {
	name   string // on the event line; "" for what is no event
	kind   string // its type in the JSON
	fields []byte // the JSON of its fields after type, with a comma before each
	op     stream.Op
}

// part is an output item, or something between items, which has only deltas.
type part struct{ start, deltas, stop []event }

// composer turns a Reply into a stream.
type composer struct {
	number    uint64 // of the response, unique in the server
	created   int64
	face      responserules.Face
	account   string
	model     string
	request   requestEcho
	encrypted bool // the request asked for encrypted reasoning
	input     int  // tokens of the request
	flush     int
	sealer    responserules.Sealer
	values    script.Values

	plain    bool
	parts    []part
	output   []json.RawMessage
	index    int
	written  int // bytes of output
	thought  bool
	fault    *Fault // the error event that ends it, if any
	reasoned int    // bytes of reasoning
}

// prepared is a reply ready to be sent either way.
type prepared struct {
	ops      []stream.Op
	flush    int
	response json.RawMessage // the reply as one response, output included
	fault    *Fault
}

func (c *composer) compose(r *Reply) (*prepared, error) {
	frames, err := parseFraming(r.Framing)
	if err != nil {
		return nil, err
	}
	c.plain = r.Plain
	for i := range r.Items {
		if err := c.item(&r.Items[i]); err != nil {
			return nil, fmt.Errorf("items[%d]: %w", i, err)
		}
	}
	e := c.envelope(r)
	events := []event{
		c.event("response.created", "response", e.opening()),
		c.event("response.in_progress", "response", e.opening()),
	}
	events = append(events, arrange(c.parts, r.Interleave)...)
	if r.Failed != nil && len(r.Items) == 0 {
		events = events[:1] // the vendor fails before it begins
	}
	events = append(events, c.event(e.last(), "response", e.closing(c.emptyOutput(r))))
	out := &prepared{flush: c.flush, response: e.closing(false), fault: c.fault}
	if r.Flush != "" {
		out.flush, _ = stream.ParseFlush(r.Flush) // checked when it was loaded
	}
	out.ops = number(events, frames)
	end := Complete
	if r.Failed != nil {
		end = Errored
	}
	if frames.done {
		out.ops = append(out.ops, stream.Write([]byte("data: [DONE]\n\n")))
	}
	out.ops = append(out.ops, stream.Op{End: end})
	return out, nil
}

func (c *composer) emptyOutput(r *Reply) bool {
	if r.Output == "" {
		return c.face == responserules.ChatGPT
	}
	return r.Output == "empty"
}

// event is one event; pairs are the fields after its type, in order.
func (c *composer) event(name string, pairs ...any) event {
	object := wire.Object(pairs...)
	fields := object[1 : len(object)-1]
	if len(fields) > 0 {
		fields = append([]byte{','}, fields...)
	}
	return event{name: name, kind: name, fields: fields, op: stream.Op{Count: 1}}
}

// number writes the events out in their final order.
func number(events []event, frames framing) []stream.Op {
	ops := make([]stream.Op, 0, len(events)+2)
	sequence := 0
	for _, e := range events {
		if e.name != "" {
			data := make([]byte, 0, len(e.fields)+len(e.kind)+48)
			data = append(append(append(data, `{"type":"`...), e.kind...), '"')
			data = append(append(data, e.fields...), `,"sequence_number":`...)
			data = append(strconv.AppendInt(data, int64(sequence), 10), '}')
			e.op.Data = frames.frame(e.name, data, sequence)
			sequence++
		}
		ops = append(ops, e.op)
	}
	return ops
}

func arrange(parts []part, interleave bool) []event {
	var all []event
	if !interleave {
		for _, p := range parts {
			all = append(append(append(all, p.start...), p.deltas...), p.stop...)
		}
		return all
	}
	longest := 0
	for _, p := range parts {
		all = append(all, p.start...)
		longest = max(longest, len(p.deltas))
	}
	for i := range longest {
		for _, p := range parts {
			if i < len(p.deltas) {
				all = append(all, p.deltas[i])
			}
		}
	}
	for _, p := range parts {
		all = append(all, p.stop...)
	}
	return all
}

func delayed(events []event, ms int) []event {
	for i := range events {
		events[i].op.Wait = time.Duration(ms) * time.Millisecond
	}
	return events
}
