package wire

import (
	"fmt"
	"strings"
)

// archive is a txtar file: a comment and named parts, in order.
type archive struct {
	comment string
	names   []string
	parts   map[string]string
}

func parseArchive(data string) archive {
	a := archive{parts: map[string]string{}}
	name := ""
	for line := range strings.Lines(data) {
		if head, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(strings.TrimSpace(head), " --") {
			name = strings.TrimSuffix(strings.TrimSpace(head), " --")
			a.names = append(a.names, name)
			a.parts[name] = ""
			continue
		}
		if name == "" {
			a.comment += line
		} else {
			a.parts[name] += line
		}
	}
	return a
}

func (a archive) String() string {
	var out strings.Builder
	out.WriteString(a.comment)
	for _, name := range a.names {
		fmt.Fprintf(&out, "-- %s --\n%s", name, a.parts[name])
	}
	return out.String()
}

func (a *archive) set(name, text string) {
	if _, ok := a.parts[name]; !ok {
		a.names = append(a.names, name)
	}
	a.parts[name] = text
}
