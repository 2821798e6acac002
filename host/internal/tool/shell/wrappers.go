package shell

import (
	"path/filepath"
	"slices"
	"strings"
)

// wrapper is a program that runs another one, named in its own arguments.
type wrapper struct {
	// flags are the options without a value.
	flags string
	// valued are the options that take the next word as their value.
	valued string
	// skip is how many words come between the options and the command.
	skip int
	// assigns says that NAME=value words may come before the command.
	assigns bool
}

// wrappers by name. Programs that change who runs the command, such as sudo,
// are here too, so that what they run is seen.
var wrappers = map[string]wrapper{
	"env":              {flags: "-i -0 -v -S --ignore-environment --null --debug", valued: "-u --unset -C --chdir", assigns: true},
	"sudo":             {flags: "-n -E -S -H -k -b -i -s -A", valued: "-u -g -h -p -C -T -U -r -t -D -R --user --group", assigns: true},
	"doas":             {valued: "-u -C"},
	"nohup":            {flags: "--help --version"},
	"nice":             {valued: "-n --adjustment"},
	"ionice":           {flags: "-t", valued: "-c -n -p --class --classdata"},
	"chrt":             {valued: "-T -P -D", skip: 1},
	"taskset":          {skip: 1},
	"timeout":          {flags: "-v --foreground --preserve-status --verbose", valued: "-s -k --signal --kill-after", skip: 1},
	"gtimeout":         {flags: "-v --foreground --preserve-status --verbose", valued: "-s -k --signal --kill-after", skip: 1},
	"stdbuf":           {valued: "-i -o -e --input --output --error"},
	"setsid":           {flags: "-c -f -w --fork --wait --ctty"},
	"unshare":          {},
	"nsenter":          {valued: "-t --target"},
	"chroot":           {skip: 1},
	"time":             {flags: "-p -v -a --verbose --portability --append", valued: "-f -o --format --output"},
	"command":          {flags: "-p"},
	"builtin":          {},
	"exec":             {flags: "-c -l -cl", valued: "-a"},
	"xargs":            {flags: "-0 -r -t -p -x --null --no-run-if-empty --verbose --interactive --exit", valued: "-I -n -P -L -d -a -E -s --replace --max-args --max-procs --max-lines --delimiter --arg-file"},
	"parallel":         {flags: "-0 -k --keep-order --bar --no-notice --will-cite -X -m", valued: "-j --jobs -I -n -N -a --arg-file"},
	"strace":           {flags: "-f -ff -q -qq -c -t -tt -T -y -v -x", valued: "-e -o -p -s -u -P -E"},
	"ltrace":           {valued: "-e -o -p -s -u"},
	"watch":            {flags: "-d -t -e -g -b -c", valued: "-n --interval"},
	"caffeinate":       {valued: "-t -w"},
	"unbuffer":         {},
	"busybox":          {flags: "--list"},
	"toybox":           {},
	"entr":             {flags: "-c -r -s -d -p"},
	"firejail":         {},
	"dbus-run-session": {},
	"xvfb-run":         {valued: "-n -s -e -f -p -w"},
	"prlimit":          {flags: "--verbose", valued: "-p --pid -o --output"},
	"setarch":          {skip: 1},
	"linux32":          {},
	"linux64":          {},
	"runcon":           {skip: 1},
	"setpriv":          {valued: "--reuid --regid --groups --inh-caps --bounding-set --ambient-caps"},
	"systemd-run":      {flags: "--user --scope --pty --wait --quiet -q -t -G", valued: "-u -p -E --unit --property"},
	"systemd-inhibit":  {},
	"fakeroot":         {},
	"faketime":         {skip: 1},
	"proxychains":      {flags: "-q", valued: "-f"},
	"proxychains4":     {flags: "-q", valued: "-f"},
	"torsocks":         {},
	"valgrind":         {},
	"ssh-agent":        {valued: "-a -t"},
	"dbus-launch":      {},
	"cgexec":           {valued: "-g"},
	"catchsegv":        {},
	"flock":            {flags: "-n -x -s -e -o -u -F --nonblock --shared --exclusive", valued: "-w -E --timeout --conflict-exit-code", skip: 1},
}

// unwrap analyses what a wrapper runs.
func (a *analysis) unwrap(cmd Command, in input) {
	if cmd.Name == "command" && lookup(cmd.Args) {
		return
	}
	w := wrappers[cmd.Name]
	rest := cmd.Args
	for len(rest) > 0 {
		if !rest[0].Known() {
			break
		}
		text := rest[0].Values[0]
		if w.assigns && !strings.HasPrefix(text, "-") && strings.Contains(text, "=") {
			rest = rest[1:]
			continue
		}
		if !strings.HasPrefix(text, "-") || text == "-" && cmd.Name != "env" {
			break
		}
		rest = a.option(cmd, w, rest, in)
		if text == "--" {
			break
		}
	}
	if len(rest) <= w.skip {
		return
	}
	rest = rest[w.skip:]
	if cmd.Name == "flock" && len(rest) > 1 && (rest[0].Is("-c") || rest[0].Is("--command")) {
		a.code(rest[1], "flock -c")
		return
	}
	a.run(rest, in, cmd.Name)
}

// option takes one option off. What an option of env does is followed.
func (a *analysis) option(cmd Command, w wrapper, rest []Word, in input) []Word {
	text := rest[0].Values[0]
	taken := slices.Contains(strings.Fields(w.valued), text) && len(rest) > 1
	if cmd.Name == "env" {
		a.envOption(text, rest, taken)
	}
	switch {
	case taken:
		return rest[2:]
	case len(rest) > 1 && !known(w, text):
		a.run(rest[min(2+w.skip, len(rest)):], in, cmd.Name) // the option may take a value, or not
	}
	return rest[1:]
}

// known reports whether an option surely takes no word after it: it is one of
// the flags, or has its value in it already.
func known(w wrapper, text string) bool {
	if strings.Contains(text, "=") || text == "--" || text == "-" || slices.Contains(strings.Fields(w.flags), text) {
		return true
	}
	return slices.ContainsFunc(strings.Fields(w.valued), func(option string) bool {
		return len(option) == 2 && strings.HasPrefix(text, option) && len(text) > 2
	})
}

// envOption follows env -S, which holds a whole command, and env -C.
func (a *analysis) envOption(text string, rest []Word, taken bool) {
	for _, prefix := range []string{"-S", "--split-string=", "-vS"} {
		if value, ok := strings.CutPrefix(text, prefix); ok {
			if value == "" && len(rest) > 1 {
				a.code(rest[1], "env -S")
				return
			}
			a.nested(value, "env -S")
		}
	}
	if text == "--split-string" && len(rest) > 1 {
		a.code(rest[1], "env -S")
	}
	if dir, ok := strings.CutPrefix(text, "--chdir="); ok {
		a.chdir(Literal(dir))
	}
	if taken && (text == "-C" || text == "--chdir") {
		a.chdir(rest[1])
	}
}

// lookup reports whether command only looks a program up.
func lookup(args []Word) bool {
	return len(args) > 0 && (args[0].Is("-v") || args[0].Is("-V"))
}

// chdir follows a change of folder. The old folders stay possible, since the
// change may not happen, or only in a subshell.
func (a *analysis) chdir(to Word) {
	if !to.Known() || to.Glob {
		a.dirUnknown = true
		return
	}
	var next []string
	for _, target := range to.Values {
		if filepath.IsAbs(target) {
			next = append(next, filepath.Clean(target))
			continue
		}
		for _, dir := range a.dirs {
			next = append(next, filepath.Join(dir, target))
		}
	}
	for _, dir := range next {
		if !slices.Contains(a.dirs, dir) {
			a.dirs = append(a.dirs, dir)
		}
	}
	if len(a.dirs) > maxValues {
		a.dirUnknown = true
	}
}
