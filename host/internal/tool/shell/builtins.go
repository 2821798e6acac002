package shell

import "strings"

// source refuses code that comes from elsewhere than a file; a file is like the
// script of bash FILE.
func (a *analysis) source(cmd Command, in input) {
	if len(cmd.Args) == 0 {
		return
	}
	file := cmd.Args[0]
	text := file.Text()
	switch {
	case file.Substitution:
		a.unsafe("%s runs the output of another command", cmd.Name)
	case text == "/dev/stdin" || strings.HasPrefix(text, "/dev/fd/") || strings.HasPrefix(text, "/proc/"):
		a.shellInput(cmd, in)
	}
}

// callbacks are the options of builtins whose value is code.
var callbacks = map[string]string{"mapfile": "-C", "readarray": "-C", "compgen": "-C", "complete": "-C", "bind": "-x"}

// callback follows the code that builtins are told to run.
func (a *analysis) callback(cmd Command, _ input) {
	option := callbacks[cmd.Name]
	for i, arg := range cmd.Args {
		switch text := arg.Text(); {
		case text == option && i+1 < len(cmd.Args):
			code := cmd.Args[i+1]
			if _, after, ok := strings.Cut(code.Text(), ":"); ok && cmd.Name == "bind" {
				code = Literal(after)
			}
			a.code(code, cmd.Name+" "+option)
		case strings.HasPrefix(text, option) && len(text) > len(option):
			a.nested(text[len(option):], cmd.Name+" "+option)
		}
	}
}

// redefine refuses what gives a name another program, or repeats what was typed.
func (a *analysis) redefine(cmd Command, _ input) {
	for _, arg := range cmd.Args {
		text := arg.Text()
		if cmd.Name == "fc" && text != "-l" || cmd.Name != "fc" && strings.HasPrefix(text, "-") && strings.ContainsAny(text, "pf") {
			a.unsafe("%s %s makes a name run something else", cmd.Name, text)
			return
		}
	}
}
