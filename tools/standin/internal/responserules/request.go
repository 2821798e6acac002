package responserules

import (
	"errors"

	"github.com/jcode-go/jcode/tools/standin/internal/check"
	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
)

// Model is what the checks need to know of a model.
type Model struct {
	ID        string
	Reasoning bool     // takes the parameter reasoning, and no sampling parameters
	Efforts   []string // values of reasoning.effort
}

// Checker holds what a request is checked against. It is read-only in use and
// safe for concurrent requests.
type Checker struct {
	APIKey string // the one key of the platform; "" accepts any that is not empty
	// Account knows the tokens of logins; nil accepts any that is not empty, from
	// the account that the header names.
	Account func(token string) Account
	Models  func(Face, string) (Model, bool)
	Sealer  Sealer
}

// Request is an accepted request.
type Request struct {
	Face         Face
	Account      string
	Model        Model
	Instructions string
	Stream       bool
	Store        bool
	Encrypted    bool // reasoning is to come with its encrypted content
	Parallel     bool
	Effort       string
	Items        []Item
	Bytes        int // size of the body

	root  *jsontree.Node
	tools map[string]bool
}

// Item is one item of the input. A plain string as input is one user message.
type Item struct {
	Type string // message when it has a role alone
	Role string // of a message
	Node *jsontree.Node
	path string
}

// Field returns a field of the item, nil when there is none.
func (i Item) Field(name string) *jsontree.Node { return i.Node.Get(name) }

// Check reads the body of a request and refuses the first thing that is wrong.
func (c *Checker) Check(face Face, account string, body []byte) (*Request, *Refusal) {
	req, refusal := parse(body)
	if refusal != nil {
		return nil, refusal
	}
	req.Face, req.Account = face, account
	return req, check.FirstOf(
		func() *Refusal { return checkParameters(req) },
		func() *Refusal { return c.checkModel(req) },
		func() *Refusal { return checkSwitches(req) },
		func() *Refusal { return checkInstructions(req) },
		func() *Refusal { return checkOptions(req) },
		func() *Refusal { return checkReasoningOptions(req) },
		func() *Refusal { return checkTools(req) },
		func() *Refusal { return checkChoice(req) },
		func() *Refusal { return checkInput(req) },
		func() *Refusal { return c.checkItems(req) },
		func() *Refusal { return c.checkReasoning(req) },
		func() *Refusal { return checkPairs(req.Items) },
	)
}

// Parse reads an acceptable body without checking it, for lenient servers. What
// has the wrong shape is left out.
func Parse(face Face, account string, body []byte) (*Request, *Refusal) {
	req, refusal := parse(body)
	if refusal != nil {
		return nil, refusal
	}
	req.Face, req.Account = face, account
	req.Model.ID = req.root.Get("model").Text()
	req.Instructions = req.root.Get("instructions").Text()
	req.Effort = req.root.Get("reasoning").Get("effort").Text()
	req.Stream = req.root.Get("stream").True()
	req.Encrypted = true
	_ = checkInput(req) // what is no item is none
	return req, nil
}

func parse(body []byte) (*Request, *Refusal) {
	root, err := jsontree.Parse(body)
	if err != nil {
		var syntax *jsontree.SyntaxError
		errors.As(err, &syntax)
		return nil, refuse(jsonInvalid, "", syntax.Error())
	}
	if root.Kind != jsontree.Object {
		return nil, refuse(bodyShape, "")
	}
	return &Request{root: root, Bytes: len(body)}, nil
}

func (c *Checker) checkModel(req *Request) *Refusal {
	n := req.root.Get("model")
	switch {
	case n == nil:
		return refuse(modelMissing, "model")
	case n.Kind != jsontree.String || n.Text() == "":
		return refuse(modelShape, "model")
	}
	m, ok := c.Models(req.Face, n.Text())
	if !ok && req.Face == ChatGPT {
		return refuse(modelForeign, "model", n.Text())
	}
	if !ok {
		return refuse(modelUnknown, "model", n.Text())
	}
	req.Model = m
	return nil
}

// checkInput reads the items; what they hold is looked at later.
func checkInput(req *Request) *Refusal {
	n := req.root.Get("input")
	switch {
	case n == nil:
		return refuse(inputMissing, "input")
	case n.Kind == jsontree.String && req.Face == ChatGPT:
		return refuse(inputString, "input")
	case n.Kind == jsontree.String:
		req.Items = []Item{{Type: "message", Role: "user", Node: &jsontree.Node{
			Kind: jsontree.Object, Keys: []string{"role", "content"}, Items: []jsontree.Node{{}, *n},
		}, path: "input"}}
		return nil
	case n.Kind != jsontree.Array:
		return refuse(inputShape, "input")
	case len(n.Items) == 0:
		return refuse(inputEmpty, "input")
	}
	for i := range n.Items {
		item := Item{Type: n.Items[i].Get("type").Text(), Node: &n.Items[i], path: at("input", i)}
		item.Role = item.Field("role").Text()
		if item.Type == "" && item.Role != "" {
			item.Type = "message"
		}
		req.Items = append(req.Items, item)
	}
	return nil
}

// CacheKey is the prompt_cache_key, "" when there is none.
func (r *Request) CacheKey() string { return r.root.Get("prompt_cache_key").Text() }
