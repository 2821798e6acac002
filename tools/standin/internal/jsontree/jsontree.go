// Package jsontree reads one JSON document into a tree in a single pass.
//
// The strict checks need what encoding/json hides: which fields were sent, in
// what order, and their exact bytes. A conversation of 20 MB is parsed on every
// turn of a benchmark, so strings are only scanned, and decoded when asked for.
package jsontree

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Kind says what a Node holds.
type Kind uint8

// The kinds of JSON value.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// Node is one value. Its slices alias the parsed document and must not be
// changed. A nil *Node stands for a missing field: every method accepts it.
type Node struct {
	Kind  Kind
	Raw   []byte   // the value's exact bytes
	Keys  []string // object keys in document order
	Items []Node   // array elements, or the values of Keys
}

// SyntaxError reports where a document stops being JSON.
type SyntaxError struct {
	Offset int // byte offset into the document
	Reason string
}

// Error gives the reason and the position.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s: line 1 column %d (char %d)", e.Reason, e.Offset+1, e.Offset)
}

// Get returns the value of key in an object, nil when it is missing. Of a
// repeated key it returns the last, as the vendor's parser does.
func (n *Node) Get(key string) *Node {
	if n == nil || n.Kind != Object {
		return nil
	}
	for i := len(n.Keys) - 1; i >= 0; i-- {
		if n.Keys[i] == key {
			return &n.Items[i]
		}
	}
	return nil
}

// Is reports whether n is present and of kind k.
func (n *Node) Is(k Kind) bool { return n != nil && n.Kind == k }

// List returns the elements of an array, nil for anything else.
func (n *Node) List() []Node {
	if !n.Is(Array) {
		return nil
	}
	return n.Items
}

// Text decodes a string; anything else gives "".
func (n *Node) Text() string {
	if !n.Is(String) {
		return ""
	}
	return unquote(n.Raw)
}

// Int returns the value of an integral number.
func (n *Node) Int() (int64, bool) {
	if !n.Is(Number) {
		return 0, false
	}
	v, err := strconv.ParseInt(string(n.Raw), 10, 64)
	return v, err == nil
}

// Float returns the value of a number.
func (n *Node) Float() (float64, bool) {
	if !n.Is(Number) {
		return 0, false
	}
	v, err := strconv.ParseFloat(string(n.Raw), 64)
	return v, err == nil
}

// True reports whether n is the literal true.
func (n *Node) True() bool { return n.Is(Bool) && n.Raw[0] == 't' }

func unquote(raw []byte) string {
	for _, c := range raw {
		if c == '\\' {
			var s string
			if json.Unmarshal(raw, &s) != nil {
				return ""
			}
			return s
		}
	}
	return string(raw[1 : len(raw)-1])
}
