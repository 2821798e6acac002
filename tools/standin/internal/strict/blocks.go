package strict

import (
	"regexp"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/check"
	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
)

// blockKind says where a type of block may stand and what it may carry.
type blockKind struct {
	roles  []string // also "system" and "tool_result" for their inner blocks
	fields []string // besides type; nil leaves the fields unchecked
	check  func(Block) *Refusal
}

var blockKinds = map[string]blockKind{
	"text":              {[]string{user, assistant, "system", "tool_result"}, []string{"text", "cache_control", "citations"}, checkText},
	"image":             {[]string{user, "tool_result"}, []string{"source", "cache_control", "transformations"}, checkImage},
	"document":          {[]string{user, "tool_result"}, nil, nil},
	"search_result":     {[]string{user, "tool_result"}, nil, nil},
	"tool_reference":    {[]string{"tool_result"}, nil, nil},
	"container_upload":  {[]string{user}, nil, nil},
	"thinking":          {[]string{assistant}, []string{"thinking", "signature", "cache_control"}, nil},
	"redacted_thinking": {[]string{assistant}, []string{"data", "cache_control"}, nil},
	"tool_use":          {[]string{assistant}, []string{"id", "name", "input", "cache_control", "caller", "toolset_name"}, checkToolUse},
	"tool_result":       {[]string{user}, []string{"tool_use_id", "content", "is_error", "cache_control", "toolset_name"}, nil},
	"server_tool_use":   {[]string{assistant}, nil, nil},

	"web_search_tool_result":                 {[]string{assistant}, nil, nil},
	"web_fetch_tool_result":                  {[]string{assistant}, nil, nil},
	"code_execution_tool_result":             {[]string{assistant}, nil, nil},
	"bash_code_execution_tool_result":        {[]string{assistant}, nil, nil},
	"text_editor_code_execution_tool_result": {[]string{assistant}, nil, nil},
	"tool_search_tool_result":                {[]string{assistant}, nil, nil},
}

// checkBlock checks one block that stands in place, a role or "system" or
// "tool_result".
func checkBlock(place string, b Block) *Refusal {
	if b.Node != nil {
		if r := checkKind(place, b); r != nil {
			return r
		}
	}
	if r := checkCacheControl(b); r != nil {
		return r
	}
	if b.Type == "tool_result" {
		return checkResult(b)
	}
	if check := blockKinds[b.Type].check; check != nil {
		return check(b)
	}
	return nil
}

func checkKind(place string, b Block) *Refusal {
	if b.Node.Kind != jsontree.Object {
		return refuse(blockShape, b.path)
	}
	if b.Type == "" {
		return refuse(blockType, b.path)
	}
	kind, ok := blockKinds[b.Type]
	if !ok {
		return refuse(blockUnknown, b.path, b.Type)
	}
	if !slices.Contains(kind.roles, place) {
		return refuse(blockRole, b.path, b.Type, place)
	}
	if kind.fields == nil {
		return nil
	}
	if key := check.Extra(b.Node, append([]string{"type"}, kind.fields...)); key != "" {
		return refuse(blockField, b.path, key)
	}
	return nil
}

func checkText(b Block) *Refusal {
	switch {
	case b.Node != nil && !b.Field("text").Is(jsontree.String):
		return refuse(textMissing, b.path)
	case b.Text == "" && b.Field("cache_control") != nil:
		return refuse(cacheEmpty, b.path)
	case b.Text == "":
		return refuse(textEmpty, b.path)
	case strings.TrimSpace(b.Text) == "":
		return refuse(textBlank, b.path)
	}
	return nil
}

var (
	idPattern   = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)
	namePattern = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)
)

func checkToolUse(b Block) *Refusal {
	switch {
	case !idPattern.MatchString(b.Field("id").Text()):
		return refuse(toolUseID, b.path)
	case !namePattern.MatchString(b.Field("name").Text()):
		return refuse(toolUseName, b.path)
	case !b.Field("input").Is(jsontree.Object):
		return refuse(toolUseInput, b.path)
	}
	return nil
}

func checkResult(b Block) *Refusal {
	if !b.Field("tool_use_id").Is(jsontree.String) {
		return refuse(resultShape, b.path, "tool_use_id")
	}
	isError := b.Field("is_error")
	if isError != nil && !isError.Is(jsontree.Bool) {
		return refuse(resultShape, b.path, "is_error")
	}
	content := b.Field("content")
	if content == nil || content.Kind == jsontree.String {
		return nil // both may be empty: a tool may have nothing to say
	}
	if content.Kind != jsontree.Array {
		return refuse(resultShape, b.path, "content")
	}
	return check.First(content.Items, func(i int, item jsontree.Node) *Refusal {
		if isError.True() && item.Get("type").Text() != "text" {
			return refuse(resultError, b.path)
		}
		return checkBlock("tool_result", readBlock(at(b.path+".tool_result.content", i), &item))
	})
}
