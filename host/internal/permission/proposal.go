package permission

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/permission/rule"
	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/host/internal/tool/shell"
)

// Remember allows what the rules are about, for as long as the policy lives.
func (p *Policy) Remember(rules ...Rule) { p.rules.add(rules...) }

// proposal are rules that would allow a refused access and its like; none when no
// rule can. They are tried before they are proposed.
func (p *Policy) proposal(access tool.Access) []string {
	var texts []string
	switch access.Operation {
	case tool.OperationWrite:
		texts = []string{"write(" + p.folderPattern(filepath.Dir(access.Path)) + ")"}
	case tool.OperationExecute:
		texts = p.commandRules(access)
	case tool.OperationRead:
	}
	rules, err := ParseRules(texts, p.workingDir)
	if err != nil || len(rules) == 0 {
		return nil
	}
	more := *p
	more.rules = p.rules.with(rules...)
	if more.judge(access).reason != "" {
		return nil
	}
	return texts
}

// folderPattern is a folder and all below it, for people: relative to the working
// folder where it lies inside.
func (p *Policy) folderPattern(folder string) string {
	if rest, ok := tool.Inside(p.roots[0], folder); ok {
		folder = filepath.ToSlash(rest)
	}
	escaped := strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "{", `\{`).Replace(filepath.ToSlash(folder))
	if escaped == "." {
		return "**"
	}
	return escaped + "/**"
}

// commandRules are rules for those commands of a line that no rule covers and the
// mode refuses.
func (p *Policy) commandRules(access tool.Access) []string {
	script, err := shell.Parse(access.Command, shell.Context{Dir: access.Dir, Variables: p.variables()})
	if err != nil {
		return nil
	}
	var texts []string
	covers := p.rules.coverage(script)
	onlyLooks := p.mode != ModeAuto && !slices.ContainsFunc(covers, func(c cover) bool { return c != harmless })
	inside := 0 // how many of the next commands the last rule is about too
	for i, c := range covers {
		cmd := script.Commands[i]
		refused := p.simpleReason(cmd) != ""
		inside--
		if inside >= 0 || c == explicit || !refused && !onlyLooks && (c > uncovered || p.mode == ModeAuto) {
			continue
		}
		inside = cmd.Inner
		text, ok := commandRule(cmd, refused)
		if !ok {
			return nil
		}
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}

// subcommand reports whether a word says what a program is to do.
func subcommand(text string) bool {
	return text != "" && text[0] >= 'a' && text[0] <= 'z' && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789:-") == ""
}

// runsAnything are programs whose arguments are code, or programs, of any sort: for
// them only the very command is proposed.
var runsAnything = []string{
	"env", "xargs", "parallel", "find", "python", "python3", "node", "ruby", "perl", "ssh", "docker", "kubectl",
	"awk", "make", "npx", "watch", "su", "doas", "eval", "exec", "source", "jcode",
}

func anything(name string) bool {
	return slices.Contains(runsAnything, name) || slices.Contains(shell.Shells, name)
}

// commandRule is the rule for one command: with a star behind its subcommand, else
// just as it stands.
func commandRule(cmd shell.Command, refused bool) (string, bool) {
	name := cmd.Program.Text()
	if name == "" || cmd.Program.Glob || cmd.Bare {
		return "", false
	}
	wild := !anything(cmd.Name)
	if wild && len(cmd.Args) > 0 && !cmd.Args[0].Glob && subcommand(cmd.Args[0].Text()) &&
		!namesFiles(cmd.Name) && !namesFiles(cmd.Args[0].Text()) && !anything(cmd.Args[0].Text()) {
		return "bash(" + rule.Quote(name) + " " + cmd.Args[0].Text() + " *)", true
	}
	if wild && !refused && shell.Looks(cmd) {
		return "bash(" + rule.Quote(name) + " *)", true
	}
	words := []string{rule.Quote(name)}
	for _, w := range cmd.Args {
		if w.Text() == "" || w.Glob || strings.ContainsAny(w.Text(), "\n\r\x00") {
			return "", false
		}
		words = append(words, rule.Quote(w.Text()))
	}
	return "bash(" + strings.Join(words, " ") + ")", true
}

// namesFiles reports whether a program's first argument is a file rather than a
// subcommand.
func namesFiles(name string) bool {
	_, ok := checks[name]
	return ok && name != "git" && name != "systemctl" && name != "jcode"
}
