package permission

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/tool/shell"
)

// writes refuses paths in protected places. Other folders are left to the
// user's own permissions: what programs write cannot be told from outside.
func (p *Policy) writes(cmd shell.Command, paths []shell.Word) string {
	for _, path := range paths {
		if path.Known() && len(path.Values) == 1 && slices.Contains(harmlessDevices, path.Values[0]) {
			continue
		}
		all, _ := targets(cmd, path)
		for _, t := range all {
			if p.isProtected(t.path) {
				return fmt.Sprintf("%s changes %s, which is protected", cmd.Name, t.path)
			}
		}
		if !path.Known() && slices.ContainsFunc(p.protected, func(place string) bool { return strings.HasPrefix(path.Prefix, place+"/") }) {
			return fmt.Sprintf("%s changes something in %s, which is protected", cmd.Name, path.Prefix)
		}
	}
	return ""
}

// writesAll is for programs that change every file they are given.
func writesAll(p *Policy, cmd shell.Command) string {
	paths, flags := operands(cmd.Args)
	return p.writes(cmd, append(paths, flagValues(flags)...))
}

// writesLast is for programs that change the last file they are given.
func writesLast(p *Policy, cmd shell.Command) string {
	paths, flags := operands(cmd.Args)
	changed := flagValues(flags)
	if len(paths) > 0 {
		changed = append(changed, paths[len(paths)-1])
	}
	for i, w := range cmd.Args {
		if w.Is("-t") && i+1 < len(cmd.Args) {
			changed = append(changed, cmd.Args[i+1])
		}
	}
	return p.writes(cmd, changed)
}

// writesInPlace is for editors that change files only when told -i.
func writesInPlace(p *Policy, cmd shell.Command) string {
	paths, flags := operands(cmd.Args)
	if !hasFlag(flags, "i", "in-place") {
		return ""
	}
	return p.writes(cmd, paths)
}

// writesOption is for programs that write where an option says.
func writesOption(options ...string) check {
	return func(p *Policy, cmd shell.Command) string {
		var changed []shell.Word
		for i, w := range cmd.Args {
			text := w.Text()
			for _, option := range options {
				switch {
				case text == option && i+1 < len(cmd.Args):
					changed = append(changed, cmd.Args[i+1])
				case strings.HasPrefix(text, option) && len(text) > len(option):
					changed = append(changed, shell.Literal(strings.TrimPrefix(text[len(option):], "=")))
				}
			}
		}
		return p.writes(cmd, changed)
	}
}

// flagValues are the values of options written as --option=value.
func flagValues(flags []shell.Word) []shell.Word {
	var values []shell.Word
	for _, w := range flags {
		if _, value, ok := strings.Cut(w.Text(), "="); ok {
			values = append(values, shell.Literal(value))
		}
	}
	return values
}
