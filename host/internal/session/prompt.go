package session

import "github.com/jcode-go/jcode/sdk"

// Prefix is what every request of a session begins with, as far as it must not change
// between runs: vendors cache by it.
type Prefix struct {
	// Hash is of system prompt and tools together.
	Hash string `json:"hash"`
	// Date and Branch are what the model was told when the session began.
	Date   string `json:"date"`
	Branch string `json:"branch,omitempty"`
	// Tools are the tools by name, with a hash of each; none for a provider that
	// takes none.
	Tools map[string]string `json:"tools,omitempty"`
}

// Prefix is what was recorded last; ok is false when nothing was.
func (s *Session) Prefix() (p Prefix, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.prefix == nil {
		return Prefix{}, false
	}
	return *s.state.prefix, true
}

// SetPrefix records what requests begin with from now on.
func (s *Session) SetPrefix(p Prefix) error {
	return s.write(entry{Type: typePrefix, Prefix: &p}, sdk.Message{})
}
