package tool

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/jcode-go/jcode/sdk"
)

// maxRewrite is how large a file may be to be compared and kept in shape when
// it is overwritten.
const maxRewrite = 64 << 20

// writeTool writes whole files.
type writeTool struct{ *bench }

var writeParameters = parameters{
	fileParameter,
	{name: "content", kind: kindString, required: true, description: "The whole new content of the file."},
}

var writeSchema = sync.OnceValue(writeParameters.schema)

const writeDescription = `Write a whole file, making its folders where needed. To change part of a file use edit.
An existing file must have been read first, and not have changed since.
Line ends, byte order mark, mode and owner of an existing file are kept. Returns a diff.`

// Spec describes the tool to the model.
func (t *writeTool) Spec() sdk.ToolSpec {
	return sdk.ToolSpec{Name: "write", Description: writeDescription, InputSchema: writeSchema()}
}

func (t *writeTool) parameters() parameters { return writeParameters }

func (t *writeTool) summary(args arguments) string { return args.text("file_path") }

// ReadOnly is always false.
func (t *writeTool) ReadOnly(json.RawMessage) bool { return false }

// Run writes.
func (t *writeTool) Run(ctx context.Context, call Call) Result {
	args, err := writeParameters.decode(call.Input)
	if err != nil {
		return failure(CodeInvalidInput, "%v", err)
	}
	at, err := t.writable(ctx, "write", args.text("file_path"))
	if err != nil {
		return failed(err)
	}
	defer t.locks.lock(at.real)()
	result, err := t.write(at, args.text("content"))
	if err != nil {
		return failed(describe("write", at, err))
	}
	return result.withNote(args)
}

// writable locates a file that a tool wants to write, and asks for permission.
func (b *bench) writable(ctx context.Context, tool, raw string) (location, error) {
	if strings.TrimSpace(raw) == "" {
		return location{}, failWith(CodeInvalidInput, "file_path is empty")
	}
	at, err := b.locate(raw)
	if err != nil {
		return location{}, err
	}
	if err := b.forbidden(at, tool); err != nil {
		return location{}, err
	}
	return at, b.authorize(ctx, Access{Tool: tool, Operation: OperationWrite, Path: at.real})
}

// describe puts the act and the file in front of an error of the system.
func describe(verb string, at location, err error) error {
	switch err.(type) { //nolint:errorlint // these say everything already
	case *callError, *DeniedError:
		return err
	}
	return fmt.Errorf("%s %s: %w", verb, at.shown, err)
}

func (t *writeTool) write(at location, content string) (Result, error) {
	target, err := t.openTarget(at.real)
	if err != nil {
		return Result{}, err
	}
	defer target.close()
	old, info, err := target.read(maxRewrite)
	if err != nil {
		return Result{}, err
	}
	if info != nil && info.Size() > 0 {
		if err := t.checkSeen(at, old, info); err != nil {
			return Result{}, err
		}
	}
	was := digest{}
	enc := encoding{}
	if info != nil {
		was, enc = sha256.Sum256(old), encodingOf(old)
	}
	before := enc.text(old)
	content, notes := keepConventions(before, content)
	stored, note := keepEncoding(enc, content)
	if note != "" {
		notes = append(notes, note)
	}
	if info != nil && bytes.Equal(old, stored) {
		return textResult(fmt.Sprintf("no change: %s has this content already", at.shown)), nil
	}
	note, err = target.replace(stored, info, was)
	if err != nil {
		return Result{}, err
	}
	t.wrote(at, target, stored, content)
	result := t.changed(at, before, content, info != nil, 0)
	if info == nil && strings.HasPrefix(content, "#!") {
		notes = append(notes, "the file is not executable: use chmod +x if it should be")
	}
	if note != "" {
		notes = append(notes, note)
	}
	for _, note := range notes {
		result.addText("[" + note + "]")
	}
	return result, nil
}

// checkSeen refuses to overwrite what the model has not seen as it is now.
func (t *writeTool) checkSeen(at location, old []byte, info fs.FileInfo) error {
	if info.Size() > maxRewrite {
		return failWith(CodeTooLarge, "%s has %s; change it with bash", at.shown, byteSize(info.Size()))
	}
	if !t.files.knows(at.real) {
		return failWith(CodeNotRead, "%s exists and was not read in this session: read it first", at.shown)
	}
	hash := sha256.Sum256(old)
	if info.Size() > readScan {
		hash = digest{} // such a file is known by its time and size
	}
	if !t.files.unchanged(at.real, hash, info) {
		return t.staleError(at, encodingOf(old).text(old), "write")
	}
	return nil
}

const staleLines = 10

// staleError shows the first lines that the model has not seen.
func (b *bench) staleError(at location, text, verb string) error {
	message := fmt.Sprintf("%s changed on disk since it was read: read it again, then %s", at.shown, verb)
	numbers := b.files.unseen(at.real, b.lineHashes(text), staleLines)
	if len(numbers) > 0 {
		message += "\nLines that you have not seen:"
		lines := splitLines(strings.TrimPrefix(text, byteOrderMark))
		for _, number := range numbers {
			message += fmt.Sprintf("\n%6d\t%s", number, cutRunes(strings.TrimRight(lines[number-1], "\r\n"), 200))
		}
	}
	return failWith(CodeStale, "%s", message)
}

// keepConventions gives new content the line ends and the mark of the old one.
func keepConventions(old, content string) (string, []string) {
	var notes []string
	if mostlyCRLF(old) && strings.Contains(content, "\n") && !strings.Contains(content, "\r\n") {
		content = toCRLF(content)
		notes = append(notes, "CRLF line ends kept")
	}
	if strings.HasPrefix(old, byteOrderMark) && !strings.HasPrefix(content, byteOrderMark) {
		content = byteOrderMark + content
		notes = append(notes, "byte order mark kept")
	}
	return content, notes
}

// keepEncoding stores new content as the old one was, where that can be.
func keepEncoding(enc encoding, content string) (stored []byte, note string) {
	stored, lacks := enc.store(content)
	switch {
	case lacks != 0:
		return []byte(content), "the file was Latin-1; it is UTF-8 now"
	case enc.latin1:
		return stored, "Latin-1 kept"
	case enc.unit > 0:
		return stored, "the file was " + enc.note + "; it is UTF-8 now"
	}
	return stored, ""
}

// wrote remembers a file as the model wrote it; it has seen the lines of text.
func (b *bench) wrote(at location, target *target, content []byte, text string) {
	info, err := target.root.Stat(target.name)
	if err != nil {
		return
	}
	b.files.wrote(at.real, sha256.Sum256(content), info, b.lineHashes(text))
}

// lineHashes are the hashes of the lines of a text, as reading it gives them.
func (b *bench) lineHashes(text string) []uint64 {
	var hashes []uint64
	for line := range strings.Lines(strings.TrimPrefix(text, byteOrderMark)) {
		hashes = append(hashes, b.files.line(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")))
	}
	return hashes
}

// changed is the result of a change: a diff, or how much a new file holds.
func (b *bench) changed(at location, before, after string, existed bool, line int) Result {
	diff, added, removed := unifiedDiff(at.shown, before, after)
	var result Result
	switch {
	case !existed:
		result = textResult(fmt.Sprintf("created %s: %s", at.shown, plural(countLines([]byte(after)), "line")))
	default:
		head := fmt.Sprintf("%s: +%d −%d lines", at.shown, added, removed)
		if line > 0 {
			head += fmt.Sprintf(", from line %d", line)
		}
		result = textResult(head + "\n" + shortDiff(diff, diffLines))
	}
	result.Diff, result.FilesChanged = diff, []string{at.real}
	return result
}
