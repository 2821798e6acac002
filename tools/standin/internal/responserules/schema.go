package responserules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
)

// formats are the string formats that the vendor knows.
var formats = []string{
	"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid",
}

// schemas walks through the parameters of one function.
type schemas struct {
	name   string // of the function
	param  string
	root   *jsontree.Node
	strict bool
}

func (s schemas) refuse(id ruleID, where []string, args ...any) *Refusal {
	context := "()"
	if len(where) > 0 {
		context = "('" + strings.Join(where, "', '") + "')"
	}
	return refuse(id, s.param, append([]any{s.name, context}, args...)...)
}

// checkSchema checks the parameters of a function. Left out or null, they are none.
func checkSchema(path string, tool *jsontree.Node) *Refusal {
	n := tool.Get("parameters")
	s := schemas{tool.Get("name").Text(), path + ".parameters", n, tool.Get("strict").True()}
	if !present(n) {
		return nil
	}
	if kind := n.Get("type"); kind.Text() != "object" {
		return refuse(schemaType, s.param, s.name, fmt.Sprint(orNone(kind)))
	}
	for _, key := range []string{"oneOf", "anyOf", "allOf", "enum", "not"} {
		if n.Get(key) != nil {
			return refuse(schemaUnion, s.param, s.name)
		}
	}
	return s.check(n, nil)
}

func orNone(kind *jsontree.Node) string {
	if !present(kind) {
		return "None"
	}
	return strings.Trim(string(kind.Raw), `"`)
}

// check looks at one schema and those within.
func (s schemas) check(n *jsontree.Node, where []string) *Refusal {
	switch {
	case n.Kind == jsontree.Bool:
		return s.refuse(schemaBoolean, where)
	case n.Kind != jsontree.Object:
		return s.refuse(schemaShape, where)
	case n.Get("uniqueItems") != nil:
		return s.refuse(schemaUnique, where)
	}
	if ref := n.Get("$ref"); ref != nil && !s.resolves(ref.Text()) {
		return s.refuse(schemaRef, where, ref.Text())
	}
	if f := n.Get("format"); f != nil && !slices.Contains(formats, f.Text()) {
		return s.refuse(schemaFormat, where, f.Text())
	}
	if isType(n, "array") && n.Get("items") == nil && n.Get("prefixItems") == nil {
		return s.refuse(schemaItems, where)
	}
	if isType(n, "object") && n.Get("properties") == nil && (len(where) == 0 || s.strict) {
		return s.refuse(schemaProperties, where)
	}
	if s.strict {
		if r := s.checkStrict(n, where); r != nil {
			return r
		}
	}
	return s.within(n, where)
}

func (s schemas) within(n *jsontree.Node, where []string) *Refusal {
	for _, key := range []string{"properties", "patternProperties", "$defs", "definitions"} {
		group := n.Get(key)
		if !group.Is(jsontree.Object) {
			continue
		}
		for i, name := range group.Keys {
			if r := s.check(&group.Items[i], append(slices.Clone(where), key, name)); r != nil {
				return r
			}
		}
	}
	for _, key := range []string{"anyOf", "oneOf", "allOf", "prefixItems"} {
		for i, item := range n.Get(key).List() {
			if r := s.check(&item, append(slices.Clone(where), key, fmt.Sprint(i))); r != nil {
				return r
			}
		}
	}
	if items := n.Get("items"); items != nil {
		if r := s.check(items, append(slices.Clone(where), "items")); r != nil {
			return r
		}
	}
	if more := n.Get("additionalProperties"); present(more) && more.Kind != jsontree.Bool {
		return s.check(more, append(slices.Clone(where), "additionalProperties"))
	}
	return nil
}

// isType reports whether a schema allows a type, which may be one of several.
func isType(n *jsontree.Node, kind string) bool {
	t := n.Get("type")
	return t.Text() == kind || slices.ContainsFunc(t.List(), func(i jsontree.Node) bool { return i.Text() == kind })
}

func (s schemas) resolves(ref string) bool {
	rest, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return false
	}
	n := s.root
	for part := range strings.SplitSeq(strings.TrimPrefix(rest, "/"), "/") {
		if part == "" {
			continue
		}
		if n = n.Get(strings.NewReplacer("~1", "/", "~0", "~").Replace(part)); n == nil {
			return false
		}
	}
	return true
}

// strictKeywords are those that a strict schema may not have.
var strictKeywords = []string{"default", "allOf", "oneOf", "not", "patternProperties", "dependentRequired", "if", "then", "else"}

func (s schemas) checkStrict(n *jsontree.Node, where []string) *Refusal {
	for _, key := range strictKeywords {
		if n.Get(key) != nil {
			return s.refuse(strictKeyword, where, key)
		}
	}
	if n.Get("type") == nil && n.Get("$ref") == nil && n.Get("anyOf") == nil && n.Get("enum") == nil && n.Get("const") == nil {
		return s.refuse(strictTyped, where)
	}
	if !isType(n, "object") {
		return nil
	}
	if more := n.Get("additionalProperties"); !more.Is(jsontree.Bool) || more.True() {
		return s.refuse(strictAdditional, where)
	}
	required := n.Get("required").List()
	for _, name := range n.Get("properties").Keys {
		if !slices.ContainsFunc(required, func(r jsontree.Node) bool { return r.Text() == name }) {
			return s.refuse(strictRequired, where, name)
		}
	}
	return nil
}
