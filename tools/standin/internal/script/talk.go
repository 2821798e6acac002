// Package script picks what a stand-in answers: the steps of a scenario, when each
// holds, and the values that its texts take from the conversation. It knows a
// conversation only as Talk, so one scenario language serves every vendor's API.
package script

import "iter"

// Talk is a request as scenarios see it.
type Talk struct {
	Model   string
	System  string
	Task    string         // what the user said last, without tool results beside it
	Extra   string         // text beside the newest tool results
	Turn    int            // 1 answers the task
	Called  map[string]int // tool calls since the task
	Results []Result       // that the request brings anew
	// Past gives the tool results of the whole conversation, newest message first;
	// nil is none.
	Past iter.Seq[Result]
}

// Result is one tool result with the call that it answers.
type Result struct {
	Tool, Input, Text string
	IsError           bool
}

// capture looks for want from the newest result back.
func (t *Talk) capture(want Capture) (string, bool) {
	if t.Past == nil {
		return "", false
	}
	for r := range t.Past {
		if want.Tool != "" && want.Tool != r.Tool {
			continue
		}
		if found := want.regex.FindStringSubmatch(r.Text); found != nil {
			return found[min(1, len(found)-1)], true
		}
	}
	return "", false
}
