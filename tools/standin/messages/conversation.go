package messages

import (
	"iter"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
	"github.com/jcode-go/jcode/tools/standin/internal/script"
	"github.com/jcode-go/jcode/tools/standin/internal/strict"
)

func read(req *strict.Request) *script.Talk {
	c := &script.Talk{
		Model: req.Model.ID, System: req.System, Turn: 1,
		Called: map[string]int{}, Past: past(req.Messages),
	}
	start := lastTask(req.Messages)
	if start >= 0 {
		c.Task = texts(req.Messages[start])
	}
	for _, m := range req.Messages[start+1:] {
		if m.Role == "assistant" {
			c.Turn++
			countCalls(m, c.Called)
		}
	}
	if n := len(req.Messages); n > 0 {
		c.Results = results(req.Messages, n-1)
		if n-1 != start {
			c.Extra = texts(req.Messages[n-1])
		}
	}
	return c
}

// past gives the results of every message, from the newest back.
func past(messages []strict.Message) iter.Seq[script.Result] {
	return func(yield func(script.Result) bool) {
		for i := len(messages) - 1; i >= 0; i-- {
			if messages[i].Role != "user" {
				continue
			}
			for _, r := range results(messages, i) {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// lastTask finds the last user message that brings no tool results.
func lastTask(messages []strict.Message) int {
	for i := len(messages) - 1; i >= 0; i-- {
		if messages[i].Role == "user" && !has(messages[i], "tool_result") {
			return i
		}
	}
	return -1
}

func has(m strict.Message, kind string) bool {
	for _, b := range m.Blocks {
		if b.Type == kind {
			return true
		}
	}
	return false
}

func texts(m strict.Message) string {
	var all []string
	for _, b := range m.Blocks {
		if b.Type == "text" {
			all = append(all, b.Text)
		}
	}
	return strings.Join(all, "\n")
}

func countCalls(m strict.Message, called map[string]int) {
	for _, b := range m.Blocks {
		if b.Type == "tool_use" {
			called[b.Field("name").Text()]++
		}
	}
}

// results reads the tool results of message i with the calls they answer.
func results(messages []strict.Message, i int) []script.Result {
	var all []script.Result
	for _, b := range messages[i].Blocks {
		if b.Type != "tool_result" {
			continue
		}
		r := script.Result{Text: resultText(b.Field("content")), IsError: b.Field("is_error").True()}
		if i > 0 {
			r.Tool, r.Input = callOf(messages[i-1], b.Field("tool_use_id").Text())
		}
		all = append(all, r)
	}
	return all
}

func callOf(m strict.Message, id string) (tool, input string) {
	for _, b := range m.Blocks {
		if b.Type == "tool_use" && b.Field("id").Text() == id {
			return b.Field("name").Text(), string(b.Field("input").Raw)
		}
	}
	return "", ""
}

func resultText(content *jsontree.Node) string {
	if content.Is(jsontree.String) {
		return content.Text()
	}
	var all []string
	for _, b := range content.List() {
		all = append(all, b.Get("text").Text())
	}
	return strings.Join(all, "\n")
}
