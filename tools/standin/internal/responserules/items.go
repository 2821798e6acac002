package responserules

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/check"
	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
)

// itemKind says what a type of item may carry.
type itemKind struct {
	prefixes []string // of its id
	fields   []string // besides type, id and status
	check    func(*Request, Item) *Refusal
}

var itemKinds = map[string]itemKind{
	"message":                 {[]string{"msg"}, []string{"role", "content", "phase"}, checkMessage},
	"reasoning":               {[]string{"rs"}, []string{"summary", "content", "encrypted_content"}, nil},
	"function_call":           {[]string{"fc"}, []string{"name", "arguments", "call_id", "namespace", "caller"}, checkCall},
	"function_call_output":    {[]string{"fc", "fco"}, []string{"call_id", "output", "caller"}, checkOutput},
	"custom_tool_call":        {[]string{"ctc"}, []string{"name", "input", "call_id", "namespace", "caller"}, checkCustomCall},
	"custom_tool_call_output": {[]string{"ctc", "ctco"}, []string{"call_id", "output", "name", "caller"}, checkOutput},
}

// checkItems checks each item by itself.
func (c *Checker) checkItems(req *Request) *Refusal {
	return check.First(req.Items, func(i int, item Item) *Refusal {
		if item.Node.Kind != jsontree.Object {
			return refuse(itemShape, item.path, item.path)
		}
		if item.Type == "item_reference" && !req.Store {
			return refuse(itemNotFound, "input", item.Field("id").Text())
		}
		kind, ok := itemKinds[item.Type]
		if !ok {
			return refuse(itemType, item.path+".type", item.Type)
		}
		if key := check.Extra(item.Node, append([]string{"type", "id", "status"}, kind.fields...)); key != "" {
			return refuse(itemField, item.path+"."+key, item.path, key)
		}
		if r := c.checkID(req, i, kind.prefixes); r != nil {
			return r
		}
		if kind.check == nil {
			return nil
		}
		return kind.check(req, item)
	})
}

// checkID: nothing is kept between requests, so an id means only what comes with
// it. An item that followed reasoning must follow it again, if it names itself.
func (c *Checker) checkID(req *Request, i int, prefixes []string) *Refusal {
	item := req.Items[i]
	n := item.Field("id")
	if !present(n) {
		return nil
	}
	id := n.Text()
	prefix, _, _ := strings.Cut(id, "_")
	if !slices.Contains(prefixes, prefix) || len(id) > 64 {
		return refuse(itemID, item.path+".id", item.path, id, prefixes[0])
	}
	if req.Store {
		return nil
	}
	if item.Type == "reasoning" && !present(item.Field("encrypted_content")) {
		return refuse(itemNotFound, "input", id)
	}
	_, afterReasoning, ours := c.Sealer.ReadID(id)
	if ours && afterReasoning && item.Type != "reasoning" && (i == 0 || req.Items[i-1].Type != "reasoning") {
		return refuse(itemAlone, "input", id, item.Type)
	}
	return nil
}

func checkMessage(req *Request, item Item) *Refusal {
	switch item.Role {
	case "user", "developer", "assistant":
	case "system":
		if req.Face == ChatGPT {
			return refuse(roleSystem, item.path+".role")
		}
	default:
		return refuse(roleInvalid, item.path+".role", item.Role)
	}
	content := item.Field("content")
	switch {
	case content == nil:
		return refuse(contentMissing, item.path+".content", item.path)
	case content.Kind == jsontree.String:
		return nil
	case content.Kind != jsontree.Array:
		return refuse(contentShape, item.path+".content", item.path)
	case len(content.Items) == 0:
		return refuse(contentEmpty, item.path+".content", item.path)
	}
	return checkParts(item.path+".content", content.Items, item.Role)
}

func checkCall(_ *Request, item Item) *Refusal {
	if r := checkCallNames(item); r != nil {
		return r
	}
	arguments := item.Field("arguments")
	if !arguments.Is(jsontree.String) {
		return refuse(argumentsShape, item.path+".arguments", item.path)
	}
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(arguments.Text()), &object) != nil || object == nil {
		return refuse(argumentsJSON, item.path+".arguments", item.path)
	}
	return nil
}

func checkCustomCall(_ *Request, item Item) *Refusal {
	if r := checkCallNames(item); r != nil {
		return r
	}
	if !item.Field("input").Is(jsontree.String) {
		return refuse(customInput, item.path+".input", item.path)
	}
	return nil
}

func checkCallNames(item Item) *Refusal {
	if r := checkCallID(item); r != nil {
		return r
	}
	if !namePattern.MatchString(item.Field("name").Text()) {
		return refuse(callName, item.path+".name", item.path)
	}
	return nil
}

func checkCallID(item Item) *Refusal {
	id := item.Field("call_id").Text()
	switch {
	case id == "":
		return refuse(callIDMissing, item.path+".call_id", item.path)
	case len(id) > 64:
		return refuse(callIDLength, item.path+".call_id", item.path, len(id))
	case !wordPattern.MatchString(id):
		return refuse(callIDCharset, item.path+".call_id", item.path)
	}
	return nil
}

func checkOutput(_ *Request, item Item) *Refusal {
	if r := checkCallID(item); r != nil {
		return r
	}
	output := item.Field("output")
	if output.Is(jsontree.String) {
		return nil
	}
	if !output.Is(jsontree.Array) || len(output.Items) == 0 {
		return refuse(outputShape, item.path+".output", item.path)
	}
	return checkParts(item.path+".output", output.Items, "user")
}
