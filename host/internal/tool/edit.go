package tool

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/jcode-go/jcode/sdk"
)

const maxEdit = 10 << 20

// editTool replaces parts of files.
type editTool struct{ *bench }

var editParameters = parameters{
	fileParameter,
	{name: "old_string", kind: kindString, aliases: []string{"oldString"}, description: "The text to replace, exactly as in the file, without line numbers. It must be unique, unless replace_all is set. Empty creates a new file."},
	{name: "new_string", kind: kindString, aliases: []string{"newString"}, description: "The text to put in its place."},
	{name: "replace_all", kind: kindBoolean, aliases: []string{"replaceAll"}, description: "Replace every occurrence (default false)."},
	{
		name: "edits", kind: kindArray, description: "Several replacements in this file instead of one, applied in order, all or none.",
		items: `{"type":"object","properties":{"old_string":{"type":"string"},"new_string":{"type":"string"},"replace_all":{"type":"boolean"}},"required":["old_string","new_string"]}`,
	},
}

var editSchema = sync.OnceValue(editParameters.schema)

// oneEdit are the arguments of one of edits.
var oneEdit = parameters{editParameters[1], editParameters[2], editParameters[3]}

const editDescription = `Replace text in a file. Read the file first; give old_string enough lines around it to be unique.
Only the matched text changes: line ends, byte order mark, mode and the rest of the file stay as they are. Returns a diff.`

// Spec describes the tool to the model.
func (t *editTool) Spec() sdk.ToolSpec {
	return sdk.ToolSpec{Name: "edit", Description: editDescription, InputSchema: editSchema()}
}

func (t *editTool) parameters() parameters { return editParameters }

func (t *editTool) summary(args arguments) string { return args.text("file_path") }

// ReadOnly is always false.
func (t *editTool) ReadOnly(json.RawMessage) bool { return false }

// replacement is one replacement that the model wants.
type replacement struct {
	old, new string
	all      bool
}

// Run edits.
func (t *editTool) Run(ctx context.Context, call Call) Result {
	args, err := editParameters.decode(call.Input)
	if err != nil {
		return failure(CodeInvalidInput, "%v", err)
	}
	wanted, err := replacements(args)
	if err != nil {
		return failed(err)
	}
	at, err := t.writable(ctx, "edit", args.text("file_path"))
	if err != nil {
		return failed(err)
	}
	defer t.locks.lock(at.real)()
	if !exists(at.real) && wanted[0].old != "" {
		return failure(CodeNotFound, "%s does not exist%s", at.shown, t.suggest(ctx, at))
	}
	result, err := t.edit(at, wanted)
	if err != nil {
		return failed(describe("edit", at, err))
	}
	return result.withNote(args)
}

// replacements reads what is to be replaced.
func replacements(args arguments) ([]replacement, error) {
	var all []replacement
	for i, raw := range args.array("edits") {
		one, err := oneEdit.decode(raw)
		if err != nil {
			return nil, failWith(CodeInvalidInput, "edits, number %d: %v", i+1, err)
		}
		all = append(all, replacement{one.text("old_string"), one.text("new_string"), one.boolean("replace_all")})
	}
	if args.has("old_string") || args.has("new_string") {
		if len(all) > 0 {
			return nil, failWith(CodeInvalidInput, "give either old_string and new_string or edits, not both")
		}
		all = []replacement{{args.text("old_string"), args.text("new_string"), args.boolean("replace_all")}}
	}
	if len(all) == 0 {
		return nil, failWith(CodeInvalidInput, "old_string and new_string are missing")
	}
	for _, r := range all {
		if r.old == r.new {
			return nil, failWith(CodeNoChange, "old_string and new_string are the same; nothing to do")
		}
	}
	return all, nil
}

// editing is the state of one edit of a file.
type editing struct {
	*bench
	at       location
	encoding encoding
	original string
	content  string
	stale    bool // the file is not as the model last saw it
	line     int  // of the first change
	count    int
	notes    []string
	written  strings.Builder // lines that the model now knows
}

func (t *editTool) edit(at location, wanted []replacement) (Result, error) {
	target, err := t.openTarget(at.real)
	if err != nil {
		return Result{}, err
	}
	defer target.close()
	data, info, err := target.read(maxEdit)
	if err != nil {
		return Result{}, err
	}
	e := &editing{bench: t.bench, at: at, encoding: encodingOf(data)}
	e.original = e.encoding.text(data)
	e.content = e.original
	if err := e.check(info, data, wanted[0]); err != nil {
		return Result{}, err
	}
	for i, r := range wanted {
		if err := e.apply(r); err != nil {
			return Result{}, inEdits(err, i, len(wanted))
		}
	}
	if e.content == e.original && info != nil {
		return Result{}, failWith(CodeNoChange, "the replacements leave %s as it is", at.shown)
	}
	was := digest{}
	if info != nil {
		was = sha256.Sum256(data)
	}
	stored, lacks := e.encoding.store(e.content)
	if lacks != 0 {
		return Result{}, failWith(CodeInvalidInput, "%s is Latin-1, which has no %q; convert the file with iconv first, or write it whole", at.shown, lacks)
	}
	note, err := target.replace(stored, info, was)
	if err != nil {
		return Result{}, err
	}
	if note != "" {
		e.notes = append(e.notes, note)
	}
	t.wrote(at, target, stored, e.written.String())
	return e.result(info != nil), nil
}

// inEdits says which of several replacements failed.
func inEdits(err error, i, n int) error {
	if failure, ok := err.(*callError); ok && n > 1 { //nolint:errorlint // made right here
		return failWith(failure.code, "edits, number %d: %s\nNothing was changed.", i+1, failure.text)
	}
	return err
}

// check refuses files that cannot be edited, and those that the model has not
// read.
func (e *editing) check(info fs.FileInfo, data []byte, first replacement) error {
	if info == nil || info.Size() == 0 {
		return nil
	}
	if info.Size() > maxEdit {
		return failWith(CodeTooLarge, "%s has %s; edit takes at most %s, use bash", e.at.shown, byteSize(info.Size()), byteSize(maxEdit))
	}
	if e.encoding.binary || e.encoding.unit > 0 {
		return failWith(CodeBinary, "%s is no text of 8-bit characters; change it with bash", e.at.shown)
	}
	if first.old == "" {
		return failWith(CodeInvalidInput, "old_string is empty, but %s has content; give the text to replace, or use write for a whole new content", e.at.shown)
	}
	if !e.files.knows(e.at.real) {
		return failWith(CodeNotRead, "%s was not read in this session: read it first", e.at.shown)
	}
	e.stale = !e.files.unchanged(e.at.real, sha256.Sum256(data), info)
	return nil
}

// apply makes one replacement.
func (e *editing) apply(r replacement) error {
	if r.old == "" {
		if e.content != "" {
			return failWith(CodeInvalidInput, "old_string is empty, but the file has content")
		}
		e.change([]region{{0, 0}}, []string{r.new}, "")
		return nil
	}
	found, news, name, err := e.find(&r)
	if err != nil {
		return err
	}
	if e.stale {
		if err := e.checkStale(found); err != nil {
			return err
		}
	}
	e.change(found, news, name)
	return nil
}

// find goes through the steps until one finds the text, and returns what is to
// be put in each place.
func (e *editing) find(r *replacement) (found []region, news []string, name string, err error) {
	for attempt := range 2 {
		for i, step := range matchSteps {
			found := step.find(e.content, r.old)
			if len(found) == 0 {
				continue
			}
			if len(found) > 1 && (!r.all || i > 1) {
				return nil, nil, "", e.notUnique(found, r.all)
			}
			if news, ok := e.news(found, *r, step); ok {
				return found, news, step.name, nil
			}
		}
		if attempt > 0 || !r.stripNumbers() {
			break
		}
		e.note("line numbers taken off old_string")
	}
	return nil, nil, "", e.notFound(*r)
}

// news is the new text for every place, with the indentation and the line ends
// that belong there.
func (e *editing) news(found []region, r replacement, step matchStep) ([]string, bool) {
	news := make([]string, len(found))
	for i, at := range found {
		matched, text := e.content[at.start:at.end], r.new
		if step.name == matchSteps[len(matchSteps)-1].name {
			indented, ok := reindent(text, matched, r.old)
			if !ok {
				return nil, false
			}
			text = indented
		}
		news[i] = endLike(text, matched, e.content)
	}
	return news, true
}

// change puts the new texts in their places.
func (e *editing) change(found []region, news []string, step string) {
	if step != "" {
		e.note(step)
	}
	if line := lineNumber(e.content, found[0].start); e.line == 0 || line < e.line {
		e.line = line
	}
	e.count += len(found)
	var text strings.Builder
	places, end := make([]region, len(found)), 0
	for i, at := range found {
		text.WriteString(e.content[end:at.start])
		places[i] = region{text.Len(), text.Len() + len(news[i])}
		text.WriteString(news[i])
		end = at.end
	}
	text.WriteString(e.content[end:])
	e.content = text.String()
	e.writes(places)
}

// writes remembers the lines that the model now knows. A line with several
// changes counts once.
func (e *editing) writes(places []region) {
	done := 0
	for _, at := range places {
		if at.start < done && at.end <= done {
			continue
		}
		at.start = max(at.start, done)
		lines := lineRegion(e.content, at)
		e.written.WriteString(e.content[lines.start:lines.end] + "\n")
		done = lines.end
	}
}

func (e *editing) note(text string) { e.notes = append(e.notes, text) }

// checkStale lets a change of a file that is not as it was seen pass only where
// the model has seen the very lines.
func (e *editing) checkStale(found []region) error {
	if len(found) == 1 && e.sawOrWrote(fullLines(e.content, found[0])) {
		const note = "the file was changed elsewhere since it was read"
		if !slices.Contains(e.notes, note) {
			e.note(note)
		}
		return nil
	}
	return e.staleError(e.at, e.original, "edit")
}

// sawOrWrote reports whether the model knows all of the lines: from reading, or
// from an edit before this one in the same call.
func (e *editing) sawOrWrote(text string) bool {
	wrote := map[uint64]bool{}
	for _, line := range e.lineHashes(e.written.String()) {
		wrote[line] = true
	}
	lines := slices.DeleteFunc(e.lineHashes(text), func(line uint64) bool { return wrote[line] })
	return e.files.sawLines(e.at.real, lines)
}

// fullLines are the lines that a region touches.
func fullLines(text string, r region) string {
	lines := lineRegion(text, r)
	return text[lines.start:lines.end]
}

// lineRegion is a region with the whole of its first and last line.
func lineRegion(text string, r region) region {
	start := strings.LastIndexByte(text[:r.start], '\n') + 1
	end := len(text)
	if r.end > r.start && text[r.end-1] == '\n' {
		end = r.end
	} else if line := strings.IndexByte(text[r.end:], '\n'); line >= 0 {
		end = r.end + line + 1
	}
	return region{start, end}
}

func (e *editing) result(existed bool) Result {
	result := e.changed(e.at, e.original, e.content, existed, e.line)
	if e.count > 1 {
		e.note(plural(e.count, "replacement"))
	}
	for _, note := range e.notes {
		result.addText(fmt.Sprintf("[%s]", note))
	}
	return result
}
