package responserules

import (
	"regexp"
	"slices"

	"github.com/jcode-go/jcode/tools/standin/internal/check"
	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
)

var (
	wordPattern = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)
	namePattern = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)
)

var toolFields = map[string][]string{
	"function": {"type", "name", "description", "parameters", "strict", "defer_loading"},
	"custom":   {"type", "name", "description", "format", "defer_loading"},
}

func checkTools(req *Request) *Refusal {
	n := req.root.Get("tools")
	req.tools = map[string]bool{}
	if !present(n) {
		return nil
	}
	if n.Kind != jsontree.Array {
		return refuse(toolsShape, "tools")
	}
	return check.First(n.Items, func(i int, tool jsontree.Node) *Refusal {
		path := at("tools", i)
		if r := checkTool(path, &tool); r != nil {
			return r
		}
		name := tool.Get("name").Text()
		if req.tools[name] {
			return refuse(toolNameDuplicate, path+".name", name)
		}
		req.tools[name] = true
		return nil
	})
}

func checkTool(path string, n *jsontree.Node) *Refusal {
	if n.Kind != jsontree.Object {
		return refuse(toolsShape, path)
	}
	kind := n.Get("type").Text()
	fields, ok := toolFields[kind]
	switch {
	case !ok: // only tools that the client runs: the server has none of its own
		return refuse(toolType, path+".type", kind)
	case n.Get("function") != nil || n.Get("custom") != nil: // as in Chat Completions
		return refuse(toolNested, path+".name", path)
	}
	if key := check.Extra(n, fields); key != "" {
		return refuse(toolField, path+"."+key, path, key)
	}
	if d := n.Get("description"); present(d) && d.Kind != jsontree.String {
		return refuse(toolDescription, path+".description", path)
	}
	if r := checkToolName(path, n.Get("name").Text()); r != nil {
		return r
	}
	if kind == "custom" {
		return checkFormat(path, n.Get("format"))
	}
	if s := n.Get("strict"); present(s) && s.Kind != jsontree.Bool {
		return refuse(toolStrictShape, path+".strict", path)
	}
	return checkSchema(path, n)
}

func checkToolName(path, name string) *Refusal {
	switch {
	case name == "":
		return refuse(toolNameMissing, path+".name", path)
	case len(name) > 64:
		return refuse(toolNameLength, path+".name", path, len(name))
	case !wordPattern.MatchString(name):
		return refuse(toolNameCharset, path+".name", path)
	}
	return nil
}

func checkFormat(path string, n *jsontree.Node) *Refusal {
	kind := n.Get("type").Text()
	grammar := kind == "grammar" && n.Get("definition").Is(jsontree.String) &&
		slices.Contains([]string{"lark", "regex"}, n.Get("syntax").Text())
	if present(n) && kind != "text" && !grammar {
		return refuse(toolFormat, path+".format", path)
	}
	return nil
}

func checkChoice(req *Request) *Refusal {
	n := req.root.Get("tool_choice")
	if !present(n) {
		return nil
	}
	kind := n.Text()
	if n.Kind == jsontree.Object {
		kind = n.Get("name").Text()
		if !slices.Contains([]string{"function", "custom"}, n.Get("type").Text()) || kind == "" ||
			check.Extra(n, []string{"type", "name"}) != "" {
			return refuse(choiceShape, "tool_choice")
		}
		if !req.tools[kind] {
			return refuse(choiceUnknown, "tool_choice", kind)
		}
		return nil
	}
	if !slices.Contains([]string{"none", "auto", "required"}, kind) {
		return refuse(choiceShape, "tool_choice")
	}
	if kind == "required" && len(req.tools) == 0 {
		return refuse(choiceTools, "tool_choice", kind)
	}
	return nil
}
