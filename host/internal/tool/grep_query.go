package tool

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"github.com/bmatcuk/doublestar/v4"
)

// grepQuery is what a search looks for, and how it is shown.
type grepQuery struct {
	re            *regexp.Regexp
	filter        *prefilter
	multiline     bool
	mode          string // content, files or count
	before, after int
	globs         []string // a file must match one
	exclude       []string // and none of these
	types         []string // and one of these
	limit         int
	numbers       bool
}

// Output modes, and what other tools call them.
var grepModes = map[string]string{
	"": "content", "content": "content", "files": "files", "count": "count", "files_with_matches": "files",
}

func newGrepQuery(args arguments) (*grepQuery, error) {
	q := &grepQuery{multiline: args.boolean("multiline"), numbers: !args.has("-n") || args.boolean("-n")}
	mode, ok := grepModes[args.text("output_mode")]
	if !ok {
		return nil, failWith(CodeInvalidInput, "output_mode %q is none of content, files, count", args.text("output_mode"))
	}
	q.mode = mode
	if err := q.compile(args); err != nil {
		return nil, err
	}
	context := max(args.integer("context", args.integer("-C", 0)), 0)
	q.before = min(max(args.integer("-B", context), 0), 100)
	q.after = min(max(args.integer("-A", context), 0), 100)
	q.limit = args.integer("limit", map[string]int{"content": 100, "files": 250, "count": 250}[q.mode])
	if q.limit <= 0 || q.limit > 10_000 {
		q.limit = 10_000
	}
	return q, q.selection(args)
}

func (q *grepQuery) compile(args arguments) error {
	text := args.text("pattern")
	if text == "" {
		return failWith(CodeInvalidInput, "the pattern is empty")
	}
	if args.boolean("literal") {
		text = regexp.QuoteMeta(text)
	}
	flags := ""
	if args.boolean("-i") {
		flags = "(?i)"
	}
	if q.multiline {
		flags += "(?ms)"
	}
	re, err := regexp.Compile(flags + text)
	if err != nil {
		return failWith(CodeInvalidInput, "%s", regexpHelp(text, err))
	}
	q.re = re
	if parsed, err := syntax.Parse(flags+text, syntax.Perl); err == nil {
		q.filter = newPrefilter(parsed)
	}
	return nil
}

// foreignSyntax is what other dialects of regular expressions have and RE2 has
// not.
var foreignSyntax = []struct{ mark, name string }{
	{"(?=", "look-ahead"},
	{"(?!", "look-ahead"},
	{"(?<=", "look-behind"},
	{"(?<!", "look-behind"},
	{"(?>", "an atomic group"},
	{`\Z`, `\Z`},
	{`\K`, `\K`},
	{"(?R)", "recursion"},
	{"*+", "a possessive quantifier"},
	{"++", "a possessive quantifier"},
}

var backReference = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\\[1-9]`) })

func regexpHelp(text string, err error) string {
	const instead = `; use literal for plain text, or bash with "rg -P" or "grep -P"`
	for _, foreign := range foreignSyntax {
		if strings.Contains(text, foreign.mark) {
			return "RE2 has no " + foreign.name + " (" + foreign.mark + ")" + instead
		}
	}
	if ref := backReference().FindString(text); ref != "" {
		return "RE2 has no back-references (" + ref + ")" + instead
	}
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ") + " in the pattern" + instead
}

// selection reads which files to look at.
func (q *grepQuery) selection(args arguments) error {
	for _, glob := range strings.Fields(args.text("glob")) {
		list := &q.globs
		if rest, ok := strings.CutPrefix(glob, "!"); ok {
			glob, list = rest, &q.exclude
		}
		if !doublestar.ValidatePattern(glob) {
			return failWith(CodeInvalidInput, "the glob %q is not valid: check its brackets and braces", glob)
		}
		*list = append(*list, anyDepth(glob))
	}
	name := args.text("type")
	if name == "" {
		return nil
	}
	patterns, err := typePatterns(name)
	for _, pattern := range patterns {
		q.types = append(q.types, anyDepth(pattern))
	}
	return err
}

// anyDepth lets a bare name match at any depth.
func anyDepth(glob string) string {
	glob = strings.TrimPrefix(glob, "./")
	if rest, ok := strings.CutPrefix(glob, "/"); ok {
		return rest
	}
	if strings.Contains(glob, "/") {
		return glob
	}
	return "**/" + glob
}

// selects reports whether a file below the root is to be looked at.
func (q *grepQuery) selects(rel string) bool {
	matches := func(glob string) bool { return doublestar.MatchUnvalidated(glob, rel) }
	return (len(q.globs) == 0 || slices.ContainsFunc(q.globs, matches)) &&
		(len(q.types) == 0 || slices.ContainsFunc(q.types, matches)) &&
		!slices.ContainsFunc(q.exclude, matches)
}
