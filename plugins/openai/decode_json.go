package openai

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/sdk/credfile"
)

// The API's events as far as they are read. Fields that name the same thing in
// different events share a place.
type wireEvent struct {
	Type         string          `json:"type"`
	ItemID       string          `json:"item_id"`
	OutputIndex  *int            `json:"output_index"`
	SummaryIndex int             `json:"summary_index"`
	Delta        string          `json:"delta"`
	Arguments    string          `json:"arguments"`
	Input        string          `json:"input"`
	Item         *wireItem       `json:"item"`
	Response     *wireResponse   `json:"response"`
	Error        json.RawMessage `json:"error"`
	Code         credfile.Text   `json:"code"`
	Message      credfile.Text   `json:"message"`
	RateLimits   *wireLimits     `json:"rate_limits"`
}

type wireItem struct {
	Type      string     `json:"type"`
	ID        string     `json:"id"`
	CallID    string     `json:"call_id"`
	Name      string     `json:"name"`
	Arguments string     `json:"arguments"`
	Input     string     `json:"input"`
	Content   []wirePart `json:"content"`
	reasoningItem
}

type wirePart struct {
	Type    string `json:"type"`
	Text    string `json:"text"`
	Refusal string `json:"refusal"`
}

type wireResponse struct {
	ID         string     `json:"id"`
	Model      string     `json:"model"`
	Status     string     `json:"status"`
	Output     []wireItem `json:"output"`
	Usage      *wireUsage `json:"usage"`
	Incomplete struct {
		Reason string `json:"reason"`
	} `json:"incomplete_details"`
	Error json.RawMessage `json:"error"`
}

type wireUsage struct {
	Input        int64 `json:"input_tokens"`
	Output       int64 `json:"output_tokens"`
	InputDetails struct {
		Cached     int64 `json:"cached_tokens"`
		CacheWrite int64 `json:"cache_write_tokens"`
	} `json:"input_tokens_details"`
	OutputDetails struct {
		Reasoning int64 `json:"reasoning_tokens"`
	} `json:"output_tokens_details"`
}

// wireLimits is how full the windows of a ChatGPT plan are.
type wireLimits struct {
	Primary   *wireWindow `json:"primary"`
	Secondary *wireWindow `json:"secondary"`
}

type wireWindow struct {
	UsedPercent   number `json:"used_percent"`
	WindowMinutes number `json:"window_minutes"`
	ResetAt       number `json:"reset_at"`
	ResetsAt      number `json:"resets_at"`
}

// number is one that may be in quotes, or absent.
type number struct {
	value float64
	set   bool
}

// UnmarshalJSON never fails: what is no number is absent.
func (n *number) UnmarshalJSON(data []byte) error {
	value, err := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	*n = number{value, err == nil}
	return nil
}

// text is what an item of type message says.
func (i *wireItem) text() (text string, refused bool) {
	var out strings.Builder
	for _, part := range i.Content {
		switch part.Type {
		case "output_text", "text":
			out.WriteString(part.Text)
		case "refusal":
			out.WriteString(part.Refusal)
			refused = true
		}
	}
	return out.String(), refused
}

// reasoningText is the reasoning itself, which open models show.
func (i *wireItem) reasoningText() string {
	var out strings.Builder
	for _, part := range i.Content {
		if part.Type == "reasoning_text" {
			out.WriteString(part.Text)
		}
	}
	return out.String()
}
