package claude

import (
	"encoding/json"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
	"github.com/jcode-go/jcode/sdk/transcript"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

// cliState is what the host keeps for us with a session: which conversation of
// the program it is, and where, because the program finds it only from there.
type cliState struct {
	Session string `json:"session_id"`
	Dir     string `json:"cwd"`
	// Host is the session that the state is for. Another one is a fork of it.
	Host string `json:"jcode_session,omitempty"`
	// Seen is how many messages the program knew before its last answer.
	Seen int `json:"seen"`
}

func readState(data []byte) cliState {
	var state cliState
	if json.Unmarshal(data, &state) != nil {
		return cliState{}
	}
	return state
}

func (s cliState) bytes() []byte {
	data, err := json.Marshal(s)
	if err != nil {
		return nil // it holds texts and a number
	}
	return data
}

// resumption is which conversation of the program goes on; none is a new one.
type resumption struct {
	session string
	fork    bool
}

func (r resumption) arguments() []string {
	switch {
	case r.session == "":
		return nil
	case r.fork:
		return []string{"--resume", r.session, "--fork-session"}
	}
	return []string{"--resume", r.session}
}

// resumptionOf finds out whether the program knows all of the conversation but
// what the user said last.
func resumptionOf(request *sdk.Request, dir string) resumption {
	state := readState(request.ProviderState)
	if state.Session == "" || state.Dir != dir || state.Seen < 1 || state.Seen >= len(request.Messages) {
		return resumption{}
	}
	for _, m := range request.Messages[state.Seen:] {
		if m.Role == sdk.RoleAssistant && m.Provider != "" && m.Provider != providerName {
			return resumption{} // somebody else answered meanwhile
		}
	}
	return resumption{session: state.Session, fork: state.Host != request.SessionID}
}

// maxTranscript is how much of an earlier conversation a new one is told.
const maxTranscript = 100_000

const (
	transcriptHead = "This is what was said before, in a conversation that you do not remember:\n\n"
	transcriptTail = "\nGo on with this message:\n\n"
)

// inputLine is the user's message as the program reads it.
func inputLine(request *sdk.Request, resume resumption) []byte {
	text := shellout.NewestTurn(request).String()
	newest := newestFrom(request.Messages)
	if earlier := request.Messages[:newest]; resume.session == "" && len(earlier) > 0 {
		told, _ := shellout.Transcript(&sdk.Request{Messages: earlier}).Fit(maxTranscript, "")
		text = transcriptHead + strings.TrimSuffix(told, "Assistant:\n") + transcriptTail + text
	}
	if strings.HasPrefix(strings.TrimSpace(text), "/") {
		text = "\n" + text // else the program takes it as a command of its own
	}
	return message(text, imagesOf(request.Messages[newest:]))
}

// newestFrom is where the messages begin that came after the last answer.
func newestFrom(messages []sdk.Message) int {
	first := len(messages)
	for first > 0 && messages[first-1].Role == sdk.RoleUser {
		first--
	}
	return first
}

func imagesOf(messages []sdk.Message) []sdk.Image {
	var images []sdk.Image
	for _, m := range messages {
		for _, block := range m.Blocks {
			image, ok := block.(sdk.Image)
			if !ok {
				continue
			}
			if readable, ok := transcript.ReadableImage(image, 0).(sdk.Image); ok {
				images = append(images, readable)
			}
		}
	}
	return images
}

func message(text string, images []sdk.Image) []byte {
	out := []byte(`{"type":"user","message":{"role":"user","content":`)
	if len(images) == 0 {
		out = wirejson.AppendString(out, text)
		return append(out, "}}\n"...)
	}
	out = append(out, `[{"type":"text"`...)
	out = wirejson.AppendField(out, "text", text)
	for _, image := range images {
		out = append(out, `},{"type":"image","source":{"type":"base64"`...)
		out = wirejson.AppendField(out, "media_type", image.MediaType)
		out = append(out, `,"data":`...)
		out = wirejson.AppendBase64(out, image.Data)
		out = append(out, '}')
	}
	return append(out, "}]}}\n"...)
}
