package shellout

import (
	"encoding/json"

	"github.com/jcode-go/jcode/sdk"
)

// Conversation is what the host keeps for a provider with a session, as
// sdk.Result.ProviderState: which conversation of the vendor's program it is, and
// where, because programs find it only from there.
type Conversation struct {
	// Session is the program's own id.
	Session string `json:"session_id"`
	// Dir is the folder that the program ran in.
	Dir string `json:"cwd"`
	// Host is the host's session that the state is for. Another one is a fork
	// of it.
	Host string `json:"jcode_session,omitempty"`
	// Seen is how many messages the program knew before its last answer.
	Seen int `json:"seen"`
}

// ConversationAfter is the state after a turn that answered request in a session
// of the program.
func ConversationAfter(request *sdk.Request, dir, session string) Conversation {
	return Conversation{Session: session, Dir: dir, Host: request.SessionID, Seen: len(request.Messages)}
}

// ReadConversation reads what Bytes wrote. Anything else is no conversation.
func ReadConversation(data []byte) Conversation {
	var c Conversation
	if json.Unmarshal(data, &c) != nil {
		return Conversation{}
	}
	return c
}

// Bytes is c for sdk.Result.ProviderState. That of the zero value says that there
// is none to go on with.
func (c Conversation) Bytes() []byte {
	data, err := json.Marshal(c)
	if err != nil {
		return nil // it holds texts and a number
	}
	return data
}

// Resumption is which conversation of the program goes on; the zero value is a
// new one.
type Resumption struct {
	Session string
	// Fork says that the host's session is a copy of the one that the program
	// knows, so that both must not go on in one place.
	Fork bool
}

// ResumptionOf finds out whether the program knows all of the conversation but
// what the user said last, so that [NewestTurn] is enough: it ran in dir, and
// nobody but provider has answered since.
func ResumptionOf(request *sdk.Request, provider, dir string) Resumption {
	c := ReadConversation(request.ProviderState)
	if c.Session == "" || c.Dir != dir || c.Seen < 1 || c.Seen >= len(request.Messages) {
		return Resumption{}
	}
	for _, m := range request.Messages[c.Seen:] {
		if m.Role == sdk.RoleAssistant && m.Provider != "" && m.Provider != provider {
			return Resumption{} // somebody else answered meanwhile
		}
	}
	return Resumption{Session: c.Session, Fork: c.Host != request.SessionID}
}
