package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"
)

// printJSON prints one object, indented, for people and programs alike.
func (c *command) printJSON(value any) error {
	line, err := encodeLine(value)
	if err != nil {
		return err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, line, "", "  "); err != nil {
		return fmt.Errorf("encode output: %w", err)
	}
	_, err = c.out.Write(indented.Bytes())
	return err
}

// writeLine writes value as one line of JSON, in a single write.
func writeLine(w io.Writer, value any) error {
	line, err := encodeLine(value)
	if err != nil {
		return err
	}
	_, err = w.Write(line)
	return err
}

// encodeLine encodes value as one line that ends with a line feed. It is valid
// UTF-8 and holds no U+2028 or U+2029, which end a line in some languages; the
// standard encoder sees to both, except within a json.RawMessage.
func encodeLine(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode output: %w", err)
	}
	line := buffer.Bytes()
	if !utf8.Valid(line) {
		line = bytes.ToValidUTF8(line, []byte("\uFFFD"))
	}
	if bytes.Contains(line, []byte{0xE2, 0x80}) {
		line = bytes.ReplaceAll(line, []byte("\u2028"), []byte(`\u2028`))
		line = bytes.ReplaceAll(line, []byte("\u2029"), []byte(`\u2029`))
	}
	return line, nil
}
