// Package picture looks at the bytes of an image as the vendors do before a model
// sees them: are they an image at all, and of the type that was claimed.
package picture

import (
	"bytes"
	"image"
	_ "image/gif"  // decoder for DecodeConfig
	_ "image/jpeg" // decoder for DecodeConfig
	_ "image/png"  // decoder for DecodeConfig
	"net/http"
	"slices"
)

// MediaTypes are those that both vendors take.
var MediaTypes = []string{"image/jpeg", "image/png", "image/gif", "image/webp"}

// Config tells what raw really is and how large. ok is false when it is none of
// MediaTypes or cannot be read. A WebP has no size here: the standard library
// cannot read it.
func Config(raw []byte) (media string, width, height int, ok bool) {
	media = http.DetectContentType(raw)
	if !slices.Contains(MediaTypes, media) {
		return media, 0, 0, false
	}
	if media == "image/webp" {
		return media, 0, 0, true
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(raw))
	return media, config.Width, config.Height, err == nil
}
