package claude

import (
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
	"github.com/jcode-go/jcode/sdk/transcript"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

// resumeArguments go on with a conversation of the program.
func resumeArguments(r shellout.Resumption) []string {
	switch {
	case r.Session == "":
		return nil
	case r.Fork:
		return []string{"--resume", r.Session, "--fork-session"}
	}
	return []string{"--resume", r.Session}
}

// maxTranscript is how much of an earlier conversation a new one is told.
const maxTranscript = 100_000

const (
	transcriptHead = "This is what was said before, in a conversation that you do not remember:\n\n"
	transcriptTail = "\nGo on with this message:\n\n"
)

// inputLine is the user's message as the program reads it.
func inputLine(request *sdk.Request, resume shellout.Resumption) []byte {
	text := shellout.NewestTurn(request).String()
	newest := newestFrom(request.Messages)
	if earlier := request.Messages[:newest]; resume.Session == "" && len(earlier) > 0 {
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
