package permission

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/tool/shell"
)

// check says why a command is refused, or is empty.
type check func(*Policy, shell.Command) string

// checks by the program's name.
var checks = map[string]check{
	"rm":        (*Policy).rm,
	"find":      (*Policy).find,
	"git":       (*Policy).git,
	"chmod":     (*Policy).change,
	"chown":     (*Policy).change,
	"chgrp":     (*Policy).change,
	"setfacl":   (*Policy).change,
	"dd":        (*Policy).dd,
	"systemctl": (*Policy).systemctl,
	"init":      (*Policy).runlevel,
	"tee":       writesAll,
	"touch":     writesAll,
	"mkdir":     writesAll,
	"truncate":  writesAll,
	"rmdir":     writesAll,
	"unlink":    writesAll,
	"mv":        writesAll,
	"shred":     (*Policy).shred,
	"cp":        writesLast,
	"install":   writesLast,
	"ln":        writesLast,
	"rsync":     writesLast,
	"scp":       writesLast,
	"sed":       writesInPlace,
	"perl":      writesInPlace,
	"curl":      writesOption("-o", "--output", "--output-dir"),
	"wget":      writesOption("-O", "--output-document", "-P", "--directory-prefix"),
	"tar":       writesOption("-C", "--directory"),
	"unzip":     writesOption("-d"),
	"jcode":     (*Policy).ownProgram,
}

// operands are the words that are no options; flags are those that are.
func operands(args []shell.Word) (rest, flags []shell.Word) {
	for i, w := range args {
		if w.Is("--") {
			return append(rest, args[i+1:]...), flags
		}
		if w.Known() && strings.HasPrefix(w.Values[0], "-") && w.Values[0] != "-" {
			flags = append(flags, w)
			continue
		}
		rest = append(rest, w)
	}
	return rest, flags
}

// hasFlag looks for a short option, also among others as in -rf, and for a long
// one, also shortened.
func hasFlag(flags []shell.Word, short, long string) bool {
	return slices.ContainsFunc(flags, func(w shell.Word) bool {
		return slices.ContainsFunc(w.Values, func(text string) bool {
			if name, ok := strings.CutPrefix(text, "--"); ok {
				name, _, _ = strings.Cut(name, "=")
				return name != "" && strings.HasPrefix(long, name)
			}
			return strings.ContainsAny(text, short)
		})
	})
}

// rm refuses to delete trees outside of the roots and the roots themselves, and
// anything protected.
func (p *Policy) rm(cmd shell.Command) string {
	paths, flags := operands(cmd.Args)
	if !hasFlag(flags, "rR", "recursive") {
		// An unknown word can turn out to be -rf only if it comes unquoted
		// first; paths that are unknown delete single files.
		return p.writes(cmd, paths)
	}
	if cmd.Wrapper == "xargs" || cmd.Wrapper == "parallel" {
		return "what rm -r deletes is only known when it runs"
	}
	return p.trees(cmd, "rm -r", paths)
}

// change refuses to change modes and owners of trees outside of the roots.
func (p *Policy) change(cmd shell.Command) string {
	paths, flags := operands(cmd.Args)
	if !hasFlag(flags, "R", "recursive") {
		return p.writes(cmd, paths)
	}
	if len(paths) > 1 && !slices.ContainsFunc(flags, func(w shell.Word) bool { return w.Starts("--reference") }) {
		paths = paths[1:] // the mode or owner
	}
	for _, path := range paths {
		all, ok := targets(cmd, path)
		if !ok {
			return fmt.Sprintf("what %s -R changes is only known when it runs", cmd.Name)
		}
		for _, t := range all {
			if p.isProtected(t.path) || !p.inRoots(t.path) && !p.isScratch(t.path) {
				return fmt.Sprintf("%s -R: %s is outside of the working folder", cmd.Name, t.path)
			}
		}
	}
	return ""
}

// trees checks paths that are deleted with all that is below them.
func (p *Policy) trees(cmd shell.Command, what string, paths []shell.Word) string {
	for _, path := range paths {
		all, ok := targets(cmd, path)
		if !ok {
			return fmt.Sprintf("what %s deletes is only known when it runs", what)
		}
		for _, t := range all {
			if reason := p.treeReason(t); reason != "" {
				return what + ": " + reason
			}
		}
	}
	return ""
}

func (p *Policy) shred(cmd shell.Command) string {
	paths, _ := operands(cmd.Args)
	return p.trees(cmd, "shred", paths)
}

// find -delete is rm -r.
func (p *Policy) find(cmd shell.Command) string {
	if !slices.ContainsFunc(cmd.Args, func(w shell.Word) bool { return w.Is("-delete") }) {
		return ""
	}
	found := shell.Found(cmd)
	if hasTest(cmd) && !found.Glob {
		// Some test other than a name narrows what is deleted: the starting
		// points themselves only need to be inside.
		return p.insideOnly(cmd, found)
	}
	return p.trees(cmd, "find -delete", []shell.Word{found})
}

func hasTest(cmd shell.Command) bool {
	return slices.ContainsFunc(cmd.Args, func(w shell.Word) bool {
		return slices.Contains([]string{"-type", "-mtime", "-mmin", "-size", "-empty", "-path", "-newer", "-mindepth", "-name", "-iname", "-regex"}, w.Text())
	})
}

func (p *Policy) insideOnly(cmd shell.Command, w shell.Word) string {
	all, ok := targets(cmd, w)
	for _, t := range all {
		ok = ok && (p.inRoots(t.path) || p.isScratch(t.path)) && !p.isProtected(t.path)
	}
	if !ok {
		return "find -delete: outside of the working folder"
	}
	return ""
}

func (p *Policy) dd(cmd shell.Command) string {
	for _, w := range cmd.Args {
		if !w.Known() && strings.HasPrefix("of=", w.Prefix) {
			return "where dd writes is only known when it runs"
		}
		for _, value := range w.Values {
			if path, ok := strings.CutPrefix(value, "of="); ok {
				return p.redirectReason(cmd, shell.Redirect{Write: true, Target: shell.Literal(path)})
			}
		}
		if !w.Known() && strings.HasPrefix(w.Prefix, "of=") {
			return "where dd writes is only known when it runs"
		}
	}
	return ""
}

func (p *Policy) systemctl(cmd shell.Command) string {
	stops := []string{"poweroff", "reboot", "halt", "kexec", "suspend", "hibernate", "rescue", "emergency", "isolate"}
	for _, w := range cmd.Args {
		if slices.Contains(stops, w.Text()) {
			return "systemctl " + w.Text() + " stops the machine"
		}
	}
	return ""
}

func (p *Policy) runlevel(cmd shell.Command) string {
	if len(cmd.Args) == 1 && (cmd.Args[0].Is("0") || cmd.Args[0].Is("6")) {
		return "init " + cmd.Args[0].Text() + " stops the machine"
	}
	return ""
}
