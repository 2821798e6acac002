package strict

import (
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/check"
	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
)

const (
	user      = "user"
	assistant = "assistant"
)

func at(path string, i int) string { return path + "." + strconv.Itoa(i) }

func contentPath(message, block int) string {
	return at("messages."+strconv.Itoa(message)+".content", block)
}

func checkMessages(req *Request) *Refusal {
	n := req.root.Get("messages")
	switch {
	case n == nil:
		return refuse(messagesMissing)
	case n.Kind != jsontree.Array:
		return refuse(messagesShape)
	case len(n.Items) == 0:
		return refuse(messagesEmpty)
	}
	req.Messages = make([]Message, 0, len(n.Items))
	for i := range n.Items {
		if r := checkMessage(i, &n.Items[i], req); r != nil {
			return r
		}
	}
	return nil
}

func checkMessage(i int, n *jsontree.Node, req *Request) *Refusal {
	if n.Kind != jsontree.Object {
		return refuse(messageShape, i)
	}
	if key := check.Extra(n, []string{"role", "content"}); key != "" {
		return refuse(messageField, i, key)
	}
	m := readMessage(i, n)
	if r := checkRole(i, m.Role, req.Messages); r != nil {
		return r
	}
	if r := checkContent(i, n.Get("content")); r != nil {
		return r
	}
	req.Messages = append(req.Messages, m)
	return check.First(m.Blocks, func(_ int, b Block) *Refusal { return checkBlock(m.Role, b) })
}

func checkRole(i int, role string, before []Message) *Refusal {
	switch {
	case role != user && role != assistant:
		return refuse(roleInvalid, role)
	case i == 0 && role != user:
		return refuse(firstNotUser)
	case i > 0 && before[i-1].Role == role:
		return refuse(rolesAlternate, role, i)
	}
	return nil
}

func checkContent(i int, n *jsontree.Node) *Refusal {
	switch {
	case n == nil:
		return refuse(contentMissing, i)
	case n.Kind != jsontree.String && n.Kind != jsontree.Array:
		return refuse(contentShape, i)
	case n.Kind == jsontree.Array && len(n.Items) == 0, n.Kind == jsontree.String && n.Text() == "":
		return refuse(contentEmpty, i)
	}
	return nil
}

func readMessage(i int, n *jsontree.Node) Message {
	m := Message{Role: n.Get("role").Text()}
	content := n.Get("content")
	if content.Is(jsontree.String) {
		m.Blocks = []Block{{Type: "text", Text: content.Text(), path: contentPath(i, 0)}}
		return m
	}
	for j := range content.List() {
		m.Blocks = append(m.Blocks, readBlock(contentPath(i, j), &content.Items[j]))
	}
	return m
}

func readBlock(path string, n *jsontree.Node) Block {
	b := Block{Type: n.Get("type").Text(), Node: n, path: path}
	if b.Type == "text" {
		b.Text = n.Get("text").Text()
	}
	return b
}

// checkEnd refuses a conversation that ends with the assistant, unless it is a
// paused turn that is being continued.
func (c *Checker) checkEnd(req *Request) *Refusal {
	last := req.Messages[len(req.Messages)-1]
	if last.Role == user || c.Paused != nil && c.Paused(last) {
		return nil
	}
	end := last.Blocks[len(last.Blocks)-1]
	if end.Type == "text" && strings.TrimRight(end.Text, " \t\r\n") != end.Text {
		return refuse(trailingSpace)
	}
	return refuse(prefill)
}
