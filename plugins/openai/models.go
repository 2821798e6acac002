package openai

import (
	"slices"
	"strings"

	"github.com/jcode-go/jcode/sdk"
)

// listedModel is one entry of a catalog, in the form that is cached.
type listedModel struct {
	ID            string   `json:"id"`
	DisplayName   string   `json:"display_name,omitempty"`
	ContextTokens int      `json:"context_tokens,omitempty"`
	Modalities    []string `json:"modalities,omitempty"`
	Efforts       []string `json:"efforts,omitempty"`
	// Serial says that it makes one tool call at a time.
	Serial bool `json:"serial,omitempty"`
	// Hidden says that the vendor does not show it to people.
	Hidden bool `json:"hidden,omitempty"`
}

// takes reports whether the model may have an effort: yes where nothing is known.
func (m *listedModel) takes(effort string) bool {
	return m == nil || len(m.Efforts) == 0 || slices.Contains(m.Efforts, effort)
}

// allEfforts are the vendor's words, weakest first.
var allEfforts = []string{"none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"}

// weakest is the least effort that the model has; empty where nothing is known.
func (m *listedModel) weakest() string {
	if m == nil {
		return ""
	}
	for _, effort := range allEfforts {
		if slices.Contains(m.Efforts, effort) {
			return effort
		}
	}
	return ""
}

func (m *listedModel) parallel() bool { return m == nil || !m.Serial }

func (m listedModel) model() sdk.Model {
	return sdk.Model{
		ID: m.ID, DisplayName: m.DisplayName, ContextTokens: m.ContextTokens, InputModalities: m.Modalities, Efforts: m.Efforts,
	}
}

// plainModels are families of the public API that do not reason: they refuse the
// fields for it. What is not known does reason, and the refusal is learnt from.
var plainModels = []string{"gpt-3", "gpt-4", "chatgpt-4", "davinci", "babbage", "computer-use"}

// reasons reports whether the request asks for reasoning.
func (t *turn) reasons() bool {
	if t.mode == modeChatGPT {
		return true
	}
	return !slices.ContainsFunc(plainModels, func(prefix string) bool { return strings.HasPrefix(t.model, prefix) })
}

// otherUses are families of the public API's list that hold no conversation.
var otherUses = []string{
	"whisper", "tts", "dall-e", "embedding", "moderation", "image", "audio", "realtime", "transcribe", "sora",
	"babbage", "davinci", "instruct", "search-api",
}

func conversational(id string) bool {
	return !slices.ContainsFunc(otherUses, func(word string) bool { return strings.Contains(id, word) })
}

func join(words []string) string { return strings.Join(words, ", ") }
