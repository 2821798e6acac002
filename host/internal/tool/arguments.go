package tool

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// arguments are the decoded arguments of one call.
type arguments struct {
	values map[string]any
	// unknown are the fields that the tool does not have.
	unknown []string
}

// decode reads the arguments leniently, for models are careless with types:
// "20" is 20, "true" is true, null is absent, paths are trimmed. What it
// cannot read is an error that tells the model what to send instead.
func (p parameters) decode(input json.RawMessage) (arguments, error) {
	fields, err := decodeObject(input)
	if err != nil {
		return arguments{}, err
	}
	args := arguments{values: make(map[string]any, len(fields))}
	for name, raw := range fields {
		if err := args.set(p, name, raw); err != nil {
			return arguments{}, err
		}
	}
	slices.Sort(args.unknown)
	for _, param := range p {
		if _, ok := args.values[param.name]; param.required && !ok {
			return arguments{}, fmt.Errorf("argument %s (%s) is missing", param.name, param.kind)
		}
	}
	return args, nil
}

func (a *arguments) set(p parameters, name string, raw json.RawMessage) error {
	param, ok := p.lookup(name)
	if !ok {
		a.unknown = append(a.unknown, name)
		return nil
	}
	if string(raw) == "null" {
		return nil
	}
	if _, taken := a.values[param.name]; taken && param.name != name {
		return nil // the real name beats an alias
	}
	value, err := param.convert(raw)
	if err != nil {
		return err
	}
	a.values[param.name] = value
	return nil
}

// decodeObject splits a JSON object into its fields. Nothing at all counts as
// the empty object.
func decodeObject(input json.RawMessage) (map[string]json.RawMessage, error) {
	trimmed := bytes.TrimSpace(input)
	if len(trimmed) == 0 || string(trimmed) == "null" {
		return nil, nil
	}
	var fields map[string]json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(input))
	err := decoder.Decode(&fields)
	if err == nil {
		if rest := bytes.TrimSpace(input[decoder.InputOffset():]); len(rest) > 0 {
			return nil, malformed(input, decoder.InputOffset()+1, "something follows the object")
		}
		return fields, nil
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return nil, malformed(input, syntax.Offset, syntax.Error())
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return nil, malformed(input, int64(len(input)), "the JSON ends too early")
	}
	return nil, errors.New("the arguments must be a JSON object, for example {\"name\": \"value\"}")
}

// malformed quotes the place where the JSON broke, so that the model can mend it.
func malformed(input []byte, offset int64, what string) error {
	at := int(min(max(offset-1, 0), int64(len(input))))
	from, to := max(0, at-30), min(len(input), at+30)
	near := strings.ToValidUTF8(string(input[from:to]), "\uFFFD")
	return fmt.Errorf("the arguments are not valid JSON at byte %d: %s; near %s", at, what, strconv.Quote(near))
}

// convert reads one value as the parameter's kind.
func (p parameter) convert(raw json.RawMessage) (any, error) {
	switch p.kind {
	case kindInteger:
		return p.integer(raw)
	case kindBoolean:
		return p.boolean(raw)
	case kindArray:
		return p.array(raw)
	case kindString:
	}
	text, err := p.text(raw)
	if err != nil {
		return nil, err
	}
	if len(p.enum) > 0 && !slices.Contains(p.enum, text) {
		return nil, fmt.Errorf("argument %s is %q; it must be one of: %s", p.name, text, strings.Join(p.enum, ", "))
	}
	return text, nil
}

func (p parameter) text(raw json.RawMessage) (string, error) {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		if raw[0] == '{' || raw[0] == '[' {
			return "", p.wrong(raw)
		}
		text = string(raw) // a bare number or boolean where text is wanted
	}
	if p.path || len(p.enum) > 0 {
		text = strings.TrimSpace(text)
	}
	return text, nil
}

func (p parameter) integer(raw json.RawMessage) (any, error) {
	text := strings.TrimSpace(unquote(raw))
	if n, err := strconv.Atoi(text); err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return nil, p.wrong(raw)
	}
	return int(f), nil
}

func (p parameter) boolean(raw json.RawMessage) (any, error) {
	switch strings.ToLower(strings.TrimSpace(unquote(raw))) {
	case "true", "1", "yes":
		return true, nil
	case "false", "0", "no", "":
		return false, nil
	}
	return nil, p.wrong(raw)
}

// array also accepts an array that was sent as a string of JSON.
func (p parameter) array(raw json.RawMessage) (any, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal([]byte(unquote(raw)), &elements); err != nil {
		return nil, p.wrong(raw)
	}
	return elements, nil
}

func (p parameter) wrong(raw json.RawMessage) error {
	return fmt.Errorf("argument %s must be of type %s, not %s", p.name, p.kind, cutRunes(string(raw), 60))
}

// unquote is the text of a JSON string, or the JSON itself.
func unquote(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

func (a arguments) has(name string) bool { _, ok := a.values[name]; return ok }

func (a arguments) text(name string) string { text, _ := a.values[name].(string); return text }

func (a arguments) boolean(name string) bool { b, _ := a.values[name].(bool); return b }

func (a arguments) integer(name string, fallback int) int {
	if n, ok := a.values[name].(int); ok {
		return n
	}
	return fallback
}

func (a arguments) array(name string) []json.RawMessage {
	elements, _ := a.values[name].([]json.RawMessage)
	return elements
}

// note names the arguments that were ignored, or is empty.
func (a arguments) note() string {
	if len(a.unknown) == 0 {
		return ""
	}
	return "[ignored unknown arguments: " + strings.Join(a.unknown, ", ") + "]"
}
