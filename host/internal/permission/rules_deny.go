package permission

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/permission/rule"
	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/host/internal/tool/shell"
)

// deniedCommand looks for a command of the line that a deny rule is about. What
// cannot be told from outside counts as what is forbidden.
func (p *Policy) deniedCommand(access tool.Access) string {
	script, err := shell.Parse(access.Command, shell.Context{Dir: access.Dir, Variables: p.variables()})
	about := p.rules.aboutCommands()
	switch {
	case about == "" && err != nil:
		return "" // the mode decides
	case err != nil:
		return fmt.Sprintf("the command cannot be checked against the rule deny %s: %v", about, err)
	case about != "" && len(script.Unsafe) > 0:
		return fmt.Sprintf("the command cannot be checked against the rule deny %s: %s", about, script.Unsafe[0])
	case about != "" && script.Hidden:
		return fmt.Sprintf("the command cannot be checked against the rule deny %s: bash may run code that stands in quotation marks", about)
	}
	for _, cmd := range script.Commands {
		if reason := p.deniedSimple(cmd); reason != "" {
			return reason
		}
	}
	return ""
}

// aboutCommands is the first deny rule for commands, or empty.
func (r *rules) aboutCommands() string {
	for _, c := range r.deny {
		if c.Tool == toolBash {
			return c.String()
		}
	}
	return ""
}

func (p *Policy) deniedSimple(cmd shell.Command) string {
	for _, c := range p.rules.deny {
		if c.Tool == toolBash && (c.Pattern == "" || !cmd.Bare && mayMatch(c.Words, cmd)) {
			return fmt.Sprintf("the rule deny %s forbids %s", c, firstOf(cmd.Name, "a command whose name is only known when it runs"))
		}
	}
	for _, r := range cmd.Redirects {
		if reason := p.hiddenTarget(r); reason != "" {
			return reason
		}
		for _, path := range places(cmd, r.Target) {
			if reason := p.sealed(path); r.Write && reason != "" {
				return reason
			}
			if text, ok := p.rules.deniesRead("", path); ok {
				return fmt.Sprintf("the rule deny %s forbids to read %s", text, path)
			}
		}
	}
	for _, w := range cmd.Args {
		for _, path := range places(cmd, w) {
			if text, ok := p.rules.deniesRead("", path); ok {
				return fmt.Sprintf("the rule deny %s forbids to read %s", text, path)
			}
		}
	}
	return p.deniedWrites(cmd)
}

// hiddenTarget says why a redirection that is only known when it runs is refused, or
// is empty: it may be to what must not be written.
func (p *Policy) hiddenTarget(r shell.Redirect) string {
	if !r.Write || r.Target.Known() || r.Target.Process {
		return ""
	}
	for _, c := range p.rules.deny {
		if slices.Contains(writeTools, c.Tool) {
			return fmt.Sprintf("where the redirection writes is only known when it runs, and the rule deny %s may forbid it", c)
		}
	}
	if len(p.readOnly) > 0 {
		return fmt.Sprintf("where the redirection writes is only known when it runs, and %s was added for reading only", p.readOnly[0])
	}
	return ""
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// deniedWrites checks what the known writing programs are told to change.
func (p *Policy) deniedWrites(cmd shell.Command) string {
	for _, w := range changed(cmd) {
		for _, path := range places(cmd, w) {
			if reason := p.sealed(path); reason != "" {
				return reason
			}
			for _, c := range p.rules.deny {
				if slices.Contains(writeTools, c.Tool) && slices.Contains(treePrograms, cmd.Name) && c.paths.below(path) {
					return fmt.Sprintf("the rule deny %s forbids to change what is in %s", c, path)
				}
			}
		}
	}
	return ""
}

// treePrograms may take a folder with all that is in it.
var treePrograms = []string{"rm", "mv", "chmod", "chown", "chgrp", "find", "shred", "rsync"}

// changed are the words of a command that name what it changes.
func changed(cmd shell.Command) []shell.Word {
	paths, flags := operands(cmd.Args)
	switch cmd.Name {
	case "cp", "install", "rsync", "scp":
		return copied(cmd, paths, flags)
	case "ln": // what a link leads to can be written through it
		return append(copied(cmd, paths, flags), paths...)
	case "sed", "perl":
		if !hasFlag(flags, "i", "in-place") {
			return nil
		}
		return paths
	case "find":
		if shell.Looks(cmd) {
			return nil
		}
		return []shell.Word{shell.Found(cmd)}
	case "mv":
		return append(copied(cmd, paths, flags), paths...)
	case "curl", "wget":
		return append(flagValues(flags), after(cmd.Args, "-o", "--output", "-O", "-P", "--output-dir", "--output-document", "--directory-prefix")...)
	case "tar", "unzip":
		return append(flagValues(flags), after(cmd.Args, "-C", "-d", "-f", "--directory")...)
	case "git":
		return gitChanged(paths)
	case "systemctl", "init", "jcode":
		return nil
	}
	if _, ok := checks[cmd.Name]; ok || slices.Contains(otherWriters, cmd.Name) {
		return append(paths, flagValues(flags)...)
	}
	return nil
}

// maxFound is how many files of one pattern are looked at.
const maxFound = 2000

// places are the files that a word can name. A pattern is looked up as it is now.
func places(cmd shell.Command, w shell.Word) []string {
	values := slices.Clone(w.Values)
	for _, value := range w.Values {
		for _, mark := range []string{"=", "@"} {
			if _, rest, ok := strings.Cut(value, mark); ok {
				values = append(values, rest)
			}
		}
	}
	all, _ := targets(cmd, shell.Word{Values: values, Glob: w.Glob})
	var found []string
	for _, t := range all {
		if t.pattern == "" {
			found = append(found, t.path)
			continue
		}
		matches, _ := filepath.Glob(filepath.Join(t.path, t.pattern)) // a bad pattern matches nothing
		for _, match := range matches[:min(len(matches), maxFound)] {
			if real, err := tool.RealPath(match); err == nil {
				found = append(found, real)
			}
		}
	}
	return found
}

// mayMatch reports whether a command can be one that a deny rule means. Options
// between the rule's words, and further words, do not help: git -C x push --force is
// a git push.
func mayMatch(words []rule.Word, cmd shell.Command) bool {
	if cmd.Name != "" && !sameProgram(words[0], cmd.Name) {
		return false
	}
	return mayFollow(words[1:], cmd.Args)
}

func sameProgram(w rule.Word, name string) bool {
	literal, ok := w.Literal()
	if ok {
		return strings.EqualFold(path.Base(literal), name)
	}
	return w.Match(name)
}

func mayFollow(words []rule.Word, args []shell.Word) bool {
	switch {
	case len(words) == 0:
		return true
	case words[0].Any:
		return mayFollow(words[1:], args) || len(args) > 0 && mayFollow(words, args[1:])
	case len(args) == 0:
		return false
	case mayBe(words[0], args[0]) && mayFollow(words[1:], args[1:]):
		return true
	case !args[0].Known(): // it may be nothing, or several words
		return mayFollow(words, args[1:]) || mayFollow(words[1:], args)
	case !args[0].Starts("-"):
		return false
	}
	// An option, with or without a value of its own.
	return mayFollow(words, args[1:]) || len(args) > 1 && mayFollow(words, args[2:])
}

func mayBe(w rule.Word, arg shell.Word) bool {
	if !arg.Known() {
		return true
	}
	literal, ok := w.Literal()
	return slices.ContainsFunc(arg.Values, func(value string) bool {
		if arg.Glob && ok {
			matched, err := path.Match(value, literal)
			return matched || err != nil
		}
		return arg.Glob || w.Match(value)
	})
}
