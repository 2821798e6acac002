package shell

import (
	"slices"
	"strings"
)

// lookers only look, whatever their arguments are.
var lookers = strings.Fields(`cat head tail wc ls pwd stat file du df which type grep egrep fgrep
	uname whoami id true false test [ : echo printf basename dirname realpath readlink cut tr nl tac
	diff cmp md5sum sha1sum sha256sum jq seq sleep cd hostname nproc arch`)

// gitLookers are the subcommands of git that only look, given safe options.
var gitLookers = strings.Fields(`status log diff show rev-parse ls-files blame describe shortlog ls-tree cat-file`)

// findActors are what makes find do more than look.
var findActors = strings.Fields(`-exec -execdir -ok -okdir -delete -fprint -fprint0 -fprintf -fls`)

// ReadOnly reports whether a command line surely changes nothing, so that it
// may run beside others. In doubt it does.
func ReadOnly(text string) bool {
	script, err := Parse(text, Context{Dir: "/"})
	if err != nil || len(script.Unsafe) > 0 {
		return false
	}
	return !slices.ContainsFunc(script.Commands, func(c Command) bool { return !Looks(c) })
}

// Looks reports whether a command surely changes nothing. In doubt it does.
func Looks(cmd Command) bool {
	for _, r := range cmd.Redirects {
		if r.Write && r.Target.Text() != "/dev/null" {
			return false
		}
	}
	switch {
	case cmd.Bare:
		return true
	case cmd.Name == "find":
		return !slices.ContainsFunc(cmd.Args, func(w Word) bool {
			return !w.Known() || slices.Contains(findActors, w.Values[0])
		})
	case cmd.Name == "git":
		return gitLooks(cmd.Args)
	}
	return slices.Contains(lookers, cmd.Name)
}

func gitLooks(args []Word) bool {
	if len(args) == 0 || !slices.Contains(gitLookers, args[0].Text()) {
		return false
	}
	return !slices.ContainsFunc(args, func(w Word) bool {
		return !w.Known() || w.Starts("--out") || w.Starts("--ext") || w.Starts("--textconv")
	})
}
