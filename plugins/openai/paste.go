package openai

import (
	"strconv"
	"strings"
)

// The marks that a terminal puts around what is pasted.
const (
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

// cleanPaste takes off what a terminal or a mail program put around an address.
func cleanPaste(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, pasteBegin, ""), pasteEnd, "")
	return strings.Trim(strings.TrimSpace(text), "\"'<>`")
}

func portOf(r redirect) string { return strconv.Itoa(r.port) }
