package jsontree

import (
	"bytes"
	"strconv"
)

// str passes a string and checks its escapes. A lone surrogate is an error:
// the vendor refuses it, and clients that cut text by UTF-16 units send it.
func (p *parser) str() error {
	p.pos++
	for {
		rest := p.doc[p.pos:]
		end := bytes.IndexByte(rest, '"')
		if end < 0 {
			return p.fail("unexpected end of data: unterminated string")
		}
		back := bytes.IndexByte(rest[:end], '\\')
		if back < 0 {
			back = end
		}
		if i := control(rest[:back]); i >= 0 {
			p.pos += i
			return p.fail("control character in string")
		}
		p.pos += back + 1
		if back == end {
			return nil
		}
		if err := p.escape(); err != nil {
			return err
		}
	}
}

func control(b []byte) int {
	for i, c := range b {
		if c < 0x20 {
			return i
		}
	}
	return -1
}

// escape passes what follows a backslash.
func (p *parser) escape() error {
	c := p.peek()
	if c != 'u' {
		if c == 0 || bytes.IndexByte([]byte(`"\/bfnrt`), c) < 0 {
			return p.fail("invalid escape")
		}
		p.pos++
		return nil
	}
	unit, err := p.unit()
	if err != nil || unit < 0xD800 || unit > 0xDFFF {
		return err
	}
	if unit > 0xDBFF || p.peek() != '\\' {
		return p.fail("no low surrogate in string")
	}
	p.pos++
	if p.peek() != 'u' {
		return p.fail("no low surrogate in string")
	}
	low, err := p.unit()
	if err == nil && (low < 0xDC00 || low > 0xDFFF) {
		err = p.fail("no low surrogate in string")
	}
	return err
}

// unit passes uXXXX.
func (p *parser) unit() (uint64, error) {
	if p.pos+5 > len(p.doc) {
		return 0, p.fail("unexpected end of data: short escape")
	}
	v, err := strconv.ParseUint(string(p.doc[p.pos+1:p.pos+5]), 16, 16)
	if err != nil {
		return 0, p.fail("invalid escape")
	}
	p.pos += 5
	return v, nil
}

func (p *parser) number() error {
	if p.peek() == '-' {
		p.pos++
	}
	if p.peek() == '0' {
		p.pos++
	} else if !p.digits() {
		return p.fail("invalid number")
	}
	if p.peek() == '.' {
		p.pos++
		if !p.digits() {
			return p.fail("invalid number")
		}
	}
	if c := p.peek(); c != 'e' && c != 'E' {
		return nil
	}
	p.pos++
	if c := p.peek(); c == '+' || c == '-' {
		p.pos++
	}
	if !p.digits() {
		return p.fail("invalid number")
	}
	return nil
}

func (p *parser) digits() bool {
	start := p.pos
	for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
		p.pos++
	}
	return p.pos > start
}
