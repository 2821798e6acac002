package session

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/jcode-go/jcode/host/internal/redact"
	"github.com/jcode-go/jcode/sdk"
)

// RedactOptions say what an export leaves out. It is a help, no guarantee.
type RedactOptions struct {
	// Secrets are values known to be secret, of the environment for example.
	Secrets []string
	// UserHome becomes "~".
	UserHome string
	// Emails are replaced too.
	Emails bool
}

// Redacted returns a copy without the secrets that can be recognised. A value that
// is recognised in one place, by the name beside it for example, is replaced
// everywhere. What only vendors read is left out: signatures, opaque reasoning.
func (t *Transcript) Redacted(options RedactOptions) *Transcript {
	hide := hider{options: options}
	known := slices.Clone(options.Secrets)
	hide.text = func(s string) string { known = append(known, redact.Found(s)...); return s }
	hide.transcript(t) // learns
	words := redact.New(known)
	hide.text = func(s string) string { return hide.home(hide.emails(words.Text(s))) }
	return hide.transcript(t)
}

// hider goes through a transcript and copies it; text is called for every string.
type hider struct {
	options RedactOptions
	text    func(string) string
}

func (h *hider) transcript(t *Transcript) *Transcript {
	out := *t
	for _, field := range []*string{&out.Title, &out.WorkingDir, &out.Path, &out.Problem} {
		*field = h.text(*field)
	}
	out.Messages = make([]sdk.Message, len(t.Messages))
	for i, message := range t.Messages {
		out.Messages[i] = sdk.Message{Role: message.Role, Blocks: h.blocks(message.Blocks)}
	}
	out.Todos = slices.Clone(t.Todos)
	for i := range out.Todos {
		out.Todos[i].Content = h.text(out.Todos[i].Content)
	}
	return &out
}

func (h *hider) blocks(blocks []sdk.Block) []sdk.Block {
	out := make([]sdk.Block, 0, len(blocks))
	for _, block := range blocks {
		out = append(out, h.block(block))
	}
	return out
}

func (h *hider) block(block sdk.Block) sdk.Block {
	switch b := block.(type) {
	case sdk.Text:
		return sdk.Text{Text: h.text(b.Text)}
	case sdk.Thinking:
		return sdk.Thinking{Text: h.text(b.Text)}
	case sdk.ToolCall:
		return sdk.ToolCall{ID: b.ID, Name: b.Name, Input: h.json(b.Input), Malformed: h.text(b.Malformed)}
	case sdk.ToolResult:
		return sdk.ToolResult{ToolCallID: b.ToolCallID, IsError: b.IsError, Content: h.blocks(b.Content)}
	case sdk.NativeTool:
		b.Input, b.Output = h.json(b.Input), h.text(b.Output)
		return b
	case sdk.Image:
		// Nothing in here can read a picture.
		return sdk.Text{Text: "[picture left out: " + b.MediaType + "]"}
	}
	return sdk.Text{Text: "[left out]"}
}

// json goes through the strings of a JSON value and leaves everything else as it
// is. The value of a key that says it is secret is replaced whole.
func (h *hider) json(raw json.RawMessage) json.RawMessage {
	if !json.Valid(raw) {
		return nil
	}
	var out bytes.Buffer
	secret := false
	for i := 0; i < len(raw); {
		if raw[i] != '"' {
			out.WriteByte(raw[i])
			i++
			continue
		}
		end := stringEnd(raw, i)
		var text string
		_ = json.Unmarshal(raw[i:end], &text) // it is valid
		isKey := bytes.HasPrefix(bytes.TrimLeft(raw[end:], " \t\r\n"), []byte(":"))
		switch {
		case isKey:
			secret = secretKey(text)
			text = h.text(text)
		case secret:
			text = h.secret(text)
			secret = false
		default:
			text = h.text(text)
		}
		encoded, _ := json.Marshal(text) // a string always can be
		out.Write(encoded)
		i = end
	}
	return out.Bytes()
}

// secret shows the value of a secret field to text as an assignment, so that it is
// recognised, here and then everywhere.
func (h *hider) secret(text string) string {
	const before, after = `SECRET="`, `"`
	text = strings.NewReplacer(`"`, "", "\n", " ").Replace(text)
	return strings.TrimSuffix(strings.TrimPrefix(h.text(before+text+after), before), after)
}

// stringEnd is the index after the string literal that begins at i.
func stringEnd(raw []byte, i int) int {
	for i++; raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i + 1
}

var secretKeys = []string{"token", "secret", "password", "passwd", "passphrase", "apikey", "privatekey", "authorization", "cookie", "credential", "credentials"}

// secretKey reports whether a field of this name holds a secret: "api_key",
// "accessToken".
func secretKey(name string) bool {
	name = strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
	return slices.ContainsFunc(secretKeys, func(end string) bool { return strings.HasSuffix(name, end) })
}

func (h *hider) home(s string) string {
	home := h.options.UserHome
	if len(home) < 2 || !strings.Contains(s, home) {
		return s
	}
	var out strings.Builder
	for {
		before, after, found := strings.Cut(s, home)
		out.WriteString(before)
		if !found {
			return out.String()
		}
		// "/home/al" is no part of "/home/alice".
		if after == "" || !nameByte(after[0]) {
			out.WriteByte('~')
		} else {
			out.WriteString(home)
		}
		s = after
	}
}

func nameByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b == '-' || b == '.' && filepath.Separator == '/'
}

var email = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\b`)
})

func (h *hider) emails(s string) string {
	if !h.options.Emails || !strings.Contains(s, "@") {
		return s
	}
	return email().ReplaceAllString(s, "[email]")
}
