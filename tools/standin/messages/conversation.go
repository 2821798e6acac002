package messages

import (
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
	"github.com/jcode-go/jcode/tools/standin/internal/strict"
)

// conversation is a request as scenarios see it.
type conversation struct {
	model   string
	system  string
	task    string         // what the user said last, in a message without results
	extra   string         // text beside the results of the last message
	turn    int            // 1 answers the task
	called  map[string]int // tool calls since the task
	results []toolResult   // of the last message

	messages []strict.Message
}

type toolResult struct {
	tool, input, text string
	isError           bool
}

func read(req *strict.Request) *conversation {
	c := &conversation{
		model: req.Model.ID, system: req.System, turn: 1,
		called: map[string]int{}, messages: req.Messages,
	}
	start := lastTask(req.Messages)
	if start >= 0 {
		c.task = texts(req.Messages[start])
	}
	for _, m := range req.Messages[start+1:] {
		if m.Role == "assistant" {
			c.turn++
			countCalls(m, c.called)
		}
	}
	if n := len(req.Messages); n > 0 {
		c.results = results(req.Messages, n-1)
		if n-1 != start {
			c.extra = texts(req.Messages[n-1])
		}
	}
	return c
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
func results(messages []strict.Message, i int) []toolResult {
	var all []toolResult
	for _, b := range messages[i].Blocks {
		if b.Type != "tool_result" {
			continue
		}
		r := toolResult{text: resultText(b.Field("content")), isError: b.Field("is_error").True()}
		if i > 0 {
			r.tool, r.input = callOf(messages[i-1], b.Field("tool_use_id").Text())
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

// capture looks for c from the newest result back.
func (c *conversation) capture(want Capture) (string, bool) {
	for i := len(c.messages) - 1; i >= 0; i-- {
		if c.messages[i].Role != "user" {
			continue
		}
		for _, r := range results(c.messages, i) {
			if want.Tool != "" && want.Tool != r.tool {
				continue
			}
			if found := want.regex.FindStringSubmatch(r.text); found != nil {
				return found[min(1, len(found)-1)], true
			}
		}
	}
	return "", false
}
