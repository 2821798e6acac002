package shell

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// call analyses one simple command.
func (a *analysis) call(call *syntax.CallExpr, raw []*syntax.Redirect, redirects []Redirect) {
	for _, assign := range call.Assigns {
		a.expansions(assign)
	}
	for _, arg := range call.Args {
		a.expansions(arg)
	}
	words := a.words(call.Args)
	if len(words) == 0 {
		if len(redirects) > 0 {
			a.emit(Command{Bare: true, Redirects: redirects})
		}
		return
	}
	for _, w := range words {
		a.script.Literals = append(a.script.Literals, w.Values...)
	}
	a.run(words, input{redirects: redirects, raw: raw}, "")
}

// input is how a command is connected.
type input struct {
	redirects []Redirect
	raw       []*syntax.Redirect
}

// run emits a command that starts with words, and what it would run in turn.
func (a *analysis) run(words []Word, in input, wrapper string) {
	if len(words) == 0 || a.depth >= maxDepth {
		return
	}
	a.depth++
	defer func() { a.depth-- }()
	cmd := Command{Name: name(words[0]), Program: words[0], Args: words[1:], Redirects: in.redirects, Wrapper: wrapper}
	a.emit(cmd)
	if handle := runner(cmd.Name); handle != nil {
		at := len(a.script.Commands)
		handle(a, cmd, in)
		a.script.Commands[at-1].Inner = len(a.script.Commands) - at
	}
}

// name is the program's name without its folder; empty when it is unknown.
func name(w Word) string {
	switch {
	case w.Text() == "[": // the test; alone it is no pattern of files
		return "["
	case w.Known() && !w.Glob && len(w.Values) == 1:
		return path.Base(strings.ReplaceAll(w.Values[0], "//", "/"))
	case w.Base != "" && !w.Glob:
		return w.Base
	}
	return ""
}

// emit adds a command with the state of the walk.
func (a *analysis) emit(cmd Command) {
	cmd.Dirs, cmd.DirUnknown = slices.Clone(a.dirs), a.dirUnknown
	cmd.Piped, cmd.Upstream = a.piped, slices.Clone(a.upstream)
	a.script.Commands = append(a.script.Commands, cmd)
}

// redirects evaluates redirections to and from files. Copies of descriptors
// and here-documents are none, but the commands inside them count.
func (a *analysis) redirects(list []*syntax.Redirect) []Redirect {
	var all []Redirect
	for _, r := range list {
		for _, word := range []*syntax.Word{r.Word, r.Hdoc} {
			if word != nil {
				a.expansions(word)
			}
		}
		switch r.Op {
		case syntax.Hdoc, syntax.DashHdoc, syntax.WordHdoc, syntax.DplIn:
			continue
		case syntax.DplOut:
			if descriptor(r.Word.Lit()) {
				continue
			}
		default:
		}
		all = append(all, Redirect{Write: r.Op != syntax.RdrIn, Target: a.word(r.Word)})
	}
	return all
}

// descriptor reports whether the word after >& is a descriptor, not a file.
func descriptor(text string) bool {
	return text == "-" || text != "" && strings.Trim(text, "0123456789-") == ""
}

// document is the text of a here-document or here-string; ok is false when
// there is none, known when its text is all there is to it.
func (a *analysis) document(in input) (text string, known, ok bool) {
	for _, r := range in.raw {
		switch r.Op {
		case syntax.Hdoc, syntax.DashHdoc:
			if r.Hdoc == nil {
				return "", true, true
			}
			text := hereText(r.Hdoc)
			exact := r.Word.Lit() == "" || !strings.Contains(text, `\\`) // a bare delimiter takes backslashes out
			return text, exact && onlyText(r.Hdoc), true
		case syntax.WordHdoc:
			w := a.word(r.Word)
			return w.Text(), w.Known() && len(w.Values) == 1, true
		default:
		}
	}
	return "", false, false
}

func onlyText(w *syntax.Word) bool {
	return !slices.ContainsFunc(w.Parts, func(p syntax.WordPart) bool {
		_, ok := p.(*syntax.Lit)
		return !ok
	})
}

func hereText(w *syntax.Word) string {
	var b strings.Builder
	for _, part := range w.Parts {
		if lit, ok := part.(*syntax.Lit); ok {
			b.WriteString(lit.Value)
		}
	}
	return b.String()
}
