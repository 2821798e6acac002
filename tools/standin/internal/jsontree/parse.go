package jsontree

import (
	"bytes"
	"unicode/utf8"
)

// maxDepth bounds the recursion; the deepest real requests nest tool schemas.
const maxDepth = 500

// Parse reads the one value in doc, which must be valid UTF-8. The tree aliases
// doc. Every error is a *SyntaxError.
func Parse(doc []byte) (*Node, error) {
	if !utf8.Valid(doc) {
		return nil, &SyntaxError{Reason: "'utf-8' codec can't decode bytes"}
	}
	p := parser{doc: doc}
	var n Node
	p.space()
	if err := p.value(&n, 0); err != nil {
		return nil, err
	}
	p.space()
	if p.pos < len(doc) {
		return nil, p.fail("unexpected trailing data")
	}
	return &n, nil
}

type parser struct {
	doc []byte
	pos int
}

func (p *parser) fail(reason string) error {
	return &SyntaxError{Offset: p.pos, Reason: reason}
}

func (p *parser) space() {
	for p.pos < len(p.doc) {
		switch p.doc[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

func (p *parser) peek() byte {
	if p.pos < len(p.doc) {
		return p.doc[p.pos]
	}
	return 0
}

func (p *parser) value(n *Node, depth int) error {
	if depth > maxDepth {
		return p.fail("recursion limit exceeded")
	}
	if p.pos >= len(p.doc) {
		return p.fail("unexpected end of data")
	}
	start := p.pos
	var err error
	switch c := p.doc[p.pos]; {
	case c == '{':
		n.Kind, err = Object, p.object(n, depth)
	case c == '[':
		n.Kind, err = Array, p.array(n, depth)
	case c == '"':
		n.Kind, err = String, p.str()
	case c == '-' || c >= '0' && c <= '9':
		n.Kind, err = Number, p.number()
	case c == 't':
		n.Kind, err = Bool, p.literal("true")
	case c == 'f':
		n.Kind, err = Bool, p.literal("false")
	case c == 'n':
		n.Kind, err = Null, p.literal("null")
	default:
		err = p.fail("expected value")
	}
	n.Raw = p.doc[start:p.pos]
	return err
}

func (p *parser) literal(word string) error {
	if !bytes.HasPrefix(p.doc[p.pos:], []byte(word)) {
		return p.fail("expected value")
	}
	p.pos += len(word)
	return nil
}

// fewMembers is what most objects have at most.
const fewMembers = 4

func (p *parser) object(n *Node, depth int) error {
	p.pos++
	p.space()
	if p.peek() == '}' {
		p.pos++
		return nil
	}
	n.Keys, n.Items = make([]string, 0, fewMembers), make([]Node, 0, fewMembers)
	for {
		if err := p.member(n, depth); err != nil {
			return err
		}
		if done, err := p.next('}'); done || err != nil {
			return err
		}
	}
}

func (p *parser) member(n *Node, depth int) error {
	if p.peek() != '"' {
		return p.fail("expected a string as object key")
	}
	start := p.pos
	if err := p.str(); err != nil {
		return err
	}
	n.Keys = append(n.Keys, unquote(p.doc[start:p.pos]))
	p.space()
	if p.peek() != ':' {
		return p.fail("expected ':'")
	}
	p.pos++
	p.space()
	n.Items = append(n.Items, Node{})
	return p.value(&n.Items[len(n.Items)-1], depth+1)
}

func (p *parser) array(n *Node, depth int) error {
	p.pos++
	p.space()
	if p.peek() == ']' {
		p.pos++
		return nil
	}
	for {
		n.Items = append(n.Items, Node{})
		if err := p.value(&n.Items[len(n.Items)-1], depth+1); err != nil {
			return err
		}
		if done, err := p.next(']'); done || err != nil {
			return err
		}
	}
}

// next passes a comma, or the closing bracket, which ends the container.
func (p *parser) next(closing byte) (bool, error) {
	p.space()
	switch p.peek() {
	case closing:
		p.pos++
		return true, nil
	case ',':
		p.pos++
		p.space()
		return false, nil
	case 0:
		return false, p.fail("unexpected end of data")
	default:
		return false, p.fail("expected ',' or a closing bracket")
	}
}
