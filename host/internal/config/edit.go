package config

import (
	"bytes"
	"slices"
	"strings"
)

// Set writes one setting to file, creating it if need be. The value is checked
// first; comments, order and everything else in the file stay.
func Set(file, key, text string) error {
	known, ok := lookup(key)
	if !ok {
		return unknown(key)
	}
	value, err := known.parse(text)
	if err != nil {
		return &Error{Key: key, Message: err.Error()}
	}
	data, err := readFile(file)
	if err != nil {
		return err
	}
	edited, err := edit(file, data, key, value)
	if err != nil {
		return err
	}
	return writeFile(file, edited)
}

// Unset takes one setting out of file; comments, order and everything else stay.
// removed is false when it was not there.
func Unset(file, key string) (removed bool, err error) {
	if _, ok := lookup(key); !ok {
		return false, unknown(key)
	}
	data, err := readFile(file)
	if err != nil {
		return false, err
	}
	d, err := parse(file, data)
	if err != nil {
		return false, err
	}
	edited, found := d.without(key)
	if !found {
		return false, nil
	}
	after, err := parse(file, edited)
	if err != nil || !slices.Equal(after.texts(""), d.texts(key)) {
		return false, notEditable(file, key)
	}
	return true, writeFile(file, edited)
}

// without drops the lines of a key.
func (d *document) without(key string) (edited []byte, found bool) {
	for _, item := range d.items {
		if item.key == key {
			start := bytes.LastIndexByte(d.data[:item.start], '\n') + 1
			return splice(d.data, start, lineEnd(d.data, item.end), ""), true
		}
	}
	return d.data, false
}

// texts are all items but that of key, as text.
func (d *document) texts(key string) []string {
	var all []string
	for _, item := range slices.Concat(d.items, d.unknown) {
		if item.key != key {
			all = append(all, item.key+"="+textOf(item.value))
		}
	}
	return all
}

// edit returns data with key set to value.
func edit(file string, data []byte, key string, value any) ([]byte, error) {
	d, err := parse(file, data)
	if err != nil {
		return nil, err
	}
	edited := d.with(key, tomlOf(value))
	after, err := parse(file, edited)
	if err != nil {
		return nil, notEditable(file, key)
	}
	for _, found := range after.items {
		if found.key == key && textOf(found.value) == textOf(value) {
			return edited, nil
		}
	}
	return nil, notEditable(file, key)
}

func notEditable(file, key string) error {
	return &Error{File: file, Key: key, Message: "the file has a form that jcode cannot change", Remedy: "jcode config edit"}
}

// with replaces the value of key, or adds the key where it belongs.
func (d *document) with(key, value string) []byte {
	for _, found := range d.items {
		if found.key == key {
			return splice(d.data, found.start, found.end, value)
		}
	}
	table, name := splitKey(key)
	at, known := d.end(table)
	switch {
	case known:
	case table == "":
		at = d.top()
	default:
		if at = d.dotted(table); at > 0 {
			name = key // the table is spelt out in each key
			break
		}
		at, name = len(d.data), "["+table+"]\n"+name
		if at > 0 {
			name = "\n" + name
		}
	}
	line := name + " = " + value + "\n"
	if at > 0 && d.data[at-1] != '\n' {
		line = "\n" + line
	}
	return splice(d.data, at, at, line)
}

// end is where a new line of table goes: behind its last key, else behind its
// header.
func (d *document) end(table string) (at int, known bool) {
	at, known = d.tables[table]
	for _, found := range d.items {
		if found.table == table {
			at, known = max(at, lineEnd(d.data, found.end)), true
		}
	}
	return at, known
}

// dotted is where a new line goes for a table without header whose keys are
// spelt out at the top; 0 when there is none.
func (d *document) dotted(table string) int {
	at := 0
	for _, found := range d.items {
		if owner, _ := splitKey(found.key); owner == table && found.table == "" {
			at = max(at, lineEnd(d.data, found.end))
		}
	}
	return at
}

// top is the offset before the first table and its comment.
func (d *document) top() int {
	first := len(d.data)
	for _, end := range d.tables {
		first = min(first, end)
	}
	if first == len(d.data) && len(d.tables) == 0 {
		return first
	}
	start := bytes.LastIndexByte(d.data[:max(first-1, 0)], '\n') + 1
	for start > 0 {
		before := bytes.LastIndexByte(d.data[:start-1], '\n') + 1
		if line := bytes.TrimSpace(d.data[before:start]); len(line) == 0 || line[0] != '#' {
			break
		}
		start = before
	}
	return start
}

// splitKey divides a key into its table and its name there.
func splitKey(key string) (table, name string) {
	if plugin, rest, ok := pluginKey(key); ok {
		return "plugin." + plugin, rest
	}
	if table, name, ok := strings.Cut(key, "."); ok {
		return table, name
	}
	return "", key
}

func splice(data []byte, start, end int, text string) []byte {
	return slices.Concat(data[:start], []byte(text), data[end:])
}
