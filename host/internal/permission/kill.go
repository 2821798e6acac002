package permission

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/host/internal/tool/shell"
)

// killers end processes by number, byName by name.
var (
	killers = []string{"kill"}
	byName  = []string{"pkill", "killall", "skill", "killall5", "taskkill"}
)

// killReason refuses to end the host itself, as far as that can be seen.
func (p *Policy) killReason(script *shell.Script) string {
	kills := false
	for _, cmd := range script.Commands {
		switch {
		case slices.Contains(killers, cmd.Name) && onlyAsks(cmd):
		case slices.Contains(killers, cmd.Name):
			if reason := p.killNumber(cmd); reason != "" {
				return reason
			}
			kills = kills || cmd.Wrapper != "" || slices.ContainsFunc(cmd.Args, func(w shell.Word) bool { return !w.Known() })
		case slices.Contains(byName, cmd.Name):
			if reason := p.killName(cmd); reason != "" {
				return reason
			}
		}
	}
	if kills && slices.ContainsFunc(script.Literals, p.mentionsHost) {
		return "it looks for this program's own process and kills what it finds"
	}
	return ""
}

// onlyAsks reports whether a kill sends signal 0, which ends nothing: it asks whether a
// process is there.
func onlyAsks(cmd shell.Command) bool {
	if len(cmd.Args) == 0 || cmd.Wrapper != "" {
		return false
	}
	first := cmd.Args[0]
	return first.Known() && len(first.Values) == 1 && first.Is("-0")
}

func (p *Policy) killNumber(cmd shell.Command) string {
	for i, w := range cmd.Args {
		if !w.Known() && w.Prefix == "" && i > 0 {
			continue
		}
		for _, text := range w.Values {
			n, err := strconv.Atoi(text)
			if err != nil || i == 0 && n < 0 && len(cmd.Args) > 1 { // the signal
				continue
			}
			if n == -1 || n == 1 || slices.Contains(p.pids, n) || slices.Contains(p.pids, -n) {
				return "kill " + text + " would end this program, or everything"
			}
		}
	}
	return ""
}

// killName refuses patterns that match the host, and commands without any.
func (p *Policy) killName(cmd shell.Command) string {
	names, _ := operands(cmd.Args)
	if len(names) == 0 && !slices.ContainsFunc(cmd.Args, func(w shell.Word) bool { return w.Is("-l") || w.Is("--help") || w.Is("--version") }) {
		return cmd.Name + " without a name ends everything"
	}
	for _, w := range cmd.Args {
		if w.Starts("-u") || w.Starts("-U") || w.Starts("--user") {
			return cmd.Name + " for a whole user would end this program"
		}
		if !w.Known() {
			return "what " + cmd.Name + " ends is only known when it runs"
		}
		if slices.ContainsFunc(w.Values, p.namesHost) {
			return cmd.Name + " " + w.Values[0] + " would end this program"
		}
	}
	return ""
}

// namesHost reports whether a name or pattern matches the host's own name.
func (p *Policy) namesHost(text string) bool {
	if text == "" || strings.HasPrefix(text, "-") {
		return false
	}
	pattern, err := regexp.Compile(text)
	return slices.ContainsFunc(p.names, func(name string) bool {
		return text == name || err == nil && pattern.MatchString(name)
	})
}

// mentionsHost reports whether the host's own name is part of a text.
func (p *Policy) mentionsHost(text string) bool {
	return slices.ContainsFunc(p.names, func(name string) bool { return strings.Contains(text, name) })
}
