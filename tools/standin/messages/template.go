package messages

import (
	"encoding/json"
	"fmt"
	"strings"
)

// valuesOf are the values that templates may use: those of the step's own
// expressions, then the scenario's captures, looked up only when used.
type valuesOf struct {
	own      map[string]string
	captures []Capture
	talk     *conversation
}

func (v valuesOf) get(name string) (string, error) {
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

// expand replaces ${name} in text; $${ stands for a literal ${.
func (v valuesOf) expand(text string) (string, error) {
	return v.replace(text, func(s string) string { return s })
}

// expandJSON replaces ${name} inside the strings of a JSON document.
func (v valuesOf) expandJSON(doc string) (string, error) {
	return v.replace(doc, func(s string) string {
		quoted := encode(s)
		return string(quoted[1 : len(quoted)-1])
	})
}

func (v valuesOf) replace(text string, quote func(string) string) (string, error) {
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

// encode marshals v without HTML escapes, as the vendor does. The values here
// are strings, maps and raw messages, which cannot fail unless a raw message is
// broken; that shows as null on the wire.
func encode(v any) json.RawMessage {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return json.RawMessage("null")
	}
	return json.RawMessage(strings.TrimSuffix(b.String(), "\n"))
}
