package agent

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/jcode-go/jcode/sdk"
)

// Attachment is a file that goes with the prompt.
type Attachment struct {
	// Name is what the model is told: the path as the user gave it.
	Name string
	// Data is the file. Text is told from images by content.
	Data []byte
}

// PipedInput is standard input that came beside the prompt.
type PipedInput struct {
	// Head and Tail are what fits under the limit; Tail is empty when all is
	// in Head.
	Head, Tail []byte
	// Total is the size in bytes; Spool is a file that holds all of it when it
	// was cut.
	Total int64
	Spool string
}

const (
	maxImageBytes = 20 << 20
	maxTextBytes  = 4 << 20
)

var imageTypes = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// Input makes the user's message. Images need a provider that reads them; a
// file that is neither text nor such an image is a [*UsageError].
func Input(prompt string, piped *PipedInput, attachments []Attachment, info sdk.Info) (sdk.Message, error) {
	var images []sdk.Block
	var text strings.Builder
	text.WriteString(prompt)
	for _, file := range attachments {
		kind := http.DetectContentType(file.Data)
		switch {
		case imageTypes[kind]:
			if err := checkImage(file, kind, info); err != nil {
				return sdk.Message{}, err
			}
			images = append(images, sdk.Image{MediaType: kind, Data: file.Data})
			fmt.Fprintf(&text, "\n\n[image: %s]", file.Name)
		case isText(file.Data):
			if len(file.Data) > maxTextBytes {
				return sdk.Message{}, tooLarge(file, maxTextBytes)
			}
			text.WriteString("\n\n" + fileBlock(file))
		default:
			return sdk.Message{}, &UsageError{Message: fmt.Sprintf("attach %s: neither text nor a PNG, JPEG, GIF or WebP image (%s)", file.Name, kind)}
		}
	}
	if piped != nil {
		block, err := pipedBlock(*piped)
		if err != nil {
			return sdk.Message{}, err
		}
		text.WriteString(block)
	}
	whole := strings.TrimSpace(text.String())
	if whole == "" && len(images) == 0 {
		return sdk.Message{}, &UsageError{Message: "the prompt is empty", Remedy: `jcode run "what to do"`}
	}
	blocks := images
	if whole != "" {
		blocks = append(blocks, sdk.Text{Text: whole})
	}
	return sdk.Message{Role: sdk.RoleUser, Blocks: blocks}, nil
}

func checkImage(file Attachment, kind string, info sdk.Info) error {
	if !info.Has(sdk.CapabilityImages) {
		return &UsageError{
			Message: fmt.Sprintf("attach %s: provider %s does not read images", file.Name, info.Name),
			Remedy:  "jcode plugins list",
		}
	}
	if len(file.Data) > maxImageBytes {
		return tooLarge(file, maxImageBytes)
	}
	if len(file.Data) == 0 {
		return &UsageError{Message: fmt.Sprintf("attach %s: empty %s", file.Name, kind)}
	}
	return nil
}

func tooLarge(file Attachment, limit int) error {
	return &UsageError{
		Message: fmt.Sprintf("attach %s: %d bytes is more than %d MiB", file.Name, len(file.Data), limit>>20),
		Remedy:  "name the file in the prompt: the model can read it in parts",
	}
}

func isText(data []byte) bool {
	return bytes.IndexByte(data, 0) < 0 && utf8.Valid(data)
}

// fileBlock puts a file into a fence that does not occur in it.
func fileBlock(file Attachment) string {
	fence := "```"
	for bytes.Contains(file.Data, []byte(fence)) {
		fence += "`"
	}
	return fmt.Sprintf("File %s:\n%s\n%s\n%s", file.Name, fence, strings.TrimSuffix(string(file.Data), "\n"), fence)
}

func pipedBlock(piped PipedInput) (string, error) {
	if bytes.IndexByte(piped.Head, 0) >= 0 || bytes.IndexByte(piped.Tail, 0) >= 0 {
		return "", &UsageError{Message: "standard input is not text", Remedy: "attach the file with -f"}
	}
	if piped.Total == 0 {
		return "", nil
	}
	text := strings.ToValidUTF8(string(piped.Head), "�")
	if len(piped.Tail) > 0 {
		left := piped.Total - int64(len(piped.Head)) - int64(len(piped.Tail))
		text += fmt.Sprintf("\n[… %d of %d bytes left out", left, piped.Total)
		if piped.Spool != "" {
			text += "; all of it is in " + piped.Spool
		}
		text += " …]\n" + strings.ToValidUTF8(string(piped.Tail), "�")
	}
	return "\n\n<stdin>\n" + strings.TrimSuffix(text, "\n") + "\n</stdin>", nil
}
