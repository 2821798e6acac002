package shell

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// Word is one word of a command after expansion, as far as it is known.
type Word struct {
	// Values are all texts it can be. Empty means that it is unknown.
	Values []string
	// Glob says that the values are patterns of files.
	Glob bool
	// Prefix is the known start of an unknown word, Base the known end of it
	// after its last slash.
	Prefix, Base string
	// Substitution says that a command's output takes part in it.
	Substitution bool
	// Process says that it is nothing but >(command) or <(command).
	Process bool
}

// Known reports whether all values of the word are known.
func (w Word) Known() bool { return len(w.Values) > 0 }

// Text is the word's only value, or empty.
func (w Word) Text() string {
	if len(w.Values) == 1 {
		return w.Values[0]
	}
	return ""
}

// Is reports whether the word can be text.
func (w Word) Is(text string) bool { return slices.Contains(w.Values, text) }

// Starts reports whether the word can begin with prefix.
func (w Word) Starts(prefix string) bool {
	if !w.Known() {
		return strings.HasPrefix(w.Prefix, prefix) || strings.HasPrefix(prefix, w.Prefix)
	}
	return slices.ContainsFunc(w.Values, func(v string) bool { return strings.HasPrefix(v, prefix) })
}

// Literal is a word that is known.
func Literal(text string) Word { return Word{Values: []string{text}} }

const maxValues = 64

// piece is a part of a word on the way to its value.
type piece struct {
	values       []string // empty: unknown
	glob         bool
	substitution bool
}

// words expands braces and evaluates each word. A word with braces becomes
// several, as in the shell.
func (a *analysis) words(list []*syntax.Word) []Word {
	var all []Word
	for _, w := range list {
		if !hasBraces(w) {
			all = append(all, a.word(w))
			continue
		}
		expanded := braces(w)
		if len(expanded) > maxValues {
			all = append(all, Word{})
			continue
		}
		for _, each := range expanded {
			all = append(all, a.word(each))
		}
	}
	return all
}

// braces expands a copy, since the parser's own word must stay as it is. It
// makes one more than the most values, and then stops: a sequence can have any
// length.
func braces(w *syntax.Word) []*syntax.Word {
	split := &syntax.Word{Parts: slices.Clone(w.Parts)}
	if !syntax.SplitBraces(split) {
		return []*syntax.Word{w}
	}
	var all []*syntax.Word
	for each, err := range expand.BracesSeq(&expand.Config{}, split) {
		if err != nil {
			return make([]*syntax.Word, maxValues+1)
		}
		if all = append(all, each); len(all) > maxValues {
			break
		}
	}
	return all
}

func hasBraces(w *syntax.Word) bool {
	return slices.ContainsFunc(w.Parts, func(p syntax.WordPart) bool {
		lit, ok := p.(*syntax.Lit)
		return ok && strings.Contains(lit.Value, "{")
	})
}

// word evaluates one word.
func (a *analysis) word(w *syntax.Word) Word {
	if w == nil {
		return Word{}
	}
	result := Word{Values: []string{""}}
	if len(w.Parts) == 1 {
		_, result.Process = w.Parts[0].(*syntax.ProcSubst)
	}
	known, tail := true, ""
	for _, p := range a.pieces(w) {
		result.Glob = result.Glob || p.glob
		result.Substitution = result.Substitution || p.substitution
		switch {
		case len(p.values) == 0 || known && len(result.Values)*len(p.values) > maxValues:
			if known {
				result.Prefix = common(result.Values)
			}
			known, tail = false, ""
		case known:
			result.Values = join(result.Values, p.values)
		case len(p.values) > 1:
			tail = ""
		default:
			tail += p.values[0]
		}
	}
	if !known {
		result.Values = nil
		if slash := strings.LastIndexByte(tail, '/'); slash >= 0 {
			result.Base = tail[slash+1:]
		}
	}
	return result
}

// pieces evaluates the parts of a word, those inside double quotes one by one.
func (a *analysis) pieces(w *syntax.Word) []piece {
	var all []piece
	for i, part := range w.Parts {
		quoted, ok := part.(*syntax.DblQuoted)
		if !ok {
			all = append(all, a.part(part, false, i == 0))
			continue
		}
		for _, inner := range quoted.Parts {
			all = append(all, a.part(inner, true, false))
		}
	}
	return all
}

// part evaluates one part of a word. First says that it begins the word, where
// a tilde counts.
func (a *analysis) part(part syntax.WordPart, quoted, first bool) piece {
	switch part := part.(type) {
	case *syntax.Lit:
		if quoted {
			return piece{values: []string{unescapeQuoted(part.Value)}}
		}
		return a.literal(part.Value, first)
	case *syntax.SglQuoted:
		if part.Dollar && strings.Contains(part.Value, `\`) {
			return piece{}
		}
		return piece{values: []string{part.Value}}
	case *syntax.ParamExp:
		return a.parameter(part, quoted)
	case *syntax.CmdSubst:
		return a.substitution(part)
	case *syntax.ProcSubst:
		return piece{substitution: true}
	}
	return piece{}
}

// literal is unquoted text: backslashes are taken out, a leading tilde is the
// home folder, and *, ? and [ make a pattern.
func (a *analysis) literal(raw string, first bool) piece {
	prefix := ""
	if first && strings.HasPrefix(raw, "~") {
		name, rest, _ := strings.Cut(raw[1:], "/")
		home := a.vars["HOME"]
		if name != "" || len(home) != 1 || a.allFrozen || a.frozen["HOME"] {
			return piece{}
		}
		prefix = home[0]
		if len(raw) > 1 {
			rest = "/" + rest
		}
		raw = rest
	}
	text, glob := unescape(raw)
	return piece{values: []string{prefix + text}, glob: glob}
}

// parameter is the value of a plain $NAME, if it is known.
func (a *analysis) parameter(p *syntax.ParamExp, quoted bool) piece {
	if p.Param == nil || !plainParameter(p) || a.allFrozen || a.frozen[p.Param.Value] {
		return piece{}
	}
	values := a.vars[p.Param.Value]
	if p.Param.Value == "PWD" && !a.dirUnknown {
		values = a.dirs
	}
	if quoted {
		return piece{values: values}
	}
	for _, v := range values {
		if v == "" || strings.ContainsAny(v, " \t\n\\") { // it would be split, or vanish
			return piece{}
		}
	}
	glob := slices.ContainsFunc(values, func(v string) bool { return strings.ContainsAny(v, "*?[") })
	return piece{values: values, glob: glob}
}

func plainParameter(p *syntax.ParamExp) bool {
	return !p.Excl && !p.Length && !p.Width && !p.IsSet && p.Index == nil && p.Slice == nil &&
		p.Repl == nil && p.Names == 0 && p.Exp == nil && p.NestedParam == nil && p.Flags == nil
}

// substitution knows one command: mktemp, whose output lies in the temporary
// folder.
func (a *analysis) substitution(s *syntax.CmdSubst) piece {
	result := piece{substitution: true}
	if len(s.Stmts) != 1 || len(s.Stmts[0].Redirs) > 0 {
		return result
	}
	call, ok := s.Stmts[0].Cmd.(*syntax.CallExpr)
	if !ok || len(call.Assigns) > 0 || len(call.Args) == 0 || call.Args[0].Lit() != "mktemp" {
		return result
	}
	for _, arg := range call.Args[1:] {
		if arg.Lit() != "-d" {
			return result
		}
	}
	result.values = []string{"/tmp/mktemp.jcode"}
	return result
}

// unescape takes backslashes out of unquoted text and reports whether what is
// left is a pattern.
func unescape(raw string) (string, bool) {
	var b strings.Builder
	glob := false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '\\' && i+1 < len(raw):
			i++
			if raw[i] != '\n' {
				b.WriteByte(raw[i])
			}
		case c == '*' || c == '?' || c == '[':
			glob = true
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), glob
}

// unescapeQuoted does it inside double quotes, where fewer characters can be
// escaped.
func unescapeQuoted(raw string) string {
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' && i+1 < len(raw) && strings.IndexByte("$`\"\\\n", raw[i+1]) >= 0 {
			i++
			if raw[i] == '\n' {
				continue
			}
		}
		b.WriteByte(raw[i])
	}
	return b.String()
}

// join appends every value of the second list to every one of the first.
func join(first, second []string) []string {
	if len(first)*len(second) > maxValues {
		return nil
	}
	all := make([]string, 0, len(first)*len(second))
	for _, f := range first {
		for _, s := range second {
			all = append(all, f+s)
		}
	}
	return all
}

// common is the longest text that all values start with.
func common(values []string) string {
	if len(values) == 0 {
		return ""
	}
	prefix := values[0]
	for _, v := range values[1:] {
		for !strings.HasPrefix(v, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return prefix
}
