package openai

import "github.com/jcode-go/jcode/sdk"

// results are a transcript's tool results by the call that they answer, wherever
// they stand.
type results struct {
	calls map[string]int // how many calls bear an id
	found map[string][]sdk.ToolResult
}

func collectResults(messages []sdk.Message) *results {
	r := &results{calls: map[string]int{}, found: map[string][]sdk.ToolResult{}}
	for i := range messages {
		for _, block := range messages[i].Blocks {
			switch b := block.(type) {
			case sdk.ToolCall:
				if messages[i].Role == sdk.RoleAssistant {
					r.calls[b.ID]++
				}
			case sdk.ToolResult:
				if messages[i].Role == sdk.RoleUser {
					r.found[b.ToolCallID] = append(r.found[b.ToolCallID], b)
				}
			default:
			}
		}
	}
	return r
}

func (r *results) answersCall(id string) bool { return r.calls[id] > 0 }

// take returns the result of the next call with that id. Several results of one call
// are a placeholder and the real one, which wins; several calls of one id take theirs
// in turn.
func (r *results) take(id string) sdk.ToolResult {
	found := r.found[id]
	if len(found) == 0 {
		return sdk.ToolResult{ToolCallID: id, IsError: true, Content: []sdk.Block{sdk.Text{Text: outputMissing}}}
	}
	if r.calls[id] > 1 {
		r.found[id] = found[1:]
		return found[0]
	}
	best := found[0]
	for _, other := range found[1:] {
		if isPlaceholder(best) {
			best = other
		}
	}
	return best
}

// isPlaceholder recognises what stands for a result that never came, be it ours or
// another provider's: an error in brackets that says so.
func isPlaceholder(result sdk.ToolResult) bool {
	if !result.IsError || len(result.Content) != 1 {
		return false
	}
	text, ok := result.Content[0].(sdk.Text)
	return ok && (text.Text == outputMissing || text.Text == "[Session interrupted before tool execution completed]")
}
