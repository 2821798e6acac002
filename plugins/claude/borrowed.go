package claude

import (
	"encoding/json"
	"strings"

	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/oauth"
)

// The files of other programs are read and nothing else: writing one, or spending
// its refresh token, logs its owner out.

// claudeLogin is the login of Claude Code.
type claudeLogin struct {
	Access  credfile.Text   `json:"accessToken"`
	Refresh credfile.Text   `json:"refreshToken"`
	Expires credfile.Moment `json:"expiresAt"`
	Scopes  json.RawMessage `json:"scopes"`
	Plan    credfile.Text   `json:"subscriptionType"`
}

const claudeKey = "claudeAiOauth"

// readClaudeCode finds the login with and without the object around it.
func readClaudeCode(doc *credfile.Document, path string) (credential, string) {
	var login claudeLogin
	found, err := doc.Decode(&login, claudeKey)
	if !found {
		if _, bare := doc.Get("accessToken"); bare {
			found, err = doc.Decode(&login)
		}
	}
	switch {
	case err != nil:
		return credential{}, "its login cannot be read"
	case !found:
		return credential{}, "has no login"
	}
	return login.credential(path), ""
}

// readForClaude is for when Claude Code itself will use its login: it renews it.
func readForClaude(doc *credfile.Document, path string) (credential, string) {
	c, reason := readClaudeCode(doc, path)
	var login claudeLogin
	_, _ = doc.Decode(&login, claudeKey) // read before
	c.elsewhere = login.Refresh != ""
	return c, reason
}

func (l claudeLogin) credential(source string) credential {
	c := oauthCredential(source, fromClaudeCode, string(l.Access))
	c.expires, c.plan, c.scopes = l.Expires.Time, string(l.Plan), oauth.Scopes(l.Scopes)
	return c
}

// openCodeEntry is one provider's entry of OpenCode, whose type decides.
type openCodeEntry struct {
	Type    credfile.Text   `json:"type"`
	Access  credfile.Text   `json:"access"`
	Expires credfile.Moment `json:"expires"`
}

func readOpenCode(doc *credfile.Document, path string) (credential, string) {
	var entry openCodeEntry
	found, err := doc.Decode(&entry, ownKey)
	switch {
	case err != nil:
		return credential{}, "its entry cannot be read"
	case !found:
		return credential{}, "has no login for Claude"
	case entry.Type == "api":
		return credential{}, "holds an API key, which is OpenCode's; set " + keyVariable + " to use one"
	case entry.Type != "oauth" && entry.Type != "":
		return credential{}, "holds a login of another kind"
	}
	c := oauthCredential(path, fromOpenCode, string(entry.Access))
	c.expires = entry.Expires.Time
	return c, ""
}

// readTokenVariable reads CLAUDE_CODE_OAUTH_TOKEN: a token that lives a year, or
// what the file of Claude Code holds.
func readTokenVariable(value string) (credential, string) {
	if !strings.HasPrefix(value, "{") {
		return oauthCredential(oauthVariable, fromVariable, value), ""
	}
	doc, err := credfile.Parse([]byte(value))
	if err != nil {
		return credential{}, "holds neither a token nor JSON"
	}
	c, reason := readClaudeCode(doc, oauthVariable)
	c.origin = fromVariable
	return c, reason
}
