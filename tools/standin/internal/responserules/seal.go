package responserules

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// Sealer marks what the server emits so that a later request can be checked
// without any memory of the conversation, also after a restart. The zero key is a
// valid key.
type Sealer struct{ Key []byte }

func (s Sealer) mac(parts ...string) []byte {
	h := hmac.New(sha256.New, s.Key)
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum(nil)
}

func (s Sealer) digest(text string) string { return hex.EncodeToString(s.mac("digest", text))[:12] }

// sealPrefix is how the vendor's encrypted content begins.
const sealPrefix = "gAAAAA"

// Seal makes the encrypted content of a reasoning item, which only this account
// may bring back, for this model. It is as long as size at least.
func (s Sealer) Seal(account, model, nonce string, size int) string {
	payload := nonce
	if n := base64.RawURLEncoding.DecodedLen(size - len(sealPrefix)); size > 0 && n > 2*sha256.Size+len(nonce) {
		payload += strings.Repeat(".", n-2*sha256.Size-len(nonce))
	}
	b := append(s.mac("origin", payload), s.mac("seal", account, model, payload)...)
	return sealPrefix + base64.RawURLEncoding.EncodeToString(append(b, payload...))
}

// Opened tells of encrypted content whether the server made it, and whether for
// this account and model.
func (s Sealer) Opened(account, model, content string) (ours, fits bool) {
	encoded, ok := strings.CutPrefix(content, sealPrefix)
	if !ok {
		return false, false
	}
	b, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || len(b) < 2*sha256.Size {
		return false, false
	}
	payload := string(b[2*sha256.Size:])
	if !hmac.Equal(b[:sha256.Size], s.mac("origin", payload)) {
		return false, false
	}
	return true, hmac.Equal(b[sha256.Size:2*sha256.Size], s.mac("seal", account, model, payload))
}

const (
	afterMark  = "r" // a reasoning item came right before
	plainMark  = "n"
	idPayload  = 24 // hex digits of response number and item index
	idChecksum = 8  // hex digits of the checksum
)

// ID makes the id of an item: a prefix such as msg_, then what tells where it came
// from. It records whether a reasoning item preceded it, which decides what may be
// left out when it comes back.
func (s Sealer) ID(prefix string, response uint64, index int, afterReasoning bool) string {
	var b [idPayload / 2]byte
	binary.BigEndian.PutUint64(b[:8], response)
	binary.BigEndian.PutUint32(b[8:], uint32(index))
	mark := plainMark
	if afterReasoning {
		mark = afterMark
	}
	body := mark + hex.EncodeToString(b[:])
	return prefix + body + hex.EncodeToString(s.mac("id", body))[:idChecksum]
}

// ReadID tells of an id that ID made which response it belongs to, and its mark.
func (s Sealer) ReadID(id string) (response uint64, afterReasoning, ours bool) {
	_, rest, ok := strings.Cut(id, "_")
	if !ok || len(rest) != 1+idPayload+idChecksum {
		return 0, false, false
	}
	body := rest[:1+idPayload]
	b, err := hex.DecodeString(body[1:])
	if err != nil || hex.EncodeToString(s.mac("id", body))[:idChecksum] != rest[1+idPayload:] {
		return 0, false, false
	}
	return binary.BigEndian.Uint64(b[:8]), body[:1] == afterMark, true
}
