package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// item is one key of the file.
type item struct {
	key string
	// table is the header that it stands under; "" is none.
	table        string
	line, column int
	value        any
	// start and end are the bytes of the value in the file.
	start, end int
}

// document is the file, parsed with places.
type document struct {
	file  string
	data  []byte
	items []item
	// unknown are keys that no setting has.
	unknown []item
	// tables are the ends of the headers, by name; "" is the top.
	tables map[string]int
	parser unstable.Parser
	table  string
}

func parse(file string, data []byte) (*document, error) {
	d := &document{file: file, data: data, tables: map[string]int{}}
	if err := toml.Unmarshal(data, &map[string]any{}); err != nil {
		return nil, syntaxError(file, err)
	}
	d.parser.Reset(data)
	for d.parser.NextExpression() {
		if err := d.expression(d.parser.Expression()); err != nil {
			return nil, err
		}
	}
	if err := d.parser.Error(); err != nil {
		return nil, &Error{File: file, Line: 1, Column: 1, Message: err.Error()}
	}
	return d, nil
}

// syntaxError gives what the decoder says its place.
func syntaxError(file string, err error) error {
	out := &Error{File: file, Message: strings.TrimPrefix(err.Error(), "toml: ")}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		out.Line, out.Column = decode.Position()
	}
	return out
}

func (d *document) expression(node *unstable.Node) error {
	switch node.Kind {
	case unstable.Table:
		key, last := d.keyOf(node)
		d.table = key
		d.tables[key] = lineEnd(d.data, last)
	case unstable.ArrayTable:
		key, last := d.keyOf(node)
		line, column := d.place(last)
		return &Error{File: d.file, Line: line, Column: column, Key: key, Message: "must be a table, not a list of tables"}
	case unstable.KeyValue:
		return d.keyValue(node, d.table)
	default: // there is nothing else at the top
	}
	return nil
}

// keyOf joins a dotted key and returns the offset behind it.
func (d *document) keyOf(node *unstable.Node) (string, int) {
	var parts []string
	end := 0
	for keys := node.Key(); keys.Next(); {
		part := keys.Node()
		parts = append(parts, string(part.Data))
		end = int(part.Raw.Offset + part.Raw.Length)
	}
	return strings.Join(parts, "."), end
}

func (d *document) place(offset int) (line, column int) {
	before := string(d.data[:offset])
	line = strings.Count(before, "\n") + 1
	return line, offset - strings.LastIndexByte(before, '\n')
}

func (d *document) keyValue(node *unstable.Node, table string) error {
	key, end := d.keyOf(node)
	if table != "" {
		key = table + "." + key
	}
	value := node.Value()
	if value.Kind == unstable.InlineTable {
		for children := value.Children(); children.Next(); {
			if child := children.Node(); child.Kind == unstable.KeyValue {
				if err := d.keyValue(child, key); err != nil {
					return err
				}
			}
		}
		return nil
	}
	found := item{key: key, table: d.table, start: valueStart(d.data, end)}
	found.end = valueEnd(d.data, found.start)
	found.line, found.column = d.place(found.start)
	return d.take(found, value)
}

func (d *document) take(found item, node *unstable.Node) error {
	known, ok := lookup(found.key)
	if !ok {
		d.unknown = append(d.unknown, found)
		return nil
	}
	var err error
	if _, _, free := pluginKey(found.key); free {
		found.value, err = scalarText(node)
	} else {
		found.value, err = known.kind.fromNode(node)
	}
	if err == nil && known.check != nil {
		err = known.check(found.value)
	}
	if err != nil {
		line, column := d.faultPlace(found, node, err)
		return &Error{File: d.file, Line: line, Column: column, Key: found.key, Message: err.Error()}
	}
	d.items = append(d.items, found)
	return nil
}

// faultPlace is where a fault stands: at the value, or at the item of a list.
func (d *document) faultPlace(found item, node *unstable.Node, err error) (line, column int) {
	var fault *itemError
	if !errors.As(err, &fault) {
		return found.line, found.column
	}
	at := 0
	for items := node.Children(); items.Next(); {
		if items.Node().Kind == unstable.Comment {
			continue
		}
		if at == fault.index {
			return d.place(int(items.Node().Raw.Offset))
		}
		at++
	}
	return found.line, found.column
}

// fault is an error about an item.
func (d *document) fault(found item, message, remedy string) *Error {
	return &Error{File: d.file, Line: found.line, Column: found.column, Key: found.key, Message: message, Remedy: remedy}
}

// scalarText is a provider setting: the plugin gets it as text.
func scalarText(node *unstable.Node) (any, error) {
	switch node.Kind {
	case unstable.String, unstable.Bool, unstable.Integer, unstable.Float:
		return string(node.Data), nil
	default:
	}
	return nil, fmt.Errorf("must be a string, a number or a boolean, not %s", nodeNames[node.Kind])
}

func lineEnd(data []byte, from int) int {
	for from < len(data) && data[from] != '\n' {
		from++
	}
	return min(from+1, len(data))
}

// valueStart is the first byte of the value behind a key.
func valueStart(data []byte, from int) int {
	for from < len(data) && strings.IndexByte(" \t=", data[from]) >= 0 {
		from++
	}
	return from
}

// valueEnd is the offset behind the value that begins at start. The file has been
// parsed: the value is well formed.
func valueEnd(data []byte, start int) int {
	depth := 0
	for at := start; at < len(data); {
		switch data[at] {
		case '"', '\'':
			at = stringEnd(data, at)
			if depth == 0 {
				return at
			}
			continue
		case '#':
			if depth == 0 {
				return trimEnd(data, start, at)
			}
			at = lineEnd(data, at)
			continue
		case '[', '{':
			depth++
		case ']', '}':
			depth--
			if depth == 0 {
				return at + 1
			}
			if depth < 0 {
				return trimEnd(data, start, at)
			}
		case '\n', ',':
			if depth == 0 {
				return trimEnd(data, start, at)
			}
		}
		at++
	}
	return trimEnd(data, start, len(data))
}

func trimEnd(data []byte, start, end int) int {
	return start + len(strings.TrimRight(string(data[start:end]), " \t\r"))
}

// stringEnd is the offset behind the string that begins at start.
func stringEnd(data []byte, start int) int {
	quote := string(data[start])
	if strings.HasPrefix(string(data[start:]), strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	at := start + len(quote)
	for at < len(data) {
		switch {
		case data[at] == '\\' && quote[0] == '"':
			at += 2
		case strings.HasPrefix(string(data[at:min(len(data), at+len(quote))]), quote):
			at += len(quote)
			for len(quote) == 3 && at < len(data) && data[at] == quote[0] {
				at++ // up to two quotes may stand before the closing ones
			}
			return at
		default:
			at++
		}
	}
	return len(data)
}
