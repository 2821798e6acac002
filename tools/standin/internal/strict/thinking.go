package strict

import (
	"github.com/jcode-go/jcode/tools/standin/internal/check"
	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
)

const minBudget = 1024

func checkThinking(req *Request) *Refusal {
	n := req.root.Get("thinking")
	if n == nil {
		return nil
	}
	kind := n.Get("type").Text()
	switch kind {
	case "disabled":
		return nil
	case "adaptive":
		if !req.Model.Adaptive {
			return refuse(thinkingUnsupported, kind, req.Model.ID)
		}
	case "enabled":
		if !req.Model.Manual {
			return refuse(thinkingUnsupported, kind, req.Model.ID)
		}
		req.manual = true
		if r := checkBudget(req, n.Get("budget_tokens")); r != nil {
			return r
		}
	default:
		return refuse(thinkingShape)
	}
	req.Thinking = true
	return checkSampling(req.root)
}

func checkBudget(req *Request, n *jsontree.Node) *Refusal {
	budget, ok := n.Int()
	switch {
	case !ok:
		return refuse(thinkingShape)
	case budget < minBudget:
		return refuse(budgetSmall)
	case req.MaxTokens > 0 && budget >= req.MaxTokens:
		return refuse(budgetLarge)
	}
	return nil
}

func checkSampling(root *jsontree.Node) *Refusal {
	if n := root.Get("temperature"); n != nil {
		if v, _ := n.Float(); v != 1 {
			return refuse(thinkingTemperature)
		}
	}
	if n := root.Get("top_p"); n != nil {
		if v, _ := n.Float(); v < 0.95 {
			return refuse(thinkingTopP)
		}
	}
	if root.Get("top_k") != nil {
		return refuse(thinkingTopK)
	}
	return nil
}

// checkReplay holds the thinking that comes back against what was emitted, and
// demands it where a tool call of the running turn depends on it.
func (c *Checker) checkReplay(req *Request) *Refusal {
	for _, m := range req.Messages {
		if r := check.First(m.Blocks, func(_ int, b Block) *Refusal { return c.checkSigned(b) }); r != nil {
			return r
		}
	}
	if !req.Thinking {
		return nil
	}
	turn := runningTurn(req.Messages)
	return check.First(turn, func(i int, m Message) *Refusal {
		return c.checkOrder(m, i == 0 && req.manual)
	})
}

func (c *Checker) checkSigned(b Block) *Refusal {
	switch b.Type {
	case "thinking":
		signature := b.Field("signature").Text()
		if signature == "" {
			return refuse(signatureMissing, b.path)
		}
		if !c.Signer.ValidThinking(b.Field("thinking").Text(), signature) {
			return refuse(signatureInvalid, b.path)
		}
	case "redacted_thinking":
		data := b.Field("data").Text()
		if data == "" {
			return refuse(redactedMissing, b.path)
		}
		if !c.Signer.ValidRedacted(data) {
			return refuse(redactedInvalid, b.path)
		}
	}
	return nil
}

// runningTurn returns the assistant messages since the user last spoke without
// a tool result.
func runningTurn(messages []Message) []Message {
	var turn []Message
	for _, m := range messages {
		if m.Role == assistant {
			turn = append(turn, m)
		} else if m.Blocks[0].Type != "tool_result" {
			turn = turn[:0]
		}
	}
	return turn
}

// checkOrder demands a thinking block before a call that was emitted after one;
// before a call of foreign origin only when demanded.
func (c *Checker) checkOrder(m Message, demanded bool) *Refusal {
	thought := false
	for _, b := range m.Blocks {
		switch b.Type {
		case "thinking", "redacted_thinking":
			thought = true
		case "tool_use":
			after, ours := c.Signer.ReadToolID(b.Field("id").Text())
			if !thought && (after || !ours && demanded) {
				return refuse(thinkingFirst, b.path)
			}
		}
	}
	return nil
}
