package scripted

import (
	"strings"

	"github.com/jcode-go/jcode/sdk"
)

// scene is what a script can ask about a request.
type scene struct {
	prompt  string
	model   string
	after   int // answers since the prompt
	results []sdk.ToolResult
}

// look reads a request from its end: tool results are in the last message, the
// prompt is the last text of the user.
func look(request *sdk.Request) scene {
	s := scene{model: request.Model}
	for i := len(request.Messages) - 1; i >= 0; i-- {
		message := request.Messages[i]
		if message.Role == sdk.RoleAssistant {
			s.after++
			continue
		}
		last := i == len(request.Messages)-1
		for _, block := range message.Blocks {
			switch b := block.(type) {
			case sdk.Text:
				s.prompt += b.Text
			case sdk.ToolResult:
				if last {
					s.results = append(s.results, b)
				}
			case sdk.Thinking, sdk.Image, sdk.ToolCall, sdk.NativeTool:
			}
		}
		if s.prompt != "" {
			return s
		}
	}
	return s
}

// pick finds the turn for s.
func (script Script) pick(s scene) (Turn, bool) {
	for i, turn := range script.Turns {
		if turn.When == nil && i == s.after || turn.When != nil && turn.When.holds(s) {
			return turn, true
		}
	}
	return Turn{}, false
}

func (w *When) holds(s scene) bool {
	if w.After != nil && *w.After != s.after {
		return false
	}
	if w.Model != "" && w.Model != s.model {
		return false
	}
	if w.ToolResult != "" && !w.inResults(s) {
		return false
	}
	if w.Failed != nil && *w.Failed != anyFailed(s.results) {
		return false
	}
	return strings.Contains(s.prompt, w.Prompt)
}

func (w *When) inResults(s scene) bool {
	for _, result := range s.results {
		for _, block := range result.Content {
			if text, ok := block.(sdk.Text); ok && strings.Contains(text.Text, w.ToolResult) {
				return true
			}
		}
	}
	return false
}

func anyFailed(results []sdk.ToolResult) bool {
	for _, result := range results {
		if result.IsError {
			return true
		}
	}
	return false
}
