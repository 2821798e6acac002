package shell

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// namers are builtins that take names of variables, in whose subscript they run
// what looks like code.
var namers = []string{"test", "[", "printf", "read", "unset", "wait", "mapfile", "readarray", "getopts", "export", "readonly"}

// substitutes reports whether text has a command substitution in it.
func substitutes(text string) bool {
	return strings.Contains(text, "$(") || strings.Contains(text, "`")
}

// quotedCode reports whether a node is text that the shell does not run, unless it
// takes it for an expression.
func quotedCode(node syntax.Node) bool {
	switch node := node.(type) {
	case *syntax.SglQuoted:
		return substitutes(node.Value) || node.Dollar && strings.Contains(node.Value, `\`)
	case *syntax.Lit:
		text, _ := unescape(node.Value)
		return substitutes(text)
	}
	return false
}

// subscriptCode reports whether a node is a builtin with code in a subscript.
func (a *analysis) subscriptCode(node syntax.Node) bool {
	call, ok := node.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 || !slices.Contains(namers, a.word(call.Args[0]).Text()) {
		return false
	}
	return slices.ContainsFunc(call.Args[1:], func(w *syntax.Word) bool {
		return slices.ContainsFunc(a.word(w).Values, func(v string) bool { return strings.Contains(v, "[") && substitutes(v) })
	})
}
