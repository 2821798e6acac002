package strict

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// Signer marks what the server emits so that a later request can be checked
// without any memory of the conversation, also after a restart. The zero key
// is a valid key.
type Signer struct{ Key []byte }

func (s Signer) mac(kind, text string) []byte {
	h := hmac.New(sha256.New, s.Key)
	h.Write([]byte(kind))
	h.Write([]byte{0})
	h.Write([]byte(text))
	return h.Sum(nil)
}

// Thinking returns the signature of a thinking text.
func (s Signer) Thinking(text string) string {
	return base64.StdEncoding.EncodeToString(s.mac("thinking", text))
}

// ValidThinking reports whether signature was made for exactly this text.
func (s Signer) ValidThinking(text, signature string) bool {
	return hmac.Equal([]byte(s.Thinking(text)), []byte(signature))
}

// Redacted seals a text into the data of a redacted_thinking block.
func (s Signer) Redacted(text string) string {
	return base64.StdEncoding.EncodeToString(append(s.mac("redacted", text), text...))
}

// ValidRedacted reports whether data came from Redacted unchanged.
func (s Signer) ValidRedacted(data string) bool {
	b, err := base64.StdEncoding.DecodeString(data)
	if err != nil || len(b) < sha256.Size {
		return false
	}
	return hmac.Equal(b[:sha256.Size], s.mac("redacted", string(b[sha256.Size:])))
}

const (
	idPrefix   = "toolu_01"
	afterMark  = "T" // a thinking block came before the call
	plainMark  = "N"
	idPayload  = 24 // hex digits of message number and block index
	idChecksum = 8  // hex digits of the checksum
)

// ToolID makes a tool_use id that is unique per message and block. It records
// whether a thinking block preceded the call in its message, which decides
// what a replay of that message must contain.
func (s Signer) ToolID(message uint64, block int, afterThinking bool) string {
	var b [idPayload / 2]byte
	binary.BigEndian.PutUint64(b[:8], message)
	binary.BigEndian.PutUint32(b[8:], uint32(block))
	mark := plainMark
	if afterThinking {
		mark = afterMark
	}
	body := mark + hex.EncodeToString(b[:])
	return idPrefix + body + s.checksum(body)
}

func (s Signer) checksum(body string) string {
	return hex.EncodeToString(s.mac("tool", body))[:idChecksum]
}

// ReadToolID tells whether id was made by ToolID, and with which mark.
func (s Signer) ReadToolID(id string) (afterThinking, ours bool) {
	rest, ok := strings.CutPrefix(id, idPrefix)
	if !ok || len(rest) != 1+idPayload+idChecksum {
		return false, false
	}
	body := rest[:1+idPayload]
	if !hmac.Equal([]byte(s.checksum(body)), []byte(rest[1+idPayload:])) {
		return false, false
	}
	return strings.HasPrefix(body, afterMark), true
}
