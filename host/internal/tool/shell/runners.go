package shell

import (
	"slices"
	"strings"
)

// runner is what follows the commands that a program of this name would run,
// or nil when it runs none.
func runner(name string) func(*analysis, Command, input) {
	switch name {
	case "cd", "pushd", "popd":
		return (*analysis).cd
	case "eval":
		return (*analysis).eval
	case "trap":
		return (*analysis).trap
	case "alias":
		return (*analysis).alias
	case "find", "fd", "fdfind":
		return (*analysis).find
	case "git":
		return (*analysis).git
	case "su", "script", "runuser":
		return (*analysis).codeOption
	case "source", ".":
		return (*analysis).source
	case "mapfile", "readarray", "compgen", "complete", "bind":
		return (*analysis).callback
	case "hash", "enable", "fc":
		return (*analysis).redefine
	}
	if slices.Contains(Shells, name) {
		return (*analysis).shell
	}
	if _, ok := wrappers[name]; ok {
		return (*analysis).unwrap
	}
	return nil
}

// Shells are the programs that run shell code.
var Shells = []string{"bash", "sh", "zsh", "dash", "ksh", "mksh", "ash", "fish", "rbash", "csh", "tcsh"}

// code analyses a word that is run as a script of its own.
func (a *analysis) code(w Word, what string) {
	if !w.Known() {
		a.unsafe("%s runs code that is only known when it runs", what)
		return
	}
	for _, text := range w.Values {
		a.nested(text, what)
	}
}

func (a *analysis) cd(cmd Command, _ input) {
	var target *Word
	for i, arg := range cmd.Args {
		if !arg.Known() || !strings.HasPrefix(arg.Values[0], "-") || arg.Is("-") {
			target = &cmd.Args[i]
			break
		}
	}
	switch {
	case cmd.Name == "popd" || cmd.Name == "pushd" && target == nil:
		a.dirUnknown = a.dirUnknown || !a.moved
	case target == nil:
		a.chdir(Word{Values: a.vars["HOME"]})
	case target.Is("-"):
		a.dirUnknown = a.dirUnknown || !a.moved // else it is one of those we know
	default:
		a.chdir(*target)
	}
	a.moved = true
}

func (a *analysis) eval(cmd Command, _ input) {
	var code []string
	for _, arg := range cmd.Args {
		if !arg.Known() || len(arg.Values) > 1 || arg.Glob {
			a.unsafe("eval runs code that is only known when it runs")
			return
		}
		code = append(code, arg.Values[0])
	}
	a.nested(strings.Join(code, " "), "eval")
}

func (a *analysis) trap(cmd Command, _ input) {
	for _, arg := range cmd.Args {
		if arg.Known() && strings.HasPrefix(arg.Values[0], "-") {
			continue
		}
		a.code(arg, "trap")
		return
	}
}

func (a *analysis) alias(cmd Command, _ input) {
	for _, arg := range cmd.Args {
		if !arg.Known() {
			a.unsafe("alias stands for code that is only known when it runs")
			continue
		}
		for _, value := range arg.Values {
			if _, code, ok := strings.Cut(value, "="); ok {
				a.nested(code, "alias")
			}
		}
	}
}

// shell follows bash -c CODE, and code on its standard input.
func (a *analysis) shell(cmd Command, in input) {
	for i := 0; i < len(cmd.Args); i++ {
		arg := cmd.Args[i]
		if arg.Substitution {
			a.unsafe("%s runs the output of another command", cmd.Name)
			return
		}
		if !arg.Known() {
			return // a script file
		}
		text := arg.Values[0]
		switch {
		case codeFlag(text):
			a.shellCode(cmd, i)
			return
		case text == "-s" || text == "-" || text == "/dev/stdin" || strings.HasPrefix(text, "/dev/fd/") || strings.HasPrefix(text, "/proc/"):
			a.shellInput(cmd, in)
			return
		case text == "-o" || text == "+o" || text == "-O" || text == "+O" || text == "--rcfile" || text == "--init-file":
			i++
		case !strings.HasPrefix(text, "-") && !strings.HasPrefix(text, "+"):
			return // a script file
		}
	}
	a.shellInput(cmd, in)
}

// codeFlag reports whether text is -c, alone or among others as in -lc.
func codeFlag(text string) bool {
	return strings.HasPrefix(text, "-") && !strings.HasPrefix(text, "--") && strings.Contains(text, "c") || text == "--command"
}

// shellCode follows the code behind -c; xargs and the like bring it only later.
func (a *analysis) shellCode(cmd Command, flag int) {
	for _, arg := range cmd.Args[flag+1:] {
		if arg.Known() && (strings.HasPrefix(arg.Values[0], "-") || strings.HasPrefix(arg.Values[0], "+")) {
			continue
		}
		a.code(arg, cmd.Name+" -c")
		return
	}
	if cmd.Wrapper != "" {
		a.unsafe("%s -c runs code that is only known when it runs", cmd.Name)
	}
}

func (a *analysis) shellInput(cmd Command, in input) {
	text, known, ok := a.document(in)
	switch {
	case ok && known:
		a.nested(text, cmd.Name)
	case ok || a.piped || cmd.Wrapper == "xargs":
		a.unsafe("%s runs what it gets on its input, which is only known when it runs", cmd.Name)
	case slices.ContainsFunc(in.redirects, func(r Redirect) bool { return !r.Write && r.Target.Substitution }):
		a.unsafe("%s runs the output of another command", cmd.Name)
	}
}

// codeOption follows the -c CODE of programs that otherwise run no code.
func (a *analysis) codeOption(cmd Command, _ input) {
	for i, arg := range cmd.Args {
		text := arg.Text()
		if code, ok := strings.CutPrefix(text, "--command="); ok {
			a.nested(code, cmd.Name+" -c")
		}
		if codeFlag(text) && i+1 < len(cmd.Args) {
			a.code(cmd.Args[i+1], cmd.Name+" -c")
		}
	}
}

// found marks the names that find looks for, so that what it runs on "{}" can
// be checked as a pattern below the starting points.
var findTests = []string{"-name", "-iname", "-path", "-ipath", "-wholename", "-regex", "-iregex"}

// find follows -exec and the like, with {} standing for what is found.
func (a *analysis) find(cmd Command, in input) {
	for i := 0; i < len(cmd.Args); i++ {
		text := cmd.Args[i].Text()
		switch text {
		case "-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch":
		default:
			continue
		}
		end := i + 1
		for end < len(cmd.Args) && !cmd.Args[end].Is(";") {
			end++
		}
		words := slices.Clone(cmd.Args[i+1 : end])
		places := Found(cmd)
		for n, w := range words {
			if w.Known() && strings.Contains(strings.Join(w.Values, ""), "{}") {
				words[n] = places
			}
		}
		if len(words) > 0 && words[len(words)-1].Is("+") {
			words = words[:len(words)-1]
		}
		a.run(words, in, cmd.Name)
		i = end
	}
}

// Found is what a find command finds, as patterns: the starting points, or what
// its name tests match below them.
func Found(cmd Command) Word {
	var starts, names []string
	for i, arg := range cmd.Args {
		if arg.Known() && (strings.HasPrefix(arg.Values[0], "-") || arg.Is("(") || arg.Is("!")) {
			break
		}
		if !arg.Known() {
			return Word{}
		}
		starts = append(starts, arg.Values...)
		_ = i
	}
	for i, arg := range cmd.Args {
		if slices.Contains(findTests[:2], arg.Text()) && i+1 < len(cmd.Args) && cmd.Args[i+1].Known() {
			names = append(names, cmd.Args[i+1].Values...)
		}
	}
	if len(starts) == 0 {
		starts = []string{"."}
	}
	if len(names) == 0 || slices.ContainsFunc(cmd.Args, func(w Word) bool { return w.Is("!") || w.Is("-not") || w.Is("-o") || w.Is("-or") }) {
		return Word{Values: starts}
	}
	values := join(starts, []string{"/"})
	return Word{Values: join(values, names), Glob: true}
}

// git follows aliases that stand for shell code.
func (a *analysis) git(cmd Command, _ input) {
	for i, arg := range cmd.Args {
		for _, value := range arg.Values {
			key, code, ok := strings.Cut(value, "=")
			if !ok && i+1 < len(cmd.Args) {
				key, code = value, cmd.Args[i+1].Text()
			}
			if !strings.HasPrefix(strings.ToLower(key), "alias.") {
				continue
			}
			if shellCode, ok := strings.CutPrefix(code, "!"); ok {
				a.nested(shellCode, "git alias")
			} else if code != "" {
				a.nested("git "+code, "git alias")
			}
		}
	}
}
