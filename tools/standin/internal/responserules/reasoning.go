package responserules

import (
	"github.com/jcode-go/jcode/tools/standin/internal/check"
	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
)

const maxEncrypted = 10_485_760 // characters

// checkReasoning checks the reasoning that comes back: whole, made by this server
// for this account and model, and followed by what it led to.
func (c *Checker) checkReasoning(req *Request) *Refusal {
	return check.First(req.Items, func(i int, item Item) *Refusal {
		if item.Type != "reasoning" {
			return nil
		}
		return check.FirstOf(
			func() *Refusal { return checkSummary(item) },
			func() *Refusal { return checkThoughts(item) },
			func() *Refusal { return c.checkEncrypted(req, item) },
			func() *Refusal { return checkFollowed(req.Items, i) },
		)
	})
}

func checkSummary(item Item) *Refusal {
	n := item.Field("summary")
	if !n.Is(jsontree.Array) {
		return refuse(summaryShape, item.path+".summary", item.path)
	}
	for _, part := range n.Items {
		if part.Get("type").Text() != "summary_text" || !part.Get("text").Is(jsontree.String) {
			return refuse(summaryShape, item.path+".summary", item.path)
		}
	}
	return nil
}

func checkThoughts(item Item) *Refusal {
	n := item.Field("content")
	if !present(n) {
		return nil
	}
	for _, part := range n.List() {
		if part.Get("type").Text() != "reasoning_text" {
			return refuse(reasoningContent, item.path+".content", item.path)
		}
	}
	if n.Kind != jsontree.Array {
		return refuse(reasoningContent, item.path+".content", item.path)
	}
	return nil
}

func (c *Checker) checkEncrypted(req *Request, item Item) *Refusal {
	n := item.Field("encrypted_content")
	if !n.Is(jsontree.String) {
		return refuse(encryptedMissing, item.path+".encrypted_content", item.path)
	}
	content := n.Text()
	if len(content) > maxEncrypted {
		return refuse(encryptedLength, item.path+".encrypted_content", item.path)
	}
	ours, fits := c.Sealer.Opened(req.Account, req.Model.ID, content)
	switch {
	case !ours:
		return refuse(encryptedInvalid, "", content)
	case !fits:
		return refuse(encryptedForeign, "", content)
	}
	return nil
}

// checkFollowed: reasoning goes before the message, call or further reasoning that
// came out of it.
func checkFollowed(items []Item, i int) *Refusal {
	if i+1 < len(items) {
		switch next := items[i+1]; next.Type {
		case "reasoning", "function_call", "custom_tool_call":
			return nil
		case "message":
			if next.Role == "assistant" {
				return nil
			}
		}
	}
	name := items[i].Field("id").Text()
	if name == "" {
		name = items[i].path
	}
	return refuse(reasoningAlone, "input", name)
}
