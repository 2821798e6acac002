package ollama

import "strings"

const (
	openTag  = "<think>"
	closeTag = "</think>"
)

// tags parts reasoning from an answer that begins with it, between <think> and
// </think>, as servers pass on what a model writes. The zero value is at the beginning.
type tags struct {
	state tagState
	held  string // the beginning of what may be a tag
}

type tagState int

const (
	atStart tagState = iota
	inThinking
	afterThinking // blank lines before the answer are left out
	inAnswer
)

// split takes a piece of text and returns what of it is reasoning and what answer.
func (t *tags) split(text string) (thinking, said string) {
	if t.state == inAnswer {
		return "", text
	}
	text, t.held = t.held+text, ""
	if t.state == atStart {
		trimmed := strings.TrimLeft(text, " \t\r\n")
		rest, tagged := strings.CutPrefix(trimmed, openTag)
		switch {
		case tagged:
			t.state, text = inThinking, rest
		case strings.HasPrefix(openTag, trimmed): // it may yet become one
			t.held = text
			return "", ""
		default:
			t.state = inAnswer
			return "", text
		}
	}
	if t.state == inThinking {
		before, after, closed := strings.Cut(text, closeTag)
		if !closed {
			n := partOf(text, closeTag)
			t.held = text[len(text)-n:]
			return text[:len(text)-n], ""
		}
		t.state, thinking, text = afterThinking, before, after
	}
	if text = strings.TrimLeft(text, " \t\r\n"); text != "" {
		t.state = inAnswer
	}
	return thinking, text
}

// rest is what was held back when the answer ended.
func (t *tags) rest() (thinking, said string) {
	held := t.held
	t.held = ""
	if t.state == inThinking {
		return held, ""
	}
	return "", held
}

// partOf is how many bytes at the end of text may be the beginning of tag.
func partOf(text, tag string) int {
	for n := min(len(tag)-1, len(text)); n > 0; n-- {
		if strings.HasSuffix(text, tag[:n]) {
			return n
		}
	}
	return 0
}
