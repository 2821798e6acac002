package tool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/jcode-go/jcode/host/internal/tool/ignore"
	"github.com/jcode-go/jcode/sdk"
)

const (
	grepTime        = 20 * time.Second
	grepMaxFile     = 10 << 20
	grepBinaryCheck = 8 << 10
)

// grepTool searches the content of files.
type grepTool struct{ *bench }

var grepParameters = parameters{
	{name: "pattern", kind: kindString, required: true, description: "Regular expression (RE2: no look-around, no back-references), matched line by line."},
	{name: "path", kind: kindString, path: true, description: "File or folder to search; default is the working directory."},
	{name: "glob", kind: kindString, path: true, aliases: []string{"include"}, description: "Only files whose path matches, such as *.go or src/**/*.{ts,tsx}; a leading ! leaves them out."},
	{name: "type", kind: kindString, path: true, description: "Only files of this type, such as go, py, ts, rust, md."},
	{name: "output_mode", kind: kindString, path: true, description: "content: the matching lines (default). files: only the names. count: matching lines per file. One of content, files, count."},
	{name: "-A", kind: kindInteger, aliases: []string{"after_context"}, description: "Lines to show after each match."},
	{name: "-B", kind: kindInteger, aliases: []string{"before_context"}, description: "Lines to show before each match."},
	{name: "-C", kind: kindInteger, description: "Lines to show before and after each match."},
	{name: "context", kind: kindInteger, description: "The same as -C."},
	{name: "-i", kind: kindBoolean, aliases: []string{"ignore_case", "case_insensitive"}, description: "Ignore case."},
	{name: "-n", kind: kindBoolean, description: "Show line numbers (default true)."},
	{name: "literal", kind: kindBoolean, aliases: []string{"fixed_strings", "-F"}, description: "Take the pattern as plain text."},
	{name: "multiline", kind: kindBoolean, description: "Let the pattern span lines; a dot matches line ends then."},
	{name: "limit", kind: kindInteger, aliases: []string{"head_limit"}, description: "Most lines (default 100) or files (default 250) to show."},
	{name: "hidden", kind: kindBoolean, description: "Also search files and folders that begin with a dot."},
	{name: "no_ignore", kind: kindBoolean, description: "Also search what .gitignore leaves out."},
}

var grepSchema = sync.OnceValue(grepParameters.schema)

const grepDescription = `Search the content of files with a regular expression, newest files first.
Leaves out what .gitignore, .ignore and .jcodeignore name, hidden and binary files, files over 10 MB, and .git.
Results are grouped by file, with line numbers. Escape characters that have a meaning, or set literal.`

// Spec describes the tool to the model.
func (t *grepTool) Spec() sdk.ToolSpec {
	return sdk.ToolSpec{Name: "grep", Description: grepDescription, InputSchema: grepSchema()}
}

func (t *grepTool) parameters() parameters { return grepParameters }

func (t *grepTool) summary(args arguments) string { return searchSummary(args) }

// ReadOnly is always true.
func (t *grepTool) ReadOnly(json.RawMessage) bool { return true }

// Run searches.
func (t *grepTool) Run(ctx context.Context, call Call) Result {
	args, err := grepParameters.decode(call.Input)
	if err != nil {
		return failure(CodeInvalidInput, "%v", err)
	}
	query, err := newGrepQuery(args)
	if err != nil {
		return failed(err)
	}
	root, err := t.searchRoot(ctx, "grep", args.text("path"))
	if err != nil {
		return failed(err)
	}
	search := &grepSearch{bench: t.bench, query: query, root: root, options: t.walkOptions(args, args.text("glob"))}
	if err := search.run(ctx); err != nil {
		return failed(err)
	}
	return search.result().withNote(args)
}

// grepSearch is one search.
type grepSearch struct {
	*bench
	query   *grepQuery
	root    location
	options ignore.Options
	named   bool // the root is a file, which is searched whatever it is

	mu                       sync.Mutex
	found                    []fileMatches
	files, binary, big, wall int
	partial                  string
}

// run searches for a limited time; what was found by then is the result.
func (s *grepSearch) run(ctx context.Context) error {
	timed, cancel := context.WithTimeout(ctx, grepTime)
	defer cancel()
	info, err := os.Stat(s.root.real)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		s.named = true
		g := grepper{query: s.query}
		return s.file(ctx, &g, ignore.Entry{Path: s.root.real, Rel: filepath.Base(s.root.real)})
	}
	s.parallel(timed)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if timed.Err() != nil {
		s.partial = "stopped after " + seconds(grepTime) + "; narrow the search with path or glob"
	}
	return nil
}

// parallel walks in one goroutine and searches in as many as there are
// processors.
func (s *grepSearch) parallel(ctx context.Context) {
	entries := make(chan ignore.Entry, 256)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			g := grepper{query: s.query}
			for entry := range entries {
				if ctx.Err() == nil {
					_ = s.file(ctx, &g, entry) // a file that cannot be read is passed over
				}
			}
		})
	}
	_ = ignore.Walk(ctx, s.root.real, s.options, func(e ignore.Entry) error {
		if !e.Entry.Type().IsRegular() || !s.query.selects(e.Rel) {
			return nil
		}
		select {
		case entries <- e:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	close(entries)
	workers.Wait()
}

// buffers are reused between files and searches.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// release keeps a buffer for the next file, unless a large one made it large.
func release(buffer *bytes.Buffer) {
	if buffer.Cap() <= 1<<20 {
		buffers.Put(buffer)
	}
}

// file searches one file.
func (s *grepSearch) file(ctx context.Context, g *grepper, e ignore.Entry) error {
	if err := s.authorize(ctx, Access{Tool: "grep", Operation: OperationRead, Path: e.Path}); err != nil {
		if s.named {
			return err
		}
		s.count(func() { s.wall++ })
		return nil
	}
	file, info, err := openRegular(e.Path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if info.Size() > grepMaxFile && !s.named {
		s.count(func() { s.big++ })
		return nil
	}
	buffer := buffers.Get().(*bytes.Buffer)
	defer release(buffer)
	buffer.Reset()
	buffer.Grow(int(min(info.Size(), grepMaxFile)) + bytes.MinRead)
	binary, err := s.load(buffer, file)
	if err != nil || binary {
		s.count(func() { s.binary++ })
		return err
	}
	found := g.search(buffer.Bytes(), s.query.limit)
	s.count(func() {
		s.files++
		if found.count > 0 {
			found.path, found.modTime = e.Path, info.ModTime()
			s.found = append(s.found, found)
		}
	})
	return nil
}

// load reads a file, and only its start if that shows it to be binary.
func (s *grepSearch) load(buffer *bytes.Buffer, file io.Reader) (binary bool, err error) {
	const most = 256 << 20 // of a file that was named
	file = io.LimitReader(file, most)
	if _, err := io.CopyN(buffer, file, grepBinaryCheck); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	if bytes.IndexByte(buffer.Bytes(), 0) >= 0 {
		return true, nil
	}
	_, err = buffer.ReadFrom(file)
	return false, err
}

func (s *grepSearch) count(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}
