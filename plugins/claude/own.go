package claude

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/oauth"
	"github.com/jcode-go/jcode/sdk/renewal"
)

// The keys in auth.json that are ours. The second form holds several accounts;
// it is read and renewed in place, a login writes the first.
const (
	ownKey      = "anthropic"
	accountsKey = "anthropic_accounts"
	activeKey   = "active_anthropic_account"
)

var ownKeys = []string{ownKey, accountsKey, activeKey}

// slot is where in auth.json a login is: the entry of its own, which is 0, or an
// account of the list, from 1. It holds for as long as the file is locked.
type slot int

// ownEntry is one login, in both forms.
type ownEntry struct {
	Type    credfile.Text   `json:"type"`
	Label   credfile.Text   `json:"label"`
	Access  credfile.Text   `json:"access"`
	Refresh credfile.Text   `json:"refresh"`
	Expires credfile.Moment `json:"expires"`
	Key     credfile.Text   `json:"key"`
	Email   credfile.Text   `json:"email"`
	Plan    credfile.Text   `json:"subscription_type"`
	Scopes  json.RawMessage `json:"scopes"`
	// Refused is the fingerprint of a refresh token that the vendor refused.
	Refused credfile.Text `json:"refused"`
}

func (e ownEntry) credential(path string, at slot) credential {
	if e.Type == "api" {
		c := keyCredential(path, fromOwnFile, string(e.Key))
		c.slot = at
		return c
	}
	c := oauthCredential(path, fromOwnFile, string(e.Access))
	c.refresh, c.expires = sdk.NewSecret(string(e.Refresh)), e.Expires.Time
	c.account, c.plan, c.scopes = string(e.Email), string(e.Plan), oauth.Scopes(e.Scopes)
	if c.account == "" {
		c.account = string(e.Label)
	}
	c.refused = e.Refused != "" && string(e.Refused) == renewal.Fingerprint(c.refresh)
	c.slot = at
	if c.secret.IsZero() && c.renewable() {
		// A lost access token is an expired one.
		c.secret, c.expires = sdk.NewSecret("lost"), longAgo
	}
	return c
}

// readOwn returns our login: the entry of its own, else the active account, else
// the first that has tokens.
func readOwn(doc *credfile.Document, path string) (credential, string) {
	if err := doc.Corrupt(); err != nil {
		return credential{}, cannotBeParsed
	}
	var entry ownEntry
	found, err := doc.Decode(&entry, ownKey)
	if err != nil {
		return credential{}, "its entry " + ownKey + " cannot be read"
	}
	if c := entry.credential(path, 0); found && !c.secret.IsZero() {
		return c, ""
	}
	var accounts []ownEntry
	if listed, err := doc.Decode(&accounts, accountsKey); err != nil || !listed {
		if found {
			return entry.credential(path, 0), ""
		}
		return credential{}, "has no login for Claude"
	}
	var active credfile.Text
	_, _ = doc.Decode(&active, activeKey) // label takes anything
	order := make([]int, 0, len(accounts))
	for i, a := range accounts {
		if order = append(order, i); a.Label == active {
			order = slices.Insert(order[:len(order)-1], 0, i)
		}
	}
	for _, i := range order {
		c := accounts[i].credential(path, slot(i+1))
		if !c.secret.IsZero() {
			return c, ""
		}
	}
	return credential{}, "logged out: its tokens are empty"
}

var errSlotGone = errors.New("the account is no longer in the file")

// mergeEntry changes fields of the login at a slot and leaves the others alone.
func mergeEntry(doc *credfile.Document, at slot, fields map[string]any) error {
	if at == 0 {
		return doc.Merge(fields, ownKey)
	}
	var accounts []json.RawMessage
	if _, err := doc.Decode(&accounts, accountsKey); err != nil || int(at) > len(accounts) {
		return errSlotGone
	}
	entry, err := credfile.Parse(accounts[at-1])
	if err != nil {
		return errSlotGone
	}
	if err := entry.Merge(fields); err != nil {
		return err
	}
	accounts[at-1] = entry.Bytes()
	return doc.Set(accounts, accountsKey)
}

// tokenFields are what a login and a refresh store. A refresh token that did not
// come stays.
func tokenFields(c credential) map[string]any {
	fields := map[string]any{"access": c.secret.Reveal(), "expires": c.expires.UnixMilli()}
	if c.expires.IsZero() {
		fields["expires"] = 0
	}
	if !c.refresh.IsZero() {
		fields["refresh"] = c.refresh.Reveal()
	}
	if len(c.scopes) > 0 {
		fields["scopes"] = c.scopes
	}
	return fields
}
