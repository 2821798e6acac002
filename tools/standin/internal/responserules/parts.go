package responserules

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/check"
	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
	"github.com/jcode-go/jcode/tools/standin/internal/picture"
)

// partKind says which text field a content part must have and what else it may.
type partKind struct {
	text   string
	fields []string
}

var (
	inputParts = map[string]partKind{
		"input_text":  {"text", []string{"text", "prompt_cache_breakpoint"}},
		"input_image": {"", []string{"image_url", "detail", "file_id"}},
		"input_file":  {"", []string{"file_data", "file_id", "file_url", "filename", "detail"}},
	}
	outputParts = map[string]partKind{
		"output_text": {"text", []string{"text", "annotations", "logprobs"}},
		"refusal":     {"refusal", []string{"refusal"}},
	}
)

// checkParts checks what a message of role, or the output of a tool, consists of.
func checkParts(path string, parts []jsontree.Node, role string) *Refusal {
	kinds, supported := inputParts, "'input_text', 'input_image' and 'input_file'"
	if role == "assistant" {
		kinds, supported = outputParts, "'output_text' and 'refusal'"
	}
	return check.First(parts, func(i int, part jsontree.Node) *Refusal {
		path := at(path, i)
		name := part.Get("type").Text()
		if name == "" {
			return refuse(partShape, path, path)
		}
		kind, ok := kinds[name]
		if !ok {
			return refuse(partRole, path, name, supported)
		}
		if key := check.Extra(&part, append([]string{"type"}, kind.fields...)); key != "" {
			return refuse(partField, path+"."+key, path, key)
		}
		if kind.text != "" && !part.Get(kind.text).Is(jsontree.String) {
			return refuse(textMissing, path+"."+kind.text, path, kind.text)
		}
		if name == "input_image" {
			return checkImage(path, &part)
		}
		return nil
	})
}

// maxImage is in bytes as decoded, to within two.
const maxImage = 20 << 20

func checkImage(path string, part *jsontree.Node) *Refusal {
	source, detail := part.Get("image_url"), part.Get("detail")
	param := path + ".image_url"
	switch {
	case !source.Is(jsontree.String):
		return refuse(imageSource, param, path)
	case present(detail) && !slices.Contains([]string{"low", "high", "auto", "original"}, detail.Text()):
		return refuse(imageDetail, path+".detail", path)
	case strings.HasPrefix(source.Text(), "http://") || strings.HasPrefix(source.Text(), "https://"):
		return refuse(imageDownload, param, path) // the server reaches nothing
	}
	head, data, ok := strings.Cut(strings.TrimPrefix(source.Text(), "data:"), ",")
	media, encoded := strings.CutSuffix(head, ";base64")
	switch {
	case !ok || !encoded || !strings.HasPrefix(source.Text(), "data:") || !strings.HasPrefix(media, "image/"):
		return refuse(imageURL, param, path)
	case !slices.Contains(picture.MediaTypes, media):
		return refuse(imageFormat, param)
	}
	if size := base64.StdEncoding.DecodedLen(len(data)); size > maxImage {
		return refuse(imageSize, param, path, size, maxImage)
	}
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil || len(raw) == 0 {
		return refuse(imageBase64, param, path)
	}
	found, _, _, ok := picture.Config(raw)
	switch {
	case !slices.Contains(picture.MediaTypes, found):
		return refuse(imageBroken, param, path)
	case found != media:
		return refuse(imageMismatch, param, path, found, media)
	case !ok:
		return refuse(imageBroken, param, path)
	}
	return nil
}
