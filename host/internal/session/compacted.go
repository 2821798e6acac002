package session

import "fmt"

// CompactedAt is a place in a transcript from which on the model was no longer sent
// all that stands before it.
type CompactedAt struct {
	// Message is the index of the first message after it.
	Message    int    `json:"message"`
	Trigger    string `json:"trigger"`
	PreTokens  int64  `json:"pre_tokens"`
	PostTokens int64  `json:"post_tokens"`
	// Cut counts the tool results that lost their content.
	Cut int `json:"cut_results"`
	// Summarized says that a summary stands for older messages.
	Summarized bool `json:"summarized"`
}

// String is one line for people.
func (c CompactedAt) String() string {
	how := "older tool output is cut"
	if c.Summarized {
		how = "older messages are summarized"
	}
	return fmt.Sprintf("compacted here from about %d to %d tokens: for the model %s", c.PreTokens, c.PostTokens, how)
}

// compactedAt are the compactions before the message of that index; behind the last
// message are those that nothing followed.
func (t *Transcript) compactedAt(message int) []CompactedAt {
	var here []CompactedAt
	for _, c := range t.Compacted {
		if min(c.Message, len(t.Messages)) == message {
			here = append(here, c)
		}
	}
	return here
}

// Each calls compacted and message in the order of the conversation.
func (t *Transcript) Each(compacted func(CompactedAt), message func(int)) {
	for i := range len(t.Messages) + 1 {
		for _, c := range t.compactedAt(i) {
			compacted(c)
		}
		if i < len(t.Messages) {
			message(i)
		}
	}
}
