package standin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// player writes one answer.
type player struct {
	w     http.ResponseWriter
	model string
}

// play answers what word asks for.
func play(w http.ResponseWriter, r *http.Request, request Request, word, rest string) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Request-Id", "req_1")
	p := player{w, request.Model}
	switch {
	case word == "endless":
		p.text("content", "a word")
		<-r.Context().Done()
		return
	case word == "long":
		for range 640 {
			p.text("content", strings.Repeat("long text ", 820))
		}
	case (word == "tool" || word == "whole") && len(request.Tools) > 0:
		p.call(request.Tools[0].Function.Name, word == "whole")
		p.finish("tool_calls")
		return
	case word == "think":
		p.words("reasoning_content", rest)
		p.text("content", "done")
	case word == "say":
		p.words("content", rest)
	default:
		p.words("content", request.last())
	}
	p.finish("stop")
}

func (p player) words(field, text string) {
	for _, word := range strings.SplitAfter(text, " ") {
		p.text(field, word)
	}
}

func (p player) text(field, text string) {
	value, _ := json.Marshal(text) // a text always can
	p.delta(fmt.Sprintf(`{"role":"assistant",%q:%s}`, field, value))
}

func (p player) call(name string, whole bool) {
	if whole {
		p.delta(fmt.Sprintf(`{"tool_calls":[{"type":"function","function":{"name":%q,"arguments":{"path":"a.go"}}}]}`, name))
		return
	}
	p.delta(fmt.Sprintf(`{"tool_calls":[{"index":0,"id":"call_0","type":"function","function":{"name":%q,"arguments":""}}]}`, name))
	for _, piece := range []string{`{"path":`, `"a.go"}`} {
		p.delta(fmt.Sprintf(`{"tool_calls":[{"index":0,"function":{"arguments":%q}}]}`, piece))
	}
}

func (p player) delta(delta string) {
	p.send(fmt.Sprintf(`{"id":"chat_1","object":"chat.completion.chunk","model":%q,"choices":[{"index":0,"delta":%s,"finish_reason":null}]}`, p.model, delta))
}

func (p player) finish(reason string) {
	p.send(fmt.Sprintf(`{"id":"chat_1","object":"chat.completion.chunk","model":%q,"choices":[{"index":0,"delta":{},"finish_reason":%q}]}`, p.model, reason))
	p.send(fmt.Sprintf(`{"id":"chat_1","object":"chat.completion.chunk","model":%q,"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17}}`, p.model))
	p.send("[DONE]")
}

func (p player) send(data string) {
	_, _ = fmt.Fprintf(p.w, "data: %s\n\n", data)
	_ = http.NewResponseController(p.w).Flush() // a caller that is gone shows at the next one
}
