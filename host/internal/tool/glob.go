package tool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/jcode-go/jcode/host/internal/tool/ignore"
	"github.com/jcode-go/jcode/sdk"
)

const (
	globLimit     = 100
	globMaxLimit  = 1000
	globCollect   = 200_000
	globTime      = 10 * time.Second
	ignoredLookup = 2 * time.Second
)

// globTool finds files by name.
type globTool struct{ *bench }

var globParameters = parameters{
	{
		name: "pattern", kind: kindString, required: true, path: true,
		description: "Pattern such as **/*.go, src/**/*.{ts,tsx} or go.mod. Without a slash it matches at any depth.",
	},
	{name: "path", kind: kindString, path: true, description: "Folder to search in; default is the working directory."},
	{name: "limit", kind: kindInteger, description: "Most files to list (default 100, at most 1000)."},
	{name: "hidden", kind: kindBoolean, description: "Also search files and folders that begin with a dot."},
	{name: "no_ignore", kind: kindBoolean, description: "Also search what .gitignore leaves out."},
}

var globSchema = sync.OnceValue(globParameters.schema)

const globDescription = `Find files by name, newest first.
Supports **, *, ?, [...] and {a,b}. Leaves out what .gitignore, .ignore and .jcodeignore name, hidden files, and .git.
Returns paths, one per line. Several glob and grep calls can run at the same time.`

// Spec describes the tool to the model.
func (t *globTool) Spec() sdk.ToolSpec {
	return sdk.ToolSpec{Name: "glob", Description: globDescription, InputSchema: globSchema()}
}

func (t *globTool) parameters() parameters { return globParameters }

func (t *globTool) summary(args arguments) string { return searchSummary(args) }

// ReadOnly is always true.
func (t *globTool) ReadOnly(json.RawMessage) bool { return true }

// Run searches.
func (t *globTool) Run(ctx context.Context, call Call) Result {
	args, err := globParameters.decode(call.Input)
	if err != nil {
		return failure(CodeInvalidInput, "%v", err)
	}
	search, err := t.newSearch(ctx, args)
	if err != nil {
		return failed(err)
	}
	result, err := search.run(ctx)
	if err != nil {
		return failed(err)
	}
	return result.withNote(args)
}

// globSearch is one search.
type globSearch struct {
	*bench
	pattern string // below root
	root    location
	limit   int
	options ignore.Options
	found   []foundFile
	partial string // why not everything was looked at
}

type foundFile struct {
	path    string
	modTime time.Time
}

func (t *globTool) newSearch(ctx context.Context, args arguments) (*globSearch, error) {
	pattern := filepath.ToSlash(args.text("pattern"))
	if pattern == "" || !doublestar.ValidatePattern(pattern) {
		return nil, failWith(CodeInvalidInput, "the pattern %q is not valid: check its brackets and braces", pattern)
	}
	dir := args.text("path")
	if path.IsAbs(pattern) || filepath.IsAbs(filepath.FromSlash(pattern)) {
		dir, pattern = doublestar.SplitPattern(pattern)
	}
	for strings.HasPrefix(pattern, "../") {
		dir, pattern = up(dir), pattern[len("../"):]
	}
	root, err := t.searchRoot(ctx, "glob", dir)
	if err != nil {
		return nil, err
	}
	pattern = strings.TrimPrefix(pattern, "./")
	if slices.Contains(strings.Split(pattern, "/"), "..") {
		return nil, failWith(CodeInvalidInput, "the pattern %q has .. in its middle: give the folder as path", pattern)
	}
	if !strings.Contains(pattern, "/") {
		pattern = "**/" + pattern
	}
	return &globSearch{
		bench: t.bench, pattern: pattern, root: root,
		limit:   globLimitOf(args),
		options: t.walkOptions(args, pattern),
	}, nil
}

// up is the folder above dir as the model wrote it.
func up(dir string) string {
	if strings.TrimSpace(dir) == "" {
		return ".."
	}
	return dir + "/.."
}

// globLimitOf is the limit that the model asked for; none is the usual one.
func globLimitOf(args arguments) int {
	limit := args.integer("limit", globLimit)
	if limit <= 0 {
		return globLimit
	}
	return min(limit, globMaxLimit)
}

// walkOptions let hidden files in when asked to, or when the pattern names some.
func (b *bench) walkOptions(args arguments, pattern string) ignore.Options {
	return ignore.Options{
		Hidden:     args.boolean("hidden") || strings.HasPrefix(pattern, ".") || strings.Contains(pattern, "/."),
		NoIgnore:   args.boolean("no_ignore"),
		UserHome:   b.userHome(),
		ConfigHome: b.variable("XDG_CONFIG_HOME"),
	}
}

// searchRoot is the folder or file that a search starts from.
func (b *bench) searchRoot(ctx context.Context, tool, dir string) (location, error) {
	root, err := b.locate(dir)
	if err != nil {
		return location{}, err
	}
	if err := b.authorize(ctx, Access{Tool: tool, Operation: OperationRead, Path: root.real}); err != nil {
		return location{}, err
	}
	if exists(root.real) {
		return root, nil
	}
	near := root.path
	for !exists(near) {
		near = filepath.Dir(near)
	}
	return location{}, failWith(CodeNotFound, "%s does not exist; the nearest folder that does is %s", root.shown, near)
}

var errEnough = errors.New("enough found")

func (s *globSearch) run(ctx context.Context) (Result, error) {
	info, err := os.Stat(s.root.real)
	if err != nil {
		return Result{}, err
	}
	if !info.IsDir() {
		return Result{}, failWith(CodeInvalidInput, "%s is a file; path must be a folder", s.root.shown)
	}
	if err := s.collect(ctx, globTime); err != nil {
		return Result{}, err
	}
	if len(s.found) == 0 {
		return s.nothing(ctx), nil
	}
	slices.SortFunc(s.found, func(a, b foundFile) int {
		if c := b.modTime.Compare(a.modTime); c != 0 {
			return c
		}
		return strings.Compare(a.path, b.path)
	})
	return s.listing(), nil
}

// collect walks, for a limited time.
func (s *globSearch) collect(ctx context.Context, limit time.Duration) error {
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := ignore.Walk(timed, s.root.real, s.options, func(e ignore.Entry) error {
		if !doublestar.MatchUnvalidated(s.pattern, e.Rel) {
			return nil
		}
		file := foundFile{path: e.Path}
		if info, err := e.Entry.Info(); err == nil {
			file.modTime = info.ModTime()
		}
		if s.found = append(s.found, file); len(s.found) == globCollect {
			return errEnough
		}
		return nil
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errEnough):
		s.partial = fmt.Sprintf("stopped at %d files", globCollect)
	case errors.Is(err, context.DeadlineExceeded):
		s.partial = "stopped after " + seconds(limit)
	}
	return nil
}

func (s *globSearch) listing() Result {
	var b strings.Builder
	total := plural(len(s.found), "file")
	if len(s.found) > s.limit {
		total = fmt.Sprintf("showing %d of %d files", s.limit, len(s.found))
	}
	if s.partial != "" {
		total += ", " + s.partial
	}
	b.WriteString(total + "\n")
	for _, file := range s.found[:min(s.limit, len(s.found))] {
		b.WriteString(s.show(file.path) + "\n")
	}
	result := textResult(b.String())
	result.Truncated = len(s.found) > s.limit
	return result
}

// nothing says why nothing was found, as far as it can be told.
func (s *globSearch) nothing(ctx context.Context) Result {
	text := fmt.Sprintf("no files match %s in %s", s.pattern, s.root.shown)
	if s.partial != "" {
		text += " (" + s.partial + ")"
	}
	if hidden := s.hiddenMatches(ctx); hidden > 0 {
		text += fmt.Sprintf("; %s hidden by .gitignore or a leading dot: use no_ignore or hidden", plural(hidden, "match"))
	}
	return textResult(text)
}

func (s *globSearch) hiddenMatches(ctx context.Context) int {
	if s.options.Hidden && s.options.NoIgnore {
		return 0
	}
	all := *s
	all.found, all.options.Hidden, all.options.NoIgnore = nil, true, true
	if err := all.collect(ctx, ignoredLookup); err != nil {
		return 0
	}
	return len(all.found)
}

// searchSummary is the line about a search for people.
func searchSummary(args arguments) string {
	if path := args.text("path"); path != "" {
		return args.text("pattern") + " in " + path
	}
	return args.text("pattern")
}
