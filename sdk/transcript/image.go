package transcript

import (
	"bytes"
	"fmt"

	"github.com/jcode-go/jcode/sdk"
)

// imageTypes are the formats that vendors read, by how their files begin.
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

// SniffImage returns the media type that the bytes themselves show, for vendors
// refuse a request whose declared type differs; "" is none that it reads.
func SniffImage(data []byte) string {
	for _, t := range imageTypes {
		if len(data) >= t.offset && bytes.HasPrefix(data[t.offset:], []byte(t.magic)) {
			return t.mediaType
		}
	}
	return ""
}

// ReadableImage returns image with its real media type, or a note in its place
// when it is none that vendors read, or larger than limit bytes. A limit of 0 is
// none: an image of the user's own is better refused by the vendor than left out.
func ReadableImage(image sdk.Image, limit int) sdk.Block {
	mediaType := SniffImage(image.Data)
	if mediaType == "" {
		return sdk.Text{Text: "[image left out: it is no PNG, JPEG, GIF or WebP]"}
	}
	if limit > 0 && len(image.Data) > limit {
		return sdk.Text{Text: fmt.Sprintf("[image left out: it is larger than %d MiB]", limit>>20)}
	}
	return sdk.Image{MediaType: mediaType, Data: image.Data}
}
