package tool

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	_ "image/gif"  // for the size of images
	_ "image/jpeg" // for the size of images
	_ "image/png"  // for the size of images
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"

	"github.com/jcode-go/jcode/host/internal/tool/ignore"
	"github.com/jcode-go/jcode/sdk"
)

const (
	listEntries  = 200
	maxImage     = 3_750_000 // 5 MB as base64
	maxNotebook  = 10 << 20
	maxCellText  = 2000
	suggestTime  = 50 * time.Millisecond
	suggestNames = 3
	maxGuide     = 32 << 10
)

// list shows a folder.
func (t *readTool) list(at location) Result {
	entries, err := os.ReadDir(at.real)
	if err != nil {
		return failed(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s is a folder with %s:\n", at.shown, plural(len(entries), "entry"))
	for i, entry := range entries {
		if i == listEntries {
			fmt.Fprintf(&b, "(%d more; use glob)\n", len(entries)-i)
			break
		}
		name := entry.Name()
		switch {
		case entry.IsDir():
			name += "/"
		case entry.Type()&os.ModeSymlink != 0:
			name += "@"
		}
		b.WriteString(name + "\n")
	}
	return textResult(b.String())
}

// imageType is the media type of an image that models take, or empty.
func imageType(start []byte) string {
	switch kind := http.DetectContentType(start); kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return kind
	}
	return ""
}

// image shows a picture to a model that can see.
func (t *readTool) image(at location, kind string, info os.FileInfo, reader io.Reader) Result {
	if info.Size() > maxImage {
		return failure(CodeTooLarge, "%s is an image of %s, more than %s; make a smaller copy with bash first", at.shown, byteSize(info.Size()), byteSize(maxImage))
	}
	data, err := io.ReadAll(io.LimitReader(reader, maxImage+1))
	if err != nil {
		return failed(fmt.Errorf("read %s: %w", at.shown, err))
	}
	what := fmt.Sprintf("%s: image, %s", at.shown, kind)
	if config, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil {
		what += fmt.Sprintf(", %d×%d", config.Width, config.Height)
	}
	what += ", " + byteSize(int64(len(data)))
	if !t.Vision {
		return failure(CodeBinary, "%s; this model cannot see images", what)
	}
	return Result{Content: []sdk.Block{sdk.Text{Text: what}, sdk.Image{MediaType: kind, Data: data}}, OutputBytes: int64(len(data))}
}

// cell is a cell of a notebook.
type cell struct {
	Type    string          `json:"cell_type"`
	Source  json.RawMessage `json:"source"`
	Outputs []struct {
		Text json.RawMessage            `json:"text"`
		Data map[string]json.RawMessage `json:"data"`
		Name string                     `json:"ename"`
		Why  string                     `json:"evalue"`
	} `json:"outputs"`
}

// notebook shows the cells with their text output.
func (t *readTool) notebook(at location, reader *bufio.Reader, hashing *hashing, info os.FileInfo) (Result, bool) {
	data, err := io.ReadAll(reader)
	var book struct {
		Cells []cell `json:"cells"`
	}
	if err != nil || json.Unmarshal(bytes.TrimPrefix(data, []byte("\uFEFF")), &book) != nil {
		return Result{}, false
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s is a notebook with %s. Its text is JSON: read with offset 1 to see that for an edit.\n", at.shown, plural(len(book.Cells), "cell"))
	for i, c := range book.Cells {
		fmt.Fprintf(&b, "\n--- cell %d (%s)\n%s\n", i+1, c.Type, joinedText(c.Source))
		for _, out := range c.Outputs {
			text := joinedText(out.Text) + joinedText(out.Data["text/plain"])
			if out.Name != "" {
				text += out.Name + ": " + out.Why
			}
			if text != "" {
				fmt.Fprintf(&b, "--- output\n%s\n", cutRunes(text, maxCellText))
			}
		}
	}
	t.files.saw(at.real, hashing.digest(), info, lineRange{}, nil)
	text, cut := cutHead(b.String(), resultLimit-200)
	result := textResult(text)
	if cut {
		result.Truncated = true
		result.addText("[more cells follow; read with offset 1 for all of the JSON]")
	}
	return result, true
}

// joinedText is text that a notebook holds as a string or as a list of lines.
func joinedText(raw json.RawMessage) string {
	var lines []string
	if json.Unmarshal(raw, &lines) == nil {
		return strings.Join(lines, "")
	}
	var text string
	_ = json.Unmarshal(raw, &text)
	return text
}

// suggest names files that may have been meant.
func (b *bench) suggest(ctx context.Context, at location) string {
	dir, base := filepath.Dir(at.real), filepath.Base(at.real)
	var names []string
	add := func(path string) {
		if shown := b.show(path); len(names) < suggestNames && !slices.Contains(names, shown) {
			names = append(names, shown)
		}
	}
	entries, _ := os.ReadDir(dir)
	stem := strings.TrimSuffix(base, filepath.Ext(base))
	for _, entry := range entries {
		name := entry.Name()
		if strings.EqualFold(name, base) || strings.TrimSuffix(name, filepath.Ext(name)) == stem || len(name)+len(base) < 200 && levenshtein.ComputeDistance(name, base) <= max(1, len(base)/4) {
			add(filepath.Join(dir, name))
		}
	}
	ctx, cancel := context.WithTimeout(ctx, suggestTime)
	defer cancel()
	_ = ignore.Walk(ctx, b.root, ignore.Options{Hidden: true}, func(e ignore.Entry) error {
		if strings.EqualFold(e.Entry.Name(), base) {
			add(e.Path)
		}
		if len(names) == suggestNames {
			return errEnough
		}
		return nil
	})
	if len(names) == 0 {
		return "; use glob to find it"
	}
	return "; did you mean " + strings.Join(names, " or ") + "?"
}
