package agent

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// field is one setting of a front matter: a text, or a list of texts.
type field struct {
	key    string
	line   int // of the front matter, from 1
	text   string
	items  []string
	isList bool
}

// frontMatterError is what is wrong with a front matter, and where.
type frontMatterError struct {
	line    int
	message string
}

// Error is one line for the user.
func (e *frontMatterError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.message) }

var fence = []byte("---")

// cutFrontMatter splits a file at its first two lines of three dashes.
func cutFrontMatter(data []byte) (front, body []byte, ok bool) {
	first, rest, _ := bytes.Cut(data, []byte("\n"))
	if !bytes.Equal(bytes.TrimRight(first, " \t"), fence) {
		return nil, nil, false
	}
	for at := 0; at <= len(rest); {
		line, _, more := bytes.Cut(rest[at:], []byte("\n"))
		end := at + len(line)
		if bytes.Equal(bytes.TrimRight(line, " \t"), fence) {
			return rest[:at], rest[min(end+1, len(rest)):], true
		}
		if !more {
			break
		}
		at = end + 1
	}
	return nil, nil, false
}

// frontReader reads the part of YAML that front matters use: settings in one level,
// texts plain, quoted or over several lines, and lists of texts. See ADR 0020.
type frontReader struct {
	lines []string
	at    int // the next line
}

func readFrontMatter(text string) ([]field, error) {
	r := &frontReader{lines: strings.Split(text, "\n")}
	var fields []field
	for r.at < len(r.lines) {
		line := r.lines[r.at]
		r.at++
		if empty(line) {
			continue
		}
		f, err := r.field(line)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(fields, func(o field) bool { return o.key == f.key }) {
			return nil, &frontMatterError{f.line, f.key + " is there twice"}
		}
		fields = append(fields, f)
	}
	return fields, nil
}

func empty(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || line[0] == '#'
}

func (r *frontReader) field(line string) (field, error) {
	f := field{line: r.at}
	key, value, ok := strings.Cut(line, ":")
	if !ok || !isKey(key) || value != "" && !indents(value) {
		return f, &frontMatterError{f.line, "not of the form key: value"}
	}
	f.key, value = key, strings.TrimSpace(value)
	var err error
	switch {
	case empty(value):
		f.text, f.items, f.isList, err = r.below()
	case value[0] == '|' || value[0] == '>':
		f.text = r.block(value[0])
	case value[0] == '[':
		f.isList = true
		f.items, err = flowList(value)
	default:
		f.text, err = scalar(value)
		if value[0] != '"' && value[0] != '\'' {
			f.text = strings.Join(append([]string{f.text}, r.indented()...), " ")
		}
	}
	if err != nil {
		return f, &frontMatterError{f.line, f.key + ": " + err.Error()}
	}
	return f, nil
}

func isKey(key string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
	return key != "" && key[0] != '-' && strings.Trim(key, letters) == ""
}

// below reads what stands under a key: a list, or a text.
func (r *frontReader) below() (text string, items []string, isList bool, err error) {
	for r.at < len(r.lines) {
		line := strings.TrimSpace(r.lines[r.at])
		rest, isItem := strings.CutPrefix(line, "-")
		switch {
		case empty(line):
			r.at++
			continue
		case isItem && (rest == "" || rest[0] == ' ' || rest[0] == '\t'):
		case isList || !indents(r.lines[r.at]):
			return "", items, isList, nil
		default:
			return strings.Join(r.indented(), " "), nil, false, nil
		}
		r.at++
		item, err := scalar(strings.TrimSpace(rest))
		if err != nil {
			return "", nil, true, err
		}
		items, isList = append(items, item), true
	}
	return "", items, isList, nil
}

func indents(line string) bool { return line != "" && (line[0] == ' ' || line[0] == '\t') }

// indented takes the lines that go on with a text, each without its blanks.
func (r *frontReader) indented() (lines []string) {
	for ; r.at < len(r.lines) && indents(r.lines[r.at]) && strings.TrimSpace(r.lines[r.at]) != ""; r.at++ {
		lines = append(lines, strings.TrimSpace(r.lines[r.at]))
	}
	return lines
}

// block takes the lines below "|", which stay lines, or ">", which are one.
func (r *frontReader) block(kind byte) string {
	var lines []string
	for ; r.at < len(r.lines) && (indents(r.lines[r.at]) || strings.TrimSpace(r.lines[r.at]) == ""); r.at++ {
		lines = append(lines, strings.TrimSpace(r.lines[r.at]))
	}
	separator := "\n"
	if kind == '>' {
		separator = " "
	}
	return strings.TrimSpace(strings.Join(lines, separator))
}

// flowList reads [a, "b"] on one line.
func flowList(value string) ([]string, error) {
	inner, ok := strings.CutSuffix(strings.TrimSpace(withoutComment(value[1:])), "]")
	if !ok {
		return nil, errors.New("a list must end with ] on its line")
	}
	items := []string{}
	for _, part := range strings.Split(inner, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		item, err := scalar(part)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

func withoutComment(text string) string {
	before, _, _ := strings.Cut(text, " #")
	return before
}

// scalar reads one text on one line.
func scalar(value string) (string, error) {
	if value == "" {
		return "", nil
	}
	switch value[0] {
	case '"':
		quoted, err := strconv.QuotedPrefix(value)
		if err == nil && empty(value[len(quoted):]) {
			return strconv.Unquote(quoted)
		}
		return "", fmt.Errorf("the quotes around %s do not fit", cutRunes(value, 40))
	case '\'':
		inner := strings.TrimSpace(value)
		if len(inner) < 2 || inner[len(inner)-1] != '\'' {
			return "", fmt.Errorf("the quotes around %s do not fit", cutRunes(value, 40))
		}
		return strings.ReplaceAll(inner[1:len(inner)-1], "''", "'"), nil
	case '{', '&', '*', '!', '%', '@', '`':
		return "", fmt.Errorf("a text that begins with %c must be in quotes", value[0])
	}
	return strings.TrimSpace(withoutComment(value)), nil
}
