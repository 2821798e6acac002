package toolspec

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/jcode-go/jcode/sdk"
)

const maxNameBytes = 64

// Names maps the host's tool names to those on the wire and back, for one request:
// one to one over all names that the request holds. All four places go through it:
// definitions, tool choice, history and stream. It is read-only once made, and safe
// for concurrent use.
type Names struct {
	table   map[string]string // the contract's own renames
	inverse map[string]string
	owner   map[string]string // wire name to host name, of this request
	moved   map[string]string // names of the history that had to make room
}

// NewNames takes the tools of a request, and those that its history calls. table
// holds the vendor's own renames, host name to wire name; nil is none. It
// refuses two tools that would bear one name on the wire, for a call could not be
// told apart.
func NewNames(table map[string]string, request *sdk.Request) (*Names, error) {
	n := &Names{table: table, inverse: make(map[string]string, len(table)), owner: make(map[string]string, len(request.Tools))}
	for host, wire := range table {
		n.inverse[wire] = host
	}
	for _, tool := range request.Tools {
		wire := n.Wire(tool.Name)
		if former, taken := n.owner[wire]; taken {
			return nil, &sdk.Error{
				Kind: sdk.KindInvalidRequest, Op: "build request",
				Message: fmt.Sprintf("tools %q and %q have the same name for the vendor: %q", former, tool.Name, wire),
			}
		}
		n.owner[wire] = tool.Name
	}
	for _, message := range request.Messages {
		for _, block := range message.Blocks {
			if call, ok := block.(sdk.ToolCall); ok {
				n.admit(call.Name)
			}
		}
	}
	return n, nil
}

// admit makes a name of the history known. The tools themselves come first; a
// name that they took from it gets another, which tells the two apart.
func (n *Names) admit(host string) {
	wire := n.Wire(host)
	switch former, taken := n.owner[wire]; {
	case !taken:
		n.owner[wire] = host
	case former != host:
		if n.moved == nil {
			n.moved = make(map[string]string)
		}
		free := hashedName(host)
		for n.owner[free] != "" {
			free = hashedName(free + host)
		}
		n.moved[host], n.owner[free] = free, host
	}
}

// Wire returns the name that the vendor sees.
func (n *Names) Wire(host string) string {
	if renamed, ok := n.moved[host]; ok {
		return renamed
	}
	if renamed, ok := n.table[host]; ok {
		return renamed
	}
	return WireName(host)
}

// Host returns the host's name of a tool that the model called, also of one that
// the request did not offer.
func (n *Names) Host(wire string) string {
	if name, ok := n.owner[wire]; ok {
		return name
	}
	if name, ok := n.inverse[wire]; ok {
		return name
	}
	return wire
}

// WireName keeps a name that vendors accept, [a-zA-Z0-9_-]{1,64}, and makes any other,
// of a foreign tool server for example, acceptable and still distinct: the hash of the
// whole name stands for what was lost.
func WireName(name string) string {
	if CleanWord(name) == name && len(name) <= maxNameBytes && name != "" {
		return name
	}
	return hashedName(name)
}

func hashedName(name string) string {
	clean := CleanWord(name)
	sum := sha256.Sum256([]byte(name))
	suffix := "_" + hex.EncodeToString(sum[:4])
	return clean[:min(len(clean), maxNameBytes-len(suffix))] + suffix
}

// CleanWord replaces every byte outside [a-zA-Z0-9_-] by an underscore.
func CleanWord(word string) string {
	for i := range len(word) {
		if !wordByte(word[i]) {
			return replaceWord(word)
		}
	}
	return word
}

func replaceWord(word string) string {
	out := []byte(word)
	for i, b := range out {
		if !wordByte(b) {
			out[i] = '_'
		}
	}
	return string(out)
}

func wordByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b == '-'
}
