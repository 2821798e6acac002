package permission

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/permission/rule"
	"github.com/jcode-go/jcode/host/internal/tool/shell"
)

// cover is what allow rules say of one command of a line.
type cover int

const (
	// uncovered commands are left to the mode.
	uncovered cover = iota
	// harmless ones only look, or only run another one that is looked at itself.
	harmless
	// covered ones are allowed in every mode, as mode auto would.
	covered
	// explicit ones are named so exactly that what mode auto refuses is meant.
	explicit
)

// coverage tells of each command whether a rule allows it. A rule is sure only of
// what can be told from outside: unknown words, programs of other folders and
// variables that change what a program does are no match.
func (r *rules) coverage(script *shell.Script) []cover {
	all := make([]cover, len(script.Commands))
	allow := r.allowed()
	if script.Evaluates || slices.ContainsFunc(script.Assigned, changesPrograms) {
		allow = nil
	}
	for i, cmd := range script.Commands {
		all[i] = max(all[i], ownCover(allow, cmd, script.Commands[i+1:i+1+cmd.Inner]))
		for n, inner := range script.Commands[i+1 : i+1+cmd.Inner] {
			all[i+1+n] = max(all[i+1+n], innerCover(allow, cmd, inner))
		}
	}
	return all
}

// changesPrograms reports whether setting a variable may make a program another
// one, or do something else: PATH, LD_PRELOAD, GIT_SSH_COMMAND. Scripts' own
// variables are in lower case and without underscores.
func changesPrograms(name string) bool {
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") != ""
}

func ownCover(allow []compiled, cmd shell.Command, inner []shell.Command) cover {
	best := uncovered
	if cmd.Bare || shell.Looks(cmd) && plainName(cmd) && !takesNames(cmd) || transparent(cmd, inner) {
		best = harmless
	}
	if cmd.Wrapper != "" && !slices.Contains(carriers, cmd.Wrapper) {
		return best // its words are not all there: xargs and find add some
	}
	for _, c := range allow {
		if c.Tool == toolBash {
			best = max(best, matchCover(c, cmd))
		}
	}
	return best
}

// takesNames reports whether a builtin may be given the name of a variable, in whose
// subscript code can stand.
func takesNames(cmd shell.Command) bool {
	if cmd.Name != "printf" && cmd.Name != "test" && cmd.Name != "[" {
		return false
	}
	return slices.ContainsFunc(cmd.Args, func(w shell.Word) bool { return !w.Known() && cmd.Name != "printf" || w.Starts("-v") })
}

// plainName reports whether a program is one that is looked up as usual.
func plainName(cmd shell.Command) bool { return cmd.Program.Text() == cmd.Name }

// carriers run just the command in their arguments, as it stands there.
var carriers = []string{"timeout", "gtimeout", "nice", "ionice", "nohup", "time", "command", "stdbuf"}

// transparent reports whether a command does nothing but run another one that is
// looked at itself.
func transparent(cmd shell.Command, inner []shell.Command) bool {
	if len(inner) == 0 || !plainName(cmd) {
		return false
	}
	if slices.Contains(shell.Shells, cmd.Name) {
		return len(cmd.Args) == 2 && cmd.Args[0].Text() == "-c"
	}
	return slices.Contains(carriers, cmd.Name)
}

func matchCover(c compiled, cmd shell.Command) cover {
	switch {
	case c.Pattern == "":
		return covered
	case cmd.Bare || !sureProgram(c, cmd) || !surelyFollow(c.Words[1:], cmd.Args):
		return uncovered
	case isExplicit(c.Words):
		return explicit
	}
	return covered
}

// isExplicit reports whether a pattern names a program and what to do with it, or a
// command as a whole.
func isExplicit(words []rule.Word) bool {
	for _, w := range words[:min(len(words), 2)] {
		if _, ok := w.Literal(); !ok {
			return false
		}
	}
	return true
}

// sureProgram compares programs. A name without a folder means what the shell finds
// by it, a path the very file.
func sureProgram(c compiled, cmd shell.Command) bool {
	name, w := cmd.Program.Text(), c.Words[0]
	literal, ok := w.Literal()
	switch {
	case cmd.Program.Glob || name == "" || !ok && strings.Contains(name, "/"):
		return false
	case !strings.Contains(name, "/") || !strings.Contains(literal, "/"):
		return w.Match(name)
	case filepath.IsAbs(name):
		return absolute(c.dir, literal) == filepath.Clean(name)
	}
	return !cmd.DirUnknown && len(cmd.Dirs) == 1 && absolute(c.dir, literal) == absolute(cmd.Dirs[0], name)
}

func absolute(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

func surelyFollow(words []rule.Word, args []shell.Word) bool {
	switch {
	case len(words) == 0:
		return len(args) == 0
	case words[0].Any:
		return surelyFollow(words[1:], args) || len(args) > 0 && surelyFollow(words, args[1:])
	case len(args) == 0 || !args[0].Known() || args[0].Glob:
		return false
	}
	return !slices.ContainsFunc(args[0].Values, func(v string) bool { return !words[0].Match(v) }) && surelyFollow(words[1:], args[1:])
}

// innerCover is what a rule for the outer command says of one inside: that a rule
// for "sudo apt-get *" means apt-get can be told, that one for "find *" means rm
// cannot.
func innerCover(allow []compiled, outer, inner shell.Command) cover {
	for _, c := range allow {
		if c.Tool != toolBash || c.Pattern == "" || matchCover(c, outer) == uncovered {
			continue
		}
		if slices.ContainsFunc(c.Words[1:], func(w rule.Word) bool {
			text, ok := w.Literal()
			return ok && text == inner.Program.Text()
		}) {
			return matchCover(c, outer)
		}
	}
	return uncovered
}

// hardReason says why not even an explicit rule allows a command, or is empty: it
// names credentials, or a protected place, or a folder that holds one.
func (p *Policy) hardReason(cmd shell.Command) string {
	for _, w := range cmd.Args {
		if reason := p.wordReason(cmd, w); reason != "" {
			return reason
		}
		for _, path := range places(cmd, w) {
			if p.isProtected(path) || slices.ContainsFunc(p.protected, func(place string) bool { return within(path, place) }) && writesSomewhere(cmd) {
				return path + " is protected, or holds what is"
			}
		}
	}
	return ""
}

// writesSomewhere reports whether a command is one that changes the paths it names.
func writesSomewhere(cmd shell.Command) bool {
	_, ok := checks[cmd.Name]
	return ok && cmd.Name != "git" && cmd.Name != "jcode"
}
