package tool

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/jcode-go/jcode/sdk"
)

const (
	readLines     = 2000
	readBytes     = 50 << 10
	readLineRunes = 2000
	// readScan is how much of a file is looked at for its hash and its number
	// of lines.
	readScan   = 20 << 20
	sniffBytes = 8 << 10
)

// readTool reads files.
type readTool struct{ *bench }

var fileParameter = parameter{
	name: "file_path", kind: kindString, required: true, path: true, aliases: []string{"path", "filePath"},
	description: "The file, absolute or relative to the working directory.",
}

var readParameters = parameters{
	fileParameter,
	{name: "offset", kind: kindInteger, description: "First line to show, counted from 1; negative counts from the end (-100: the last 100 lines)."},
	{name: "limit", kind: kindInteger, description: "Most lines to show (default 2000)."},
}

var readSchema = sync.OnceValue(readParameters.schema)

const readDescription = `Read a file. Lines are shown as number, tab, text; the number is not part of the file.
Shows at most 2000 lines or 50 KB at once; go on with offset. Longer lines than 2000 characters are cut.
Also lists folders, shows images, and the cells of notebooks. Read a file before you edit or overwrite it.`

// Spec describes the tool to the model.
func (t *readTool) Spec() sdk.ToolSpec {
	return sdk.ToolSpec{Name: "read", Description: readDescription, InputSchema: readSchema()}
}

func (t *readTool) parameters() parameters { return readParameters }

func (t *readTool) summary(args arguments) string {
	text := args.text("file_path")
	if args.has("offset") {
		text += fmt.Sprintf(":%d", args.integer("offset", 1))
	}
	return text
}

// textLimit is above what a page of lines can have, which ends by itself.
func (t *readTool) textLimit() int { return readBytes + readLines*8 + 2*maxGuide }

// ReadOnly is always true.
func (t *readTool) ReadOnly(json.RawMessage) bool { return true }

// Run reads.
func (t *readTool) Run(ctx context.Context, call Call) Result {
	args, err := readParameters.decode(call.Input)
	if err != nil {
		return failure(CodeInvalidInput, "%v", err)
	}
	if strings.TrimSpace(args.text("file_path")) == "" {
		return failure(CodeInvalidInput, "file_path is empty")
	}
	at, err := t.locate(args.text("file_path"))
	if err != nil {
		return failed(err)
	}
	if err := t.authorize(ctx, Access{Tool: "read", Operation: OperationRead, Path: at.real}); err != nil {
		return failed(err)
	}
	result := t.read(ctx, at, args)
	if !result.IsError {
		result.addText(t.instructions(at))
	}
	return result.withNote(args)
}

func (t *readTool) read(ctx context.Context, at location, args arguments) Result {
	info, err := os.Stat(at.real)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return failure(CodeNotFound, "%s does not exist%s", at.shown, t.suggest(ctx, at))
	case err != nil:
		return failed(err)
	case info.IsDir():
		return t.list(at)
	}
	file, info, err := openRegular(at.real)
	if err != nil {
		return failed(err)
	}
	defer func() { _ = file.Close() }()
	hashing := newHashing(file, info.Size())
	reader := bufio.NewReaderSize(hashing, 64<<10)
	start, err := reader.Peek(sniffBytes)
	if err != nil && len(start) == 0 && info.Size() > 0 {
		return failed(fmt.Errorf("read %s: %w", at.shown, err))
	}
	if kind := imageType(start); kind != "" {
		return t.image(at, kind, info, reader)
	}
	enc := detect(start, info.Size() > int64(len(start)))
	if enc.binary {
		return failure(CodeBinary, "%s is binary (%s); look at it with bash, for example file or xxd", at.shown, binaryKind(start, info.Size()))
	}
	if strings.EqualFold(filepath.Ext(at.real), ".ipynb") && !args.has("offset") && info.Size() <= maxNotebook {
		if result, ok := t.notebook(at, reader, hashing, info); ok {
			return result
		}
		return failure(CodeInvalidInput, "%s is no valid notebook; read it with offset 1 to see its text", at.shown)
	}
	return t.text(ctx, at, &textFile{reader: reader, hashing: hashing, encoding: enc, info: info}, args)
}

// text shows a range of lines.
func (t *readTool) text(ctx context.Context, at location, file *textFile, args arguments) Result {
	want := lineRange{offset: args.integer("offset", 1), limit: args.integer("limit", readLines)}
	if want.limit <= 0 {
		want.limit = readLines
	}
	want.limit = min(want.limit, readLines)
	asked := want
	if want.offset < 0 {
		total, err := lineCount(ctx, at.real)
		if err != nil {
			return failed(err)
		}
		want.offset = max(1, total+want.offset+1)
	}
	want.offset = max(want.offset, 1)
	page, err := file.page(ctx, want, t.files.line)
	if err != nil {
		return failed(fmt.Errorf("read %s: %w", at.shown, err))
	}
	if page.total > 0 && want.offset > page.total || page.total == 0 && want.offset > 1 {
		return failure(CodeInvalidInput, "offset %d past end (%s)", want.offset, plural(page.total, "line"))
	}
	if t.files.saw(at.real, page.hash, file.info, asked, page.seen) {
		return textResult(fmt.Sprintf("%s%s, the same lines stand above; ask again to see them once more)", unchanged, at.shown))
	}
	if page.total == 0 {
		return textResult("(file is empty)" + page.notes(file.encoding))
	}
	result := textResult(page.text.String() + page.footer(file.encoding))
	result.OutputBytes, result.Truncated = file.info.Size(), page.next > 0
	return result
}

// unchanged begins what read says instead of lines that stand in the conversation.
const unchanged = "(unchanged since you read it: "

// Unchanged reports whether a result of read only says that nothing has changed.
func Unchanged(text string) bool { return strings.HasPrefix(text, unchanged) }
