package install

import (
	"context"
	"fmt"
	"os"
	"strings"

	"aead.dev/minisign"
)

// checkSignature verifies the signature, if there is one, and holds the name to
// the key that it was signed with before.
func (c *candidate) checkSignature(context.Context) error {
	c.in.step("verify signature")
	st, err := c.in.Store.read()
	if err != nil {
		return err
	}
	return c.checkSigner(st.current(c.entry.Name))
}

func (c *candidate) checkSigner(basis *Entry) error {
	signer, err := c.signer(basis)
	if err != nil {
		return err
	}
	c.entry.Signer, c.entry.FirstSeen = signer, c.entry.Installed
	if basis != nil && basis.Signer == signer {
		c.entry.FirstSeen = basis.FirstSeen
	}
	return nil
}

// signer returns the key that signed the candidate; "" for an unsigned one.
func (c *candidate) signer(basis *Entry) (string, error) {
	known := ""
	if basis != nil {
		known = basis.Signer
	}
	if len(c.fetched.signature) == 0 {
		return "", c.unsigned(basis, known)
	}
	var signature minisign.Signature
	if err := signature.UnmarshalText(c.fetched.signature); err != nil {
		return "", c.quarantine(fmt.Sprintf("the signature of %s cannot be read: %v", c.fetched.name, err))
	}
	key, text := c.keyFor(signature.KeyID, known)
	switch {
	case text == "" && known != "":
		return "", c.keyChanged(basis, fmt.Sprintf("key id %016X", signature.KeyID), "RW…")
	case text == "":
		c.notes = append(c.notes, fmt.Sprintf("it is signed with key id %016X, and nothing says what that key is: --key KEY checks it", signature.KeyID))
		return "", nil
	}
	message, err := os.ReadFile(c.fetched.signed)
	if err != nil {
		return "", storeError("read what is signed", err)
	}
	if !minisign.Verify(key, message, c.fetched.signature) {
		return "", c.quarantine(fmt.Sprintf("the signature of %s does not fit it (sha256 %s, key %s)", c.fetched.name, c.fetched.digest, text))
	}
	if known != "" && text != known && c.request.Key == "" {
		return "", c.keyChanged(basis, text, text)
	}
	return text, nil
}

// keyFor finds the public key of a signature: the one the user names and no other;
// else the known one, else what the publisher offers.
func (c *candidate) keyFor(id uint64, known string) (minisign.PublicKey, string) {
	offered := []string{known, c.fetched.publicKey}
	offered = append(offered, c.row.Manifest.Signing.MinisignKeys...)
	if c.request.Key != "" {
		offered = []string{c.request.Key}
	}
	for _, text := range offered {
		var key minisign.PublicKey
		if key.UnmarshalText([]byte(strings.TrimSpace(text))) == nil && key.ID() == id {
			return key, keyText(text)
		}
	}
	return minisign.PublicKey{}, ""
}

// keyText is the line of a public key that is the key.
func keyText(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// CheckKey says what is wrong with a public key that the user typed.
func CheckKey(text string) error {
	var key minisign.PublicKey
	if err := key.UnmarshalText([]byte(text)); err != nil {
		return problem(KindUsage, "give the line of minisign.pub that begins with RW", "%q is no minisign public key", text)
	}
	return nil
}

func (c *candidate) unsigned(basis *Entry, known string) error {
	switch {
	case c.request.Key != "":
		return c.quarantine(fmt.Sprintf("%s is not signed, and you named key %s", c.fetched.name, c.request.Key))
	case known == "" || c.request.AcceptUnsigned:
		return nil
	}
	return &Error{
		Op: "install " + c.entry.Name, Kind: KindIntegrity,
		Detail: fmt.Sprintf("version %s was signed with key %s, trusted since %s; version %s is not signed",
			basis.Version, known, basis.FirstSeen.Local().Format("2006-01-02"), c.entry.Version),
		Remedy: "ask the publisher why; jcode plugins install --unsigned " + c.request.Source + " accepts it",
	}
}

func (c *candidate) keyChanged(basis *Entry, now, key string) error {
	return &Error{
		Op: "install " + c.entry.Name, Kind: KindIntegrity,
		Detail: fmt.Sprintf("version %s was signed with key %s, trusted since %s; version %s is signed with %s",
			basis.Version, basis.Signer, basis.FirstSeen.Local().Format("2006-01-02"), c.entry.Version, now),
		Remedy: "ask the publisher, elsewhere than where this came from; jcode plugins install --key " + key + " " + c.request.Source + " accepts it",
	}
}

func signerName(key string) string {
	if key == "" {
		return "nobody (unsigned)"
	}
	return key
}
