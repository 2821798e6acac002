package credfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Document is the JSON object in a credential file. It is for one goroutine.
// A path names a value by the keys that lead to it, the whole object if empty.
// If a key occurs twice the last one counts, and both stay.
type Document struct {
	root    *object
	corrupt *CorruptError
}

// NewDocument returns an empty object.
func NewDocument() *Document { return &Document{root: new(object)} }

// Parse reads a document from text. Text of white space alone is an empty
// object, because that is what is left of a file that was emptied to log out.
// The error is a *CorruptError without a path.
func Parse(text []byte) (*Document, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // as some editors begin a file
	if len(bytes.TrimSpace(text)) == 0 {
		return NewDocument(), nil
	}
	if !json.Valid(text) {
		return nil, &CorruptError{Offset: errorOffset(text)}
	}
	root, err := parseObject(text)
	if err != nil {
		return nil, &CorruptError{}
	}
	return &Document{root: root}, nil
}

func errorOffset(text []byte) int64 {
	var v json.RawMessage
	if syntax, ok := json.Unmarshal(text, &v).(*json.SyntaxError); ok { //nolint:errorlint // never wrapped
		return syntax.Offset
	}
	return 0
}

// Corrupt returns why the file could not be parsed, nil if it could. The document
// is empty then, and the file is moved aside when the document is written.
func (d *Document) Corrupt() error {
	if d.corrupt == nil {
		return nil
	}
	return d.corrupt
}

// Get returns the value at a path as it is in the file. It is not to be changed.
func (d *Document) Get(path ...string) (json.RawMessage, bool) {
	if len(path) == 0 {
		return d.root.encode(), true
	}
	o, err := d.root.descend(path[:len(path)-1], false)
	if o == nil || err != nil {
		return nil, false
	}
	m := o.find(path[len(path)-1])
	if m == nil {
		return nil, false
	}
	return m.value(), true
}

// Decode unmarshals the value at a path into v. A missing value leaves v alone
// and returns false.
func (d *Document) Decode(v any, path ...string) (bool, error) {
	raw, ok := d.Get(path...)
	if !ok {
		return false, nil
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return false, fmt.Errorf("decode %s: %w", name(path), err)
	}
	return true, nil
}

// Keys returns the keys of the object at a path, nil if there is none.
func (d *Document) Keys(path ...string) []string {
	o, err := d.root.descend(path, false)
	if o == nil || err != nil {
		return nil
	}
	var keys []string
	for _, m := range o.members {
		keys = append(keys, m.key)
	}
	return keys
}

// Set puts v at a path, in place of what was there, else at the end. Missing
// objects on the way are made, null counts as missing. It is an error if
// something else than an object is in the way, or v cannot be marshalled.
func (d *Document) Set(v any, path ...string) error {
	raw, err := marshal(v)
	if err != nil {
		return fmt.Errorf("set %s: %w", name(path), err)
	}
	if len(path) == 0 {
		root, err := parseObject(raw)
		if err != nil {
			return fmt.Errorf("set document: %w", err)
		}
		d.root = root
		return nil
	}
	o, err := d.root.descend(path[:len(path)-1], true)
	if err != nil {
		return fmt.Errorf("set %s: %w", name(path), err)
	}
	o.set(path[len(path)-1], raw)
	return nil
}

// Merge sets every field of v, which must marshal to an object, at a path, and
// does the same for the objects in it. Fields that v does not name stay.
func (d *Document) Merge(v any, path ...string) error {
	raw, err := marshal(v)
	if err != nil {
		return fmt.Errorf("merge into %s: %w", name(path), err)
	}
	from, err := parseObject(raw)
	if err != nil {
		return fmt.Errorf("merge into %s: %w", name(path), err)
	}
	into, err := d.root.descend(path, true)
	if err != nil {
		return fmt.Errorf("merge into %s: %w", name(path), err)
	}
	into.merge(from)
	return nil
}

// Delete removes the value at a path and reports whether there was one.
func (d *Document) Delete(path ...string) bool {
	if len(path) == 0 {
		was := len(d.root.members) > 0
		d.root = new(object)
		return was
	}
	o, err := d.root.descend(path[:len(path)-1], false)
	return o != nil && err == nil && o.remove(path[len(path)-1])
}

// Bytes returns the document as the text of a file.
func (d *Document) Bytes() []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, d.root.encode(), "", "  "); err != nil {
		return append(d.root.encode(), '\n') // cannot happen: it was parsed
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// String hides the document, which is full of secrets.
func (d *Document) String() string { return "[redacted]" }

// GoString hides the document, which is full of secrets.
func (d *Document) GoString() string { return "[redacted]" }

func name(path []string) string {
	if len(path) == 0 {
		return "document"
	}
	return strings.Join(path, ".")
}

func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // a vendor's program may compare text
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}
