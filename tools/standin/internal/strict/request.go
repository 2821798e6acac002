package strict

import (
	"errors"
	"slices"

	"github.com/jcode-go/jcode/tools/standin/internal/check"
	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
)

// Model is what the checks need to know of a model.
type Model struct {
	ID        string
	MaxOutput int64
	Manual    bool     // thinking {"type":"enabled"} is supported
	Adaptive  bool     // thinking {"type":"adaptive"} is supported
	Efforts   []string // values of output_config.effort
}

// Checker holds what a request is checked against. It is read-only in use and
// safe for concurrent requests.
type Checker struct {
	APIKey string // "" accepts any credential that is not empty
	Models func(string) (Model, bool)
	Signer Signer
	// Paused reports whether a final assistant message is one that the server
	// ended with pause_turn, which is to be sent back as it was. Nil: never.
	Paused func(Message) bool
}

// Request is an accepted request.
type Request struct {
	Model     Model
	MaxTokens int64
	Stream    bool
	Thinking  bool // thinking is enabled or adaptive
	System    string
	Messages  []Message
	Bytes     int // size of the body
	root      *jsontree.Node
	manual    bool
}

// Message is one message with its content as blocks, a plain string being one
// text block.
type Message struct {
	Role   string
	Blocks []Block
}

// Block is one content block. Node is nil for a plain string.
type Block struct {
	Type string
	Text string // of a text block
	Node *jsontree.Node
	path string
}

// Field returns a field of the block, nil when there is none.
func (b Block) Field(name string) *jsontree.Node { return b.Node.Get(name) }

// Check reads the body of a /v1/messages request, or of a count_tokens request
// when counting, and refuses the first thing that is wrong with it.
func (c *Checker) Check(body []byte, counting bool) (*Request, *Refusal) {
	root, err := jsontree.Parse(body)
	if err != nil {
		var syntax *jsontree.SyntaxError
		errors.As(err, &syntax)
		return nil, refuse(jsonInvalid, syntax.Error())
	}
	if root.Kind != jsontree.Object {
		return nil, refuse(bodyShape)
	}
	req := &Request{root: root, Bytes: len(body)}
	return req, check.FirstOf(
		func() *Refusal { return checkFields(root, counting) },
		func() *Refusal { return c.checkModel(req) },
		func() *Refusal { return checkLimits(req, counting) },
		func() *Refusal { return checkScalars(root) },
		func() *Refusal { return checkEffort(req) },
		func() *Refusal { return checkThinking(req) },
		func() *Refusal { return checkSystem(req) },
		func() *Refusal { return checkTools(root) },
		func() *Refusal { return checkChoice(req) },
		func() *Refusal { return checkMessages(req) },
		func() *Refusal { return checkPairs(req.Messages) },
		func() *Refusal { return c.checkReplay(req) },
		func() *Refusal { return c.checkEnd(req) },
		func() *Refusal { return checkBreakpoints(req) },
	)
}

// Parse reads an acceptable body without checking it, for lenient servers. What
// has the wrong shape is left out.
func Parse(body []byte) (*Request, *Refusal) {
	root, err := jsontree.Parse(body)
	if err != nil {
		return nil, refuse(jsonInvalid, err.Error())
	}
	req := &Request{root: root, Bytes: len(body), Stream: root.Get("stream").True()}
	req.Model.ID = root.Get("model").Text()
	req.MaxTokens, _ = root.Get("max_tokens").Int()
	req.System = systemText(root.Get("system"))
	for i, n := range root.Get("messages").List() {
		req.Messages = append(req.Messages, readMessage(i, &n))
	}
	return req, nil
}

func (c *Checker) checkModel(req *Request) *Refusal {
	n := req.root.Get("model")
	switch {
	case n == nil:
		return refuse(modelMissing)
	case n.Kind != jsontree.String || n.Text() == "":
		return refuse(modelShape)
	}
	m, ok := c.Models(n.Text())
	if !ok {
		return refuse(modelUnknown, n.Text())
	}
	req.Model = m
	return nil
}

func checkLimits(req *Request, counting bool) *Refusal {
	n := req.root.Get("max_tokens")
	if counting {
		return nil
	}
	if n == nil {
		return refuse(maxTokensMissing)
	}
	v, ok := n.Int()
	switch {
	case !ok:
		return refuse(maxTokensShape)
	case v < 1:
		return refuse(maxTokensSmall)
	case v > req.Model.MaxOutput:
		return refuse(maxTokensLarge, v, req.Model.MaxOutput, req.Model.ID)
	}
	req.MaxTokens = v
	req.Stream = req.root.Get("stream").True()
	return nil
}

func checkEffort(req *Request) *Refusal {
	n := req.root.Get("output_config")
	if n == nil {
		return nil
	}
	effort := n.Get("effort")
	if n.Kind != jsontree.Object || effort != nil && !slices.Contains(allEfforts, effort.Text()) {
		return refuse(outputConfig)
	}
	if effort != nil && !slices.Contains(req.Model.Efforts, effort.Text()) {
		return refuse(effortUnsupported, effort.Text(), req.Model.ID)
	}
	return nil
}

var allEfforts = []string{"low", "medium", "high", "xhigh", "max"}
