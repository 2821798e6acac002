package rule

import (
	"errors"
	"strings"
)

// Word is one word of a pattern for commands.
type Word struct {
	// parts are the texts between the word's stars.
	parts []string
	// Any is a star that stands alone: any number of words, also none.
	Any bool
}

// Literal is the word's text; ok is false when it has a star.
func (w Word) Literal() (text string, ok bool) {
	if w.Any || len(w.parts) != 1 {
		return "", false
	}
	return w.parts[0], true
}

// Match reports whether text fits. A star inside a word stands for any characters.
func (w Word) Match(text string) bool {
	if w.Any {
		return true
	}
	first, last := w.parts[0], w.parts[len(w.parts)-1]
	if len(w.parts) == 1 {
		return text == first
	}
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range w.parts[1 : len(w.parts)-1] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return true
}

var (
	errQuote     = errors.New("a quotation mark is not closed")
	errBackslash = errors.New("a backslash stands at the end")
	errProgram   = errors.New("it does not begin with a program's name; bash alone means every command")
	errOperator  = errors.New("it holds an operator of the shell: a rule is about one command, and each command of a line is looked at by itself")
)

// parseWords splits a pattern as the shell splits a command. Between quotation
// marks, and behind a backslash, a star is only a star.
func parseWords(pattern string) ([]Word, error) {
	p := wordParser{}
	for i := 0; i < len(pattern); i++ {
		if err := p.take(pattern, &i); err != nil {
			return nil, err
		}
	}
	if p.quote != 0 {
		return nil, errQuote
	}
	p.end()
	if len(p.words) == 0 || p.words[0].Any {
		return nil, errProgram
	}
	return p.words, nil
}

type wordParser struct {
	words  []Word
	parts  []string
	now    strings.Builder
	open   bool // a word has begun
	quoted bool // some of it stood in quotation marks
	quote  byte
}

// take reads the byte at *i, and the next one if they belong together.
func (p *wordParser) take(pattern string, i *int) error {
	switch b := pattern[*i]; {
	case p.quote != 0 && b == p.quote:
		p.quote = 0
	case b == '\\' && p.quote != '\'':
		if *i++; *i == len(pattern) {
			return errBackslash
		}
		p.literal(pattern[*i])
	case p.quote != 0:
		p.literal(b)
	case b == '"' || b == '\'':
		p.quote, p.open, p.quoted = b, true, true
	case b == ' ' || b == '\t':
		p.end()
	case b == '*':
		p.parts, p.open = append(p.parts, p.now.String()), true
		p.now.Reset()
	case strings.IndexByte(";|&<>`", b) >= 0:
		return errOperator
	default:
		p.literal(b)
	}
	return nil
}

func (p *wordParser) literal(b byte) {
	p.now.WriteByte(b)
	p.open = true
}

func (p *wordParser) end() {
	if !p.open {
		return
	}
	parts := append(p.parts, p.now.String())
	lone := !p.quoted && strings.Join(parts, "") == "" && len(parts) > 1
	p.words = append(p.words, Word{parts: parts, Any: lone})
	p.parts, p.open, p.quoted = nil, false, false
	p.now.Reset()
}

// Quote writes text as a word of a pattern that matches just it.
func Quote(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=@,+%~^", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
