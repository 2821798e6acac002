package responses

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/stream"
	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// between makes what is not output.
func (c *composer) between(i *Item, text string) event {
	switch i.Type {
	case Keepalive:
		return c.event("keepalive")
	case RateLimits:
		return c.event(RateLimits, rateLimits(c.created)...)
	case Event:
		e, err := c.custom(i.Event, i.Data)
		if err != nil { // checked when it was loaded
			return event{}
		}
		return e
	case Comment:
		return event{op: stream.Write([]byte(": " + text + "\n\n"))}
	case RawBytes:
		return event{op: stream.Write(append([]byte(text), i.Bytes...))}
	case Pause:
		return event{op: stream.Op{Wait: time.Duration(i.MS) * time.Millisecond}}
	case Hang:
		return event{op: stream.Op{End: stream.Hanging}}
	case Error:
		return c.errorEvent(i)
	default:
		end := EndedEarly
		if i.Abort {
			end = Aborted
		}
		return event{op: stream.Op{End: end}}
	}
}

func (c *composer) errorEvent(i *Item) event {
	fault := i.Fault
	if fault == nil {
		fault = &Fault{Code: "server_error"}
	}
	c.fault = fault
	e := c.event("error", "code", fault.Code, "message", fault.message(), "param", orNull(fault.Param))
	if i.Nested {
		kind := fault.Type
		if kind == "" {
			kind = "invalid_request_error"
		}
		e = c.event("error", "error", wire.Object("type", kind, "code", fault.Code, "message", fault.message(), "param", orNull(fault.Param)))
	}
	e.op.End = Errored
	return e
}

// custom makes an event of a whole JSON object. Its type is what the object says,
// or else name; its name on the wire is name, or else the type.
func (c *composer) custom(name string, data json.RawMessage) (event, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return event{}, err
	}
	kind := name
	if raw, ok := fields["type"]; ok {
		if err := json.Unmarshal(raw, &kind); err != nil {
			return event{}, err
		}
	}
	if name == "" {
		name = kind
	}
	delete(fields, "type")
	delete(fields, "sequence_number")
	rest := bytes.TrimSpace(wire.Encode(fields))
	rest = rest[1 : len(rest)-1]
	if len(rest) > 0 {
		rest = append([]byte{','}, rest...)
	}
	return event{name: name, kind: kind, fields: rest, op: stream.Op{Count: 1}}, nil
}

func rateLimits(now int64) []any {
	window := func(percent, minutes int) map[string]any {
		return map[string]any{
			"used_percent": percent, "window_minutes": minutes,
			"reset_at": now + int64(minutes)*60,
		}
	}
	return []any{
		"plan_type", "plus",
		"rate_limits",
		map[string]any{"allowed": true, "limit_reached": false, "primary": window(25, 300), "secondary": window(10, 10080)},
		"credits",
		map[string]any{"has_credits": false, "unlimited": false, "balance": nil},
	}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
