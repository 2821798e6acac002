package openai

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk/credfile"
)

// claims are what a token says of its account. Nothing is verified: the vendor
// does that, and these only choose headers and labels.
type claims struct {
	Issuer  credfile.Text `json:"iss"`
	Expires float64       `json:"exp"`
	Email   credfile.Text `json:"email"`
	Profile struct {
		Email credfile.Text `json:"email"`
	} `json:"https://api.openai.com/profile"`
	Auth struct {
		AccountID credfile.Text `json:"chatgpt_account_id"`
		Plan      credfile.Text `json:"chatgpt_plan_type"`
		FedRAMP   bool          `json:"chatgpt_account_is_fedramp"`
	} `json:"https://api.openai.com/auth"`
}

// parseClaims reads the middle part of a JWT; ok is false for any other text.
func parseClaims(token string) (claims, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims{}, false
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return claims{}, false
	}
	var c claims
	if json.Unmarshal(text, &c) == nil {
		return c, true
	}
	// One claim of another type must not hide the others.
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) != nil {
		return claims{}, false
	}
	for name, raw := range fields {
		one, _ := json.Marshal(map[string]json.RawMessage{name: raw}) // it was parsed
		_ = json.Unmarshal(one, &c)                                   // what does not fit is absent
	}
	return c, true
}

// expiry is zero when the token does not say.
func (c claims) expiry() time.Time {
	if c.Expires <= 0 || c.Expires > 1e12 {
		return time.Time{}
	}
	return time.Unix(int64(c.Expires), 0)
}

func (c claims) email() string { return firstOf(string(c.Email), string(c.Profile.Email)) }

// planOf is the vendor's name of a plan, without its code names.
func planOf(name string) string {
	switch name = strings.ToLower(strings.TrimSpace(name)); name {
	case "hc":
		return "enterprise"
	case "education":
		return "edu"
	}
	return name
}
