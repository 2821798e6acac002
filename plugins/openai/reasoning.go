package openai

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"sync"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

// maxEncrypted is below the vendor's limit of 10,485,760 characters for one item.
const maxEncrypted = 9_500_000

// reasoningItem is what is kept of the model's reasoning and sent back as it came.
type reasoningItem struct {
	Summary   []summaryPart `json:"summary"`
	Encrypted string        `json:"encrypted_content"`
}

type summaryPart struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// opaque is the item as it is kept: what the API wants back, without its id. It is
// nil when there is nothing that could be sent back.
func (r reasoningItem) opaque() []byte {
	if r.Encrypted == "" || len(r.Encrypted) > maxEncrypted {
		return nil
	}
	b := []byte(`{"type":"reasoning","summary":[`)
	for i, part := range r.Summary {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"type":"summary_text"`...)
		b = wirejson.AppendField(b, "text", part.Text)
		b = append(b, '}')
	}
	b = append(b, ']')
	b = wirejson.AppendField(b, "encrypted_content", r.Encrypted)
	return append(b, '}')
}

// summary is the text for people.
func (r reasoningItem) summary() string {
	texts := make([]string, 0, len(r.Summary))
	for _, part := range r.Summary {
		texts = append(texts, part.Text)
	}
	return strings.Join(texts, paragraph)
}

// paragraph parts the pieces of a summary.
const paragraph = "\n\n"

// replayed returns the item of a thinking block that may go back: one of the same
// account and model, for only they can read it.
func replayed(b sdk.Thinking, origin string) (string, bool) {
	if len(b.Opaque) == 0 || b.Origin != origin {
		return "", false
	}
	var wire struct{ Type string }
	if json.Unmarshal(b.Opaque, &wire) != nil || wire.Type != "reasoning" {
		return "", false
	}
	return string(b.Opaque), true
}

// originOf names who can read a piece of reasoning, without naming the account.
func originOf(c credential, at endpoint, model string) string {
	account := c.accountID
	if c.mode == modeKey {
		account = at.Name + "\n" + c.secret.Reveal()
	}
	sum := sha256.Sum256([]byte(account))
	return hex.EncodeToString(sum[:6]) + "/" + family(model)
}

var dated = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`-\d{4}-\d{2}-\d{2}$`)
})

// family is a model's name without the date of its snapshot.
func family(model string) string { return dated().ReplaceAllString(model, "") }
