package responses

import (
	"iter"
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
	"github.com/jcode-go/jcode/tools/standin/internal/responserules"
	"github.com/jcode-go/jcode/tools/standin/internal/script"
)

// errorPrefix begins the output of a tool that failed: the protocol has no other way
// to say so.
const errorPrefix = "[Error]"

// reader reads a flat list of items as turns. The calls of one response are one
// turn, however their outputs are placed among them.
type reader struct {
	sealer responserules.Sealer
	talk   *script.Talk

	calls   map[string]script.Result // by call id, without an output
	turnOf  map[string]int
	output  map[int][]script.Result // outputs by the turn of their call
	current string                  // which response the items being read belong to
	waiting bool                    // the last item was the client's: outputs or a message
	outputs bool                    // there was an output since the model spoke last
}

func (s *Server) read(req *responserules.Request) *script.Talk {
	r := reader{
		sealer: s.checker.Sealer, calls: map[string]script.Result{}, turnOf: map[string]int{}, output: map[int][]script.Result{},
		talk: &script.Talk{Model: req.Model.ID, System: req.Instructions, Turn: 1, Called: map[string]int{}},
	}
	r.waiting = true
	for _, item := range req.Items {
		r.item(item)
	}
	if r.waiting {
		r.talk.Results = r.output[r.talk.Turn-1]
	}
	r.talk.Past = r.past(req.Items)
	return r.talk
}

func (r *reader) item(item responserules.Item) {
	switch {
	case item.Type == "message" && item.Role != "assistant":
		r.message(item)
	case strings.HasSuffix(item.Type, "_call_output"):
		result, turn := r.result(item)
		r.output[turn] = append(r.output[turn], result)
		r.waiting, r.outputs = true, true
	default:
		r.spoken(item)
	}
}

// message begins a new task, unless it stands beside outputs.
func (r *reader) message(item responserules.Item) {
	text := contentText(item.Field("content"))
	switch {
	case item.Role != "user":
		r.talk.System = strings.TrimPrefix(r.talk.System+"\n"+text, "\n")
	case r.outputs:
		r.talk.Extra = strings.TrimPrefix(r.talk.Extra+"\n"+text, "\n")
	default:
		r.talk.Task, r.talk.Extra, r.talk.Turn, r.talk.Called = text, "", 1, map[string]int{}
		r.output, r.current = map[int][]script.Result{}, ""
	}
	r.waiting = true
}

// spoken reads what the model said: a further piece of the same response, or the
// first of a new one.
func (r *reader) spoken(item responserules.Item) {
	id := item.Field("call_id").Text()
	response := ""
	if n, _, ours := r.sealer.ReadID(id); ours {
		response = strconv.FormatUint(n, 16)
	}
	another := response != "" && r.current != "" && response != r.current
	if r.waiting && (response == "" || response != r.current) || another {
		r.talk.Turn++
		r.talk.Extra, r.outputs, r.current = "", false, ""
	}
	r.waiting = false
	if response != "" {
		r.current = response
	}
	if id == "" {
		return
	}
	name := item.Field("name").Text()
	r.talk.Called[name]++
	r.calls[id] = script.Result{Tool: name, Input: item.Field("arguments").Text() + item.Field("input").Text()}
	r.turnOf[id] = r.talk.Turn - 1
}

func (r *reader) result(item responserules.Item) (script.Result, int) {
	id := item.Field("call_id").Text()
	result := r.calls[id]
	result.Text = contentText(item.Field("output"))
	result.IsError = strings.HasPrefix(result.Text, errorPrefix)
	return result, r.turnOf[id]
}

// past gives the outputs of the whole conversation, from the newest back.
func (r *reader) past(items []responserules.Item) iter.Seq[script.Result] {
	return func(yield func(script.Result) bool) {
		for i := len(items) - 1; i >= 0; i-- {
			if !strings.HasSuffix(items[i].Type, "_call_output") {
				continue
			}
			if result, _ := r.result(items[i]); !yield(result) {
				return
			}
		}
	}
}

func contentText(content *jsontree.Node) string {
	if content.Is(jsontree.String) {
		return content.Text()
	}
	var all []string
	for _, part := range content.List() {
		if text := part.Get("text"); text != nil {
			all = append(all, text.Text())
		}
	}
	return strings.Join(all, "\n")
}
