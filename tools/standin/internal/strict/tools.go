package strict

import (
	"slices"

	"github.com/jcode-go/jcode/tools/standin/internal/check"
	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
)

var toolFields = []string{
	"type", "name", "description", "input_schema", "cache_control", "strict",
	"eager_input_streaming", "defer_loading", "allowed_callers", "input_examples",
}

func checkTools(root *jsontree.Node) *Refusal {
	n := root.Get("tools")
	if n == nil {
		return nil
	}
	if n.Kind != jsontree.Array {
		return refuse(toolsShape)
	}
	seen := map[string]bool{}
	return check.First(n.Items, func(i int, tool jsontree.Node) *Refusal {
		if r := checkTool(i, &tool); r != nil {
			return r
		}
		name := tool.Get("name").Text()
		if seen[name] {
			return refuse(toolNameDuplicate, name)
		}
		seen[name] = true
		return nil
	})
}

func checkTool(i int, n *jsontree.Node) *Refusal {
	if n.Kind != jsontree.Object {
		return refuse(toolsShape)
	}
	// Only tools that the client runs: the server has no tools of its own.
	if kind := n.Get("type"); kind != nil && kind.Text() != "custom" {
		return refuse(toolType, i, kind.Text())
	}
	if key := check.Extra(n, toolFields); key != "" {
		return refuse(toolField, i, key)
	}
	if d := n.Get("description"); d != nil && d.Kind != jsontree.String {
		return refuse(toolDescription, i)
	}
	if r := checkCacheControl(Block{Type: "tool", Node: n, path: at("tools", i)}); r != nil {
		return r
	}
	return check.FirstOf(
		func() *Refusal { return checkToolName(i, n.Get("name").Text()) },
		func() *Refusal { return checkSchema(i, n.Get("input_schema")) },
	)
}

func checkToolName(i int, name string) *Refusal {
	switch {
	case name == "":
		return refuse(toolNameMissing, i)
	case len(name) > 64:
		return refuse(toolNameLength, i)
	case !namePattern.MatchString(name):
		return refuse(toolNameCharset, i)
	}
	return nil
}

func checkSchema(i int, n *jsontree.Node) *Refusal {
	if n == nil {
		return refuse(schemaMissing, i)
	}
	if n.Get("type").Text() != "object" {
		return refuse(schemaType, i)
	}
	for _, key := range []string{"oneOf", "anyOf", "allOf"} {
		if n.Get(key) != nil {
			return refuse(schemaUnion, i)
		}
	}
	return nil
}

func checkChoice(req *Request) *Refusal {
	n := req.root.Get("tool_choice")
	if n == nil {
		return nil
	}
	kind := n.Get("type").Text()
	if !slices.Contains([]string{"auto", "any", "none", "tool"}, kind) ||
		(kind == "tool") != (n.Get("name").Text() != "") ||
		check.Extra(n, choiceFields(kind)) != "" {
		return refuse(choiceShape)
	}
	tools := req.root.Get("tools").List()
	if len(tools) == 0 && kind != "none" {
		return refuse(choiceTools)
	}
	name := n.Get("name").Text()
	if kind == "tool" && !slices.ContainsFunc(tools, func(t jsontree.Node) bool { return t.Get("name").Text() == name }) {
		return refuse(choiceUnknown, name)
	}
	if req.manual && (kind == "any" || kind == "tool") {
		return refuse(choiceThinking)
	}
	return nil
}

func choiceFields(kind string) []string {
	switch kind {
	case "none":
		return []string{"type"}
	case "tool":
		return []string{"type", "name", "disable_parallel_tool_use"}
	default:
		return []string{"type", "disable_parallel_tool_use"}
	}
}
