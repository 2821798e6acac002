package permission

import (
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/tool/shell"
)

// gitValued are git's own options that take the next word as their value.
var gitValued = []string{"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env", "--super-prefix"}

// git refuses pushes that can destroy what others have.
func (p *Policy) git(cmd shell.Command) string {
	rest := cmd.Args
	for len(rest) > 0 && rest[0].Known() && strings.HasPrefix(rest[0].Values[0], "-") {
		if slices.Contains(gitValued, rest[0].Values[0]) && len(rest) > 1 {
			rest = rest[1:]
		}
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return ""
	}
	if !rest[0].Known() {
		return "which git command it runs is only known when it runs"
	}
	if rest[0].Is("push") {
		return pushReason(rest[1:])
	}
	if rest[0].Is("send-pack") {
		return pushReason(rest[1:])
	}
	return ""
}

// pushLong are options of git push that can destroy, with all their
// abbreviations that git would take.
var pushLong = []string{"force", "force-with-lease", "force-if-includes", "mirror", "delete", "prune"}

func pushReason(args []shell.Word) string {
	ended := false
	for _, w := range args {
		if !w.Known() && (w.Prefix == "" || strings.ContainsAny(w.Prefix[:1], "+:-")) {
			return "what git push does is only known when it runs: write the branch out"
		}
		for _, text := range w.Values {
			switch {
			case text == "--":
				ended = true
			case !ended && strings.HasPrefix(text, "--"):
				if destroys(text[2:]) {
					return "git push " + text + " can destroy what others have pushed"
				}
			case !ended && strings.HasPrefix(text, "-"):
				if strings.ContainsAny(beforeValue(text), "fd") {
					return "git push " + text + " can destroy what others have pushed"
				}
			case strings.HasPrefix(text, "+") || strings.HasPrefix(text, ":") && text != ":":
				return "git push with the refspec " + text + " can destroy what others have pushed"
			}
		}
	}
	return ""
}

// destroys reports whether a long option of push is one of pushLong, or short
// for one.
func destroys(option string) bool {
	option, _, _ = strings.Cut(option, "=")
	return option != "" && slices.ContainsFunc(pushLong, func(long string) bool {
		return long == option || len(option) >= 2 && strings.HasPrefix(long, option)
	})
}

// beforeValue is a group of short options up to -o, which takes a value.
func beforeValue(text string) string {
	group, _, _ := strings.Cut(text, "o")
	return group
}
