// Package shell tells what a bash command line would do, without running it:
// every simple command it contains, wherever it is nested, with the wrappers
// around it (env, xargs, timeout, bash -c, …) taken off. It is cautious: what
// is known only when the command runs is reported as unknown.
package shell

import (
	"errors"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Command is one simple command of a script.
type Command struct {
	// Name is the last part of the program's path; empty when it is known only
	// at run time. A statement that only redirects has no words at all, and
	// then Bare is set.
	Name string
	Bare bool
	// Program is the word that names the program, as it was written.
	Program Word
	// Args are the words after the name.
	Args      []Word
	Redirects []Redirect
	// Dirs are the folders that it may run in, absolute. DirUnknown says that
	// there may be others.
	Dirs       []string
	DirUnknown bool
	// Piped says that its standard input may come from other commands of the
	// script; Upstream are their names.
	Piped    bool
	Upstream []string
	// Wrapper is the command that runs this one, such as "xargs"; may be empty.
	Wrapper string
	// Inner is how many of the commands after this one are run by it, or stand in
	// its arguments as code.
	Inner int
}

// Redirect is a redirection to or from a file.
type Redirect struct {
	Write  bool
	Target Word
}

// Script is what a command line would do.
type Script struct {
	Commands []Command
	// Unsafe are reasons why the rest of the script cannot be trusted: code
	// that is made up at run time, for example.
	Unsafe []string
	// Assigned are the variables that the script sets, in no order and perhaps
	// more than once; those that builtins set, such as read, are not among them.
	Assigned []string
	// Evaluates says that the shell may run code out of the text of a variable or
	// word: arithmetic (a[$(x)] in it runs x), ${x@P}, ${!x}, declare -i.
	Evaluates bool
	// Hidden says that such text is there, in quotation marks, and holds $(…).
	Hidden bool
	// Literals are all words that are known, for looking for a name anywhere.
	Literals []string
}

// Context is what a script starts with.
type Context struct {
	// Dir is the working folder; absolute.
	Dir string
	// Variables are known from the start, such as HOME.
	Variables map[string]string
}

const maxDepth = 8

// ErrTooDeep means that scripts are nested in scripts without end.
var ErrTooDeep = errors.New("scripts nested too deeply")

// Parse reads a command line. An error means that bash would probably refuse
// it, or read it in some other way than this package does.
func Parse(text string, ctx Context) (*Script, error) {
	a := &analysis{
		script: &Script{},
		vars:   map[string][]string{},
		dirs:   []string{ctx.Dir},
	}
	for name, value := range ctx.Variables {
		a.vars[name] = []string{value}
	}
	if err := a.parse(text); err != nil {
		return nil, err
	}
	return a.script, nil
}

// Blank reports whether there is nothing to run.
func Blank(text string) bool { return strings.TrimSpace(text) == "" }

// analysis is the state of one walk through a script, in the order it runs.
type analysis struct {
	script *Script
	// vars are the variables with all values that they can have at this point.
	vars map[string][]string
	// frozen variables change somewhere in the script in ways that are not
	// followed, and count as unknown.
	frozen     map[string]bool
	allFrozen  bool
	dirs       []string
	dirUnknown bool
	moved      bool // there was a cd
	piped      bool
	upstream   []string
	functions  []string // that the walk is inside of
	depth      int
}

func (a *analysis) parse(text string) error {
	if a.depth >= maxDepth {
		return ErrTooDeep
	}
	if strings.ContainsRune(text, 0) {
		return errors.New("a NUL byte in the command")
	}
	if strings.ContainsRune(text, '\r') {
		// The parser takes a carriage return for part of a line end, bash does not.
		return errors.New("a carriage return in the command")
	}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return fmt.Errorf("not understood as bash: %w", err)
	}
	a.freeze(file)
	a.depth++
	defer func() { a.depth-- }()
	for _, stmt := range file.Stmts {
		a.learn(stmt)
		a.stmt(stmt)
	}
	return nil
}

// nested analyses code that the script runs as text, such as the argument of
// bash -c. Code that cannot be read is unsafe.
func (a *analysis) nested(code string, what string) {
	if err := a.parse(code); err != nil {
		a.unsafe("%s: %v", what, err)
	}
}

func (a *analysis) unsafe(format string, values ...any) {
	a.script.Unsafe = append(a.script.Unsafe, fmt.Sprintf(format, values...))
}
