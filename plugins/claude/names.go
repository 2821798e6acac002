package claude

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/jcode-go/jcode/sdk"
)

const maxNameBytes = 64

// toolNames maps the host's tool names to those on the wire and back, for one
// request. All four places go through it: definitions, tool choice, history and
// stream.
type toolNames struct {
	table    map[string]string // the contract's own renames
	fromWire map[string]string // only names that differ on the wire
}

// newToolNames takes the tools of a request. It refuses two of them that would
// bear one name on the wire, for a call could not be told apart.
func newToolNames(table map[string]string, tools []sdk.ToolSpec) (*toolNames, error) {
	names := &toolNames{table: table}
	owner := make(map[string]string, len(tools))
	for _, tool := range tools {
		wire := names.wire(tool.Name)
		if former, taken := owner[wire]; taken {
			return nil, &sdk.Error{
				Kind: sdk.KindInvalidRequest, Op: "build request",
				Message: fmt.Sprintf("tools %q and %q have the same name for the vendor: %q", former, tool.Name, wire),
			}
		}
		owner[wire] = tool.Name
		if wire != tool.Name {
			if names.fromWire == nil {
				names.fromWire = make(map[string]string)
			}
			names.fromWire[wire] = tool.Name
		}
	}
	return names, nil
}

// wire returns the name that the vendor sees.
func (n *toolNames) wire(host string) string {
	if renamed, ok := n.table[host]; ok {
		return renamed
	}
	return wireName(host)
}

// host returns the host's name of a tool that the model called.
func (n *toolNames) host(wire string) string {
	if name, ok := n.fromWire[wire]; ok {
		return name
	}
	return wire
}

// wireName keeps a name that the API accepts, and makes one that does not, for
// example of a foreign tool server, acceptable and still distinct: the hash of
// the whole name stands for what was lost.
func wireName(name string) string {
	clean := cleanWord(name)
	if clean == name && len(name) <= maxNameBytes && name != "" {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	suffix := "_" + hex.EncodeToString(sum[:4])
	return clean[:min(len(clean), maxNameBytes-len(suffix))] + suffix
}

// cleanWord replaces every byte outside [a-zA-Z0-9_-] by an underscore.
func cleanWord(word string) string {
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
