package script

import (
	"fmt"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// Values are the values that templates may use: those of the step's own
// expressions, then the scenario's captures, looked up only when used. The zero
// value has none.
type Values struct {
	own      map[string]string
	captures []Capture
	talk     *Talk
}

// ValuesOf are the values of a step's own expressions and of captures in talk.
func ValuesOf(own map[string]string, captures []Capture, talk *Talk) Values {
	return Values{own: own, captures: captures, talk: talk}
}

func (v Values) get(name string) (string, error) {
	if s, ok := v.own[name]; ok {
		return s, nil
	}
	for _, c := range v.captures {
		if c.Name != name {
			continue
		}
		if s, ok := v.talk.capture(c); ok {
			return s, nil
		}
	}
	return "", fmt.Errorf("no value for ${%s}", name)
}

// Expand replaces ${name} in text; $${ stands for a literal ${.
func (v Values) Expand(text string) (string, error) {
	return v.replace(text, func(s string) string { return s })
}

// ExpandJSON replaces ${name} inside the strings of a JSON document.
func (v Values) ExpandJSON(doc string) (string, error) {
	return v.replace(doc, func(s string) string {
		quoted := wire.Encode(s)
		return string(quoted[1 : len(quoted)-1])
	})
}

func (v Values) replace(text string, quote func(string) string) (string, error) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		if strings.HasSuffix(before, "$") {
			b.WriteString("{")
			text = after
			continue
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed {
			return "", fmt.Errorf("unclosed ${ in %q", text)
		}
		value, err := v.get(name)
		if err != nil {
			return "", err
		}
		b.WriteString(quote(value))
		text = rest
	}
}
