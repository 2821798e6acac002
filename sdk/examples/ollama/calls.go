package ollama

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/toolspec"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

// calls puts tool calls together. Servers send them in pieces with an index, or whole
// and without index or id, or several under one index.
type calls struct {
	names *toolspec.Names
	// taken are the ids that the conversation has already.
	taken map[string]bool
	// seed makes ids where the server sends none, the same for the same request.
	seed string
	open []*call
	done int
}

type call struct {
	index     int // -1: the server gave none
	wireID    string
	id        string
	wireName  string
	arguments strings.Builder
	started   bool
}

// newCalls prepares for the answer to a request.
func newCalls(request *sdk.Request, names *toolspec.Names) calls {
	c := calls{names: names, taken: map[string]bool{}, seed: request.ID + "/" + strconv.Itoa(len(request.Messages))}
	for _, m := range request.Messages {
		for _, block := range m.Blocks {
			if b, ok := block.(sdk.ToolCall); ok {
				c.taken[b.ID] = true
			}
		}
	}
	return c
}

// count is how many calls were ended.
func (c *calls) count() int { return c.done }

// add takes a piece.
func (c *calls) add(w *wireCall, emit func(sdk.Event) error) error {
	piece := w.arguments()
	open := c.find(w, piece)
	if open == nil {
		open = &call{index: -1}
		if w.Index != nil {
			open.index = *w.Index
		}
		c.open = append(c.open, open)
	} else if piece != "" && piece == open.arguments.String() && isObject(piece) {
		piece = "" // sent again at the end
	}
	open.wireID, open.wireName = firstOf(open.wireID, string(w.ID)), firstOf(open.wireName, string(w.Function.Name))
	open.arguments.WriteString(piece)
	return c.grow(open, piece, emit)
}

// find is the call that a piece belongs to; nil is a new one.
func (c *calls) find(w *wireCall, piece string) *call {
	var last *call
	for _, open := range c.open {
		if w.Index == nil || open.index == *w.Index {
			last = open
		}
	}
	id, name := string(w.ID), string(w.Function.Name)
	switch {
	case last == nil:
		return nil
	case id != "" && last.wireID != "" && id != last.wireID:
		return nil
	case id != "" && id == last.wireID:
		return last
	case name != "" && last.wireName != "" && (name != last.wireName || piece != "" && isObject(last.arguments.String())):
		return nil // it begins anew
	}
	return last
}

// grow tells what is known of a call: nothing until its name is.
func (c *calls) grow(open *call, piece string, emit func(sdk.Event) error) error {
	if open.wireName == "" {
		return nil
	}
	if !open.started {
		open.started = true
		open.id = c.newID(open.wireID)
		if err := emit(sdk.ToolCallStart{ID: open.id, Name: c.names.Host(open.wireName)}); err != nil {
			return err
		}
		piece = open.arguments.String()
	}
	if piece == "" {
		return nil
	}
	return emit(sdk.ToolCallDelta{ID: open.id, JSON: piece})
}

// newID is the server's id, unless there is none or the conversation has it already:
// some servers count anew in every answer. Nine letters and digits are what the
// templates of some models insist on.
func (c *calls) newID(wire string) string {
	id := wire
	for n := 0; id == "" || c.taken[id]; n++ {
		sum := sha256.Sum256([]byte(c.seed + "/" + strconv.Itoa(len(c.open)) + "/" + strconv.Itoa(n)))
		id = base32.StdEncoding.EncodeToString(sum[:])[:9]
	}
	c.taken[id] = true
	return id
}

// end completes the calls. One that was cut off in the middle has no end, and does not
// run.
func (c *calls) end(cut bool, emit func(sdk.Event) error) error {
	for _, open := range c.open {
		text := strings.TrimSpace(open.arguments.String())
		input, ok := wirejson.Object(json.RawMessage(text))
		if !open.started || cut && !ok {
			continue
		}
		end := sdk.ToolCallEnd{ID: open.id}
		switch {
		case text == "":
			end.Input = json.RawMessage("{}")
		case ok:
			end.Input = input
		default:
			end.Malformed = open.arguments.String()
		}
		c.done++
		if err := emit(end); err != nil {
			return err
		}
	}
	return nil
}

func isObject(text string) bool {
	_, ok := wirejson.Object([]byte(text))
	return ok
}
