package tool

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// Set is the tools of one conversation, with what they share: read state,
// locks, background jobs and the spool folder. It is safe for concurrent use.
type Set struct {
	tools []Tool // sorted by name
	bench *bench
	// child sets leave the jobs and the spool folder to their parent.
	child bool
}

// bench is what the tools of one set work with.
type bench struct {
	Config
	root  string // WorkingDir with symbolic links resolved
	files *fileStates
	*shared
}

// shared is common to a set and its children.
type shared struct {
	locks *pathLocks
	jobs  *jobs
	spool *spool

	shellOnce sync.Once
	found     commandShell
	shellErr  error
}

// New makes the tools. Nothing is created or started before a call needs it.
func New(config Config) *Set {
	config = config.withDefaults()
	return build(config, &shared{
		locks: newPathLocks(),
		jobs:  newJobs(),
		spool: &spool{dir: config.SpoolDir},
	})
}

func build(config Config, shared *shared) *Set {
	root, err := RealPath(config.WorkingDir)
	if err != nil {
		root = config.WorkingDir
	}
	b := &bench{Config: config, root: root, files: newFileStates(config.Seen), shared: shared}
	tools := []Tool{
		&bashTool{b}, &readTool{b}, &writeTool{b}, &editTool{b}, &globTool{b}, &grepTool{b},
	}
	if config.Todos != nil {
		tools = append(tools, &todoReadTool{b}, &todoWriteTool{b})
	}
	return (&Set{bench: b}).with(tools)
}

func (s *Set) with(tools []Tool) *Set {
	s.tools = append(slices.Clone(s.tools), tools...)
	slices.SortFunc(s.tools, func(a, b Tool) int { return strings.Compare(a.Spec().Name, b.Spec().Name) })
	return s
}

// With is a set that has more tools, such as task, and shares everything else.
// A tool of the same name takes the place of the old one.
func (s *Set) With(tools ...Tool) *Set {
	kept := slices.DeleteFunc(slices.Clone(s.tools), func(old Tool) bool {
		return slices.ContainsFunc(tools, func(t Tool) bool { return t.Spec().Name == old.Spec().Name })
	})
	return (&Set{tools: kept, bench: s.bench, child: s.child}).with(tools)
}

// Only is a set that has just the tools named, and shares everything else.
// Names that the set does not have are left out.
func (s *Set) Only(names ...string) *Set {
	kept := slices.DeleteFunc(slices.Clone(s.tools), func(t Tool) bool {
		return !slices.Contains(names, t.Spec().Name)
	})
	return &Set{tools: kept, bench: s.bench, child: s.child}
}

// Child is the set of a subagent: the native tools with a memory of their own
// of what was read, for its model has seen nothing but seen. Locks, background
// jobs and the spool folder stay those of s, which must be closed last. Todos may
// be nil.
func (s *Set) Child(authorizer Authorizer, todos TodoStore, seen ...SeenFile) *Set {
	config := s.bench.Config
	config.Authorizer, config.Todos, config.Seen = authorizer, todos, seen
	child := build(config, s.bench.shared)
	child.child = true
	return child
}

// Tools are the tools, sorted by name.
func (s *Set) Tools() []Tool { return slices.Clone(s.tools) }

// Specs are what the model is told, sorted by name and always the same.
func (s *Set) Specs() []sdk.ToolSpec {
	specs := make([]sdk.ToolSpec, len(s.tools))
	for i, t := range s.tools {
		specs[i] = t.Spec()
	}
	return specs
}

// Names are the tools' names, sorted.
func (s *Set) Names() []string {
	names := make([]string, len(s.tools))
	for i, t := range s.tools {
		names[i] = t.Spec().Name
	}
	return names
}

// Lookup finds a tool by its exact name, else without regard to case.
func (s *Set) Lookup(name string) (Tool, bool) {
	for _, t := range s.tools {
		if t.Spec().Name == name {
			return t, true
		}
	}
	for _, t := range s.tools {
		if strings.EqualFold(t.Spec().Name, strings.TrimSpace(name)) {
			return t, true
		}
	}
	return nil, false
}

// Run runs one call and never fails or panics: an unknown tool, a crash inside
// a tool and an output that is too long are results too.
func (s *Set) Run(ctx context.Context, call Call) (result Result) {
	started := time.Now()
	t, ok := s.Lookup(call.Name)
	if !ok {
		return failure(CodeUnknownTool, "there is no tool %q; the tools are: %s", oneLine(call.Name, 60), strings.Join(s.Names(), ", "))
	}
	if err := ctx.Err(); err != nil {
		return failed(err)
	}
	result = runSafely(ctx, t, call)
	s.finish(ctx, t, call, &result)
	result.Duration = time.Since(started)
	return result
}

func runSafely(ctx context.Context, t Tool, call Call) (result Result) {
	defer func() {
		if cause := recover(); cause != nil {
			result = failure(CodeFailed, "the %s tool crashed: %v; try another way", call.Name, cause)
		}
	}()
	return t.Run(ctx, call)
}

// finish makes the text clean and short enough, and adds what happened in the
// background meanwhile.
func (s *Set) finish(ctx context.Context, t Tool, call Call, result *Result) {
	limit := textLimit(t)
	for i, block := range result.Content {
		text, ok := block.(sdk.Text)
		if !ok {
			continue
		}
		text.Text = s.capText(call, plainText(text.Text), limit, result)
		result.Content[i] = text
	}
	for _, job := range s.bench.jobs.takeFinished() {
		result.addText(job.endNote())
		result.addText(s.bench.jobs.settle(ctx, job))
	}
	if len(result.Content) == 0 {
		result.Content = []sdk.Block{sdk.Text{Text: "(no output)"}}
	}
}

// textLimit is how many characters a result of a tool may have. Reading has a
// limit of its own, in whole lines.
func textLimit(t Tool) int {
	if own, ok := t.(interface{ textLimit() int }); ok {
		return own.textLimit()
	}
	return resultLimit
}

// capText keeps the head of a text that is too long and spools all of it. The
// tools have their own caps below this one; it is for what they missed, and for
// tools of other packages.
func (s *Set) capText(call Call, text string, limit int, result *Result) string {
	const room = 1000 // for the notes of a tool that kept to the limit itself
	if runeIndex(text, limit+room) == len(text) {
		return text
	}
	head, _ := cutHead(text, limit)
	result.Truncated, result.OutputBytes = true, int64(len(text))
	path, err := s.bench.spool.write(call.ID, text)
	if err != nil {
		return head + fmt.Sprintf("\n[cut: %s in all; the rest could not be kept: %v]", byteSize(int64(len(text))), err)
	}
	result.FullOutputPath = path
	return head + fmt.Sprintf("\n[cut: %s, %s in all; full output: %s]",
		plural(strings.Count(text, "\n")+1, "line"), byteSize(int64(len(text))), path)
}

// SeenFiles are the files that the model has seen since the set was made, for
// the Seen of a later one. Those that only a child saw are not among them.
func (s *Set) SeenFiles() []SeenFile { return s.bench.files.seen() }

// Close ends the background jobs, at the latest when ctx is done, and lists
// those that were still running. Calls must be over. A child set closes nothing.
func (s *Set) Close(ctx context.Context) []BackgroundJob {
	if s.child {
		return nil
	}
	ended := s.bench.jobs.close(ctx, false)
	s.bench.spool.remove()
	return ended
}

// Release is Close, except that the background jobs go on, with their logs, when
// this process is gone. Nothing limits what they write any more.
func (s *Set) Release(ctx context.Context) []BackgroundJob {
	if s.child {
		return nil
	}
	left := s.bench.jobs.close(ctx, true)
	if len(left) == 0 {
		s.bench.spool.remove()
	}
	return left
}

// Summary is one line for people about what a call does: the command, the path.
func (s *Set) Summary(call Call) string {
	t, ok := s.Lookup(call.Name)
	if !ok {
		return oneLine(string(call.Input), 120)
	}
	if summarizer, ok := t.(interface{ summary(arguments) string }); ok {
		if described, ok := t.(interface{ parameters() parameters }); ok {
			args, _ := described.parameters().decode(call.Input)
			return oneLine(summarizer.summary(args), 120)
		}
	}
	return oneLine(firstText(call), 120)
}

// Describe is Summary for a call of a session that is only read: nobody knows which
// tools it had.
func Describe(call Call) string {
	s := New(Config{})
	if _, known := s.Lookup(call.Name); !known {
		if text := firstText(call); text != "" {
			return oneLine(text, 120)
		}
	}
	return s.Summary(call)
}

// firstText is the most telling argument of a tool of another package.
func firstText(call Call) string {
	fields, err := decodeObject(call.Input)
	if err != nil {
		return ""
	}
	for _, name := range []string{"description", "command", "file_path", "path", "prompt"} {
		if raw, ok := fields[name]; ok {
			return unquote(raw)
		}
	}
	return ""
}

// authorize asks the Authorizer; without one nothing is allowed.
func (b *bench) authorize(ctx context.Context, access Access) error {
	if b.Authorizer == nil {
		return &DeniedError{Access: access, Reason: "this session allows no tools"}
	}
	return b.Authorizer.Authorize(ctx, access)
}

// note joins the arguments' note to a result.
func (r Result) withNote(args arguments) Result {
	r.addText(args.note())
	return r
}

// exists reports whether a path names anything.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
