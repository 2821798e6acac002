package claude

import (
	"bytes"

	"github.com/jcode-go/jcode/sdk"
)

// maxResultImageBytes is the API's limit for one image. A tool result with a
// larger one would make every later request of the session fail, so it is
// replaced by a note; the user's own image is left for the API to refuse.
const maxResultImageBytes = 5 << 20

// imageTypes are the formats that the API reads, by how their files begin.
var imageTypes = []struct {
	mediaType string
	offset    int
	magic     string
}{
	{"image/png", 0, "\x89PNG\r\n\x1a\n"},
	{"image/jpeg", 0, "\xff\xd8\xff"},
	{"image/gif", 0, "GIF87a"},
	{"image/gif", 0, "GIF89a"},
	{"image/webp", 8, "WEBP"},
}

// sniffImage returns the media type that the bytes themselves show, for the API
// refuses a request whose declared type differs; "" is none that it reads.
func sniffImage(data []byte) string {
	for _, t := range imageTypes {
		if len(data) >= t.offset && bytes.HasPrefix(data[t.offset:], []byte(t.magic)) {
			return t.mediaType
		}
	}
	return ""
}

// readableImage returns image with its real media type, or a note in its place.
func readableImage(image sdk.Image, inResult bool) sdk.Block {
	mediaType := sniffImage(image.Data)
	if mediaType == "" {
		return sdk.Text{Text: "[image left out: it is no PNG, JPEG, GIF or WebP]"}
	}
	if inResult && len(image.Data) > maxResultImageBytes {
		return sdk.Text{Text: "[image left out: it is larger than 5 MiB]"}
	}
	return sdk.Image{MediaType: mediaType, Data: image.Data}
}
