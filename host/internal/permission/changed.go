package permission

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/tool/shell"
)

// otherWriters change the files they are given, but mode auto lets them.
var otherWriters = []string{"sponge", "patch", "mkfifo", "mknod", "chattr", "rename", "ed", "ex", "vi", "vim", "nano", "emacs"}

// gitWriters are the subcommands of git that change the files they are given.
var gitWriters = []string{"checkout", "restore", "rm", "mv", "clean", "clone", "init"}

func gitChanged(paths []shell.Word) []shell.Word {
	at := slices.IndexFunc(paths, func(w shell.Word) bool { return slices.Contains(gitWriters, w.Text()) })
	if at < 0 {
		return nil
	}
	return paths[at+1:]
}

// copied are the places that a copy goes to: the last path or the value of -t, and in
// a folder the file by its own name.
func copied(cmd shell.Command, paths, flags []shell.Word) []shell.Word {
	to := append(flagValues(flags), after(cmd.Args, "-t", "--target-directory")...)
	from := paths
	if len(to) == 0 && len(paths) > 0 {
		to, from = paths[len(paths)-1:], paths[:len(paths)-1]
	}
	all := slices.Clone(to)
	for _, folder := range to {
		for _, path := range places(cmd, folder) {
			info, err := os.Stat(path)
			if err != nil || !info.IsDir() {
				continue
			}
			for _, source := range from {
				for _, value := range source.Values {
					if base := filepath.Base(value); !strings.HasSuffix(value, "/") && base != "." && base != ".." {
						all = append(all, shell.Word{Values: []string{filepath.Join(path, base)}, Glob: source.Glob})
					}
				}
			}
		}
	}
	return all
}

// after are the words that follow one of the options, or stand in the same word as a
// short one: -o FILE, -oFILE, -sSLo FILE.
func after(args []shell.Word, options ...string) []shell.Word {
	var found []shell.Word
	for i, w := range args {
		for _, option := range options {
			if i > 0 && ends(args[i-1].Text(), option) {
				found = append(found, w)
			}
			if rest, ok := strings.CutPrefix(w.Text(), option); ok && len(option) == 2 && rest != "" {
				found = append(found, shell.Literal(rest))
			}
		}
	}
	return found
}

// ends reports whether a word is an option, or some short ones of which it is the last.
func ends(text, option string) bool {
	if text == option {
		return true
	}
	return len(option) == 2 && len(text) > 2 && strings.HasPrefix(text, "-") && !strings.HasPrefix(text, "--") && strings.HasSuffix(text, option[1:])
}
