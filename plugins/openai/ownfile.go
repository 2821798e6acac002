package openai

import (
	"context"
	"path/filepath"

	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/renewal"
)

// The plugin's own auth.json, in its state folder: a key that was given to jcode,
// and what jcode knows of the login in Codex's file.
const (
	ownKeyField     = "api_key"
	ownAccountField = "login_account"
	ownRefusedField = "refused"
)

type ownFile struct {
	Key credfile.Text `json:"api_key"`
	// Account is that of the login which jcode stored; "unknown" when the vendor
	// named none.
	Account credfile.Text `json:"login_account"`
	// Refused is the fingerprint of a refresh token that the vendor refused.
	Refused credfile.Text `json:"refused"`
}

const unknownAccount = "unknown"

func ownPath(stateDir string) string {
	if stateDir == "" {
		return ""
	}
	return filepath.Join(stateDir, "auth.json")
}

// readOwn returns what the own file holds; what cannot be read is nothing.
func readOwn(ctx context.Context, path string) ownFile {
	var own ownFile
	if path == "" {
		return own
	}
	doc, _, err := credfile.Read(ctx, path)
	if err == nil {
		_, _ = doc.Decode(&own) // its fields take anything
	}
	return own
}

// updateOwn sets fields of the own file; nil deletes one.
func updateOwn(ctx context.Context, path string, fields map[string]any) error {
	if path == "" {
		return nil
	}
	return credfile.Update(ctx, path, func(doc *credfile.Document) error {
		for name, value := range fields {
			if value == nil {
				doc.Delete(name)
				continue
			}
			if err := doc.Set(value, name); err != nil {
				return err
			}
		}
		return nil
	})
}

func (o ownFile) hasRefused(c credential) bool {
	return o.Refused != "" && string(o.Refused) == renewal.Fingerprint(c.refresh)
}

// stored reports whether jcode's own login put a login into Codex's file.
func (o ownFile) stored(c credential) bool {
	return o.Account != "" && string(o.Account) == firstOf(c.accountID, unknownAccount)
}
