package wire

import (
	"encoding/json"
	"strings"
)

// Encode marshals v without HTML escapes, as the vendors do. The values here
// are strings, maps and raw messages, which cannot fail unless a raw message is
// broken; that shows as null on the wire.
func Encode(v any) json.RawMessage {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return json.RawMessage("null")
	}
	return json.RawMessage(strings.TrimSuffix(b.String(), "\n"))
}

// Object is a JSON object of key and value pairs, in the order given: the
// vendors put type first, where a map would sort it last.
func Object(pairs ...any) json.RawMessage {
	b := []byte{'{'}
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, Encode(pairs[i])...), ':')
		b = append(b, Encode(pairs[i+1])...)
	}
	return append(b, '}')
}
