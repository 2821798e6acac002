package strict

import (
	"encoding/base64"
	"slices"

	"github.com/jcode-go/jcode/tools/standin/internal/check"
	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
	"github.com/jcode-go/jcode/tools/standin/internal/picture"
)

const (
	maxImage = 5 << 20 // bytes, decoded
	maxSide  = 8000    // pixels
)

var mediaTypes = picture.MediaTypes

func checkImage(b Block) *Refusal {
	source := b.Field("source")
	switch source.Get("type").Text() {
	case "url":
		if source.Get("url").Text() == "" || check.Extra(source, []string{"type", "url"}) != "" {
			return refuse(imageSource, b.path)
		}
		return nil
	case "base64":
		return checkBase64(b.path, source)
	default:
		return refuse(imageSource, b.path)
	}
}

func checkBase64(path string, source *jsontree.Node) *Refusal {
	media, data := source.Get("media_type"), source.Get("data")
	if !media.Is(jsontree.String) || !data.Is(jsontree.String) || check.Extra(source, []string{"type", "media_type", "data"}) != "" {
		return refuse(imageSource, path)
	}
	if !slices.Contains(mediaTypes, media.Text()) {
		return refuse(imageMedia, path)
	}
	raw, err := base64.StdEncoding.DecodeString(data.Text())
	if err != nil || len(raw) == 0 {
		return refuse(imageBase64, path)
	}
	if len(raw) > maxImage {
		return refuse(imageSize, path, len(raw))
	}
	return checkPixels(path, media.Text(), raw)
}

func checkPixels(path, media string, raw []byte) *Refusal {
	found, width, height, ok := picture.Config(raw)
	if !slices.Contains(mediaTypes, found) {
		return refuse(imageBroken, path)
	}
	if found != media {
		return refuse(imageMismatch, path, media, found)
	}
	if !ok {
		return refuse(imageBroken, path)
	}
	if width > maxSide || height > maxSide {
		r := refuse(imageDimensions, path, maxSide)
		r.Details = map[string]any{
			"error_code": "image_dimensions_too_large", "max_side_length_pixels": maxSide,
			"paths": []string{path},
		}
		return r
	}
	return nil
}
