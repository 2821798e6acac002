package strict

import (
	"slices"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/check"
	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
)

var countFields = []string{
	"model", "messages", "system", "tools", "tool_choice", "thinking",
	"cache_control", "output_config", "speed",
}

var topFields = append([]string{
	"max_tokens", "stream", "stop_sequences", "temperature", "top_p", "top_k",
	"metadata", "service_tier", "container", "inference_geo", "diagnostics",
}, countFields...)

func checkFields(root *jsontree.Node, counting bool) *Refusal {
	allowed := topFields
	if counting {
		allowed = countFields
	}
	if key := check.Extra(root, allowed); key != "" {
		return refuse(fieldUnknown, key)
	}
	for i, key := range root.Keys {
		if slices.Contains(root.Keys[:i], key) {
			return refuse(fieldRepeated, key)
		}
	}
	return nil
}

func checkScalars(root *jsontree.Node) *Refusal {
	if n := root.Get("stream"); n != nil && n.Kind != jsontree.Bool {
		return refuse(streamShape)
	}
	for _, f := range []struct {
		name string
		max  float64
	}{{"temperature", 1}, {"top_p", 1}, {"top_k", 1e9}} {
		n := root.Get(f.name)
		if v, ok := n.Float(); n != nil && (!ok || v < 0 || v > f.max) {
			return refuse(samplingShape, f.name)
		}
	}
	return check.FirstOf(
		func() *Refusal { return checkStops(root.Get("stop_sequences")) },
		func() *Refusal { return checkMetadata(root.Get("metadata")) },
	)
}

func checkStops(n *jsontree.Node) *Refusal {
	if n == nil {
		return nil
	}
	if n.Kind != jsontree.Array {
		return refuse(stopSequences)
	}
	for _, s := range n.Items {
		if strings.TrimSpace(s.Text()) == "" {
			return refuse(stopSequences)
		}
	}
	return nil
}

func checkMetadata(n *jsontree.Node) *Refusal {
	if n == nil {
		return nil
	}
	id := n.Get("user_id")
	if n.Kind != jsontree.Object || check.Extra(n, []string{"user_id"}) != "" || id != nil && !id.Is(jsontree.String) {
		return refuse(metadataShape)
	}
	return nil
}

func checkSystem(req *Request) *Refusal {
	n := req.root.Get("system")
	if n == nil {
		return nil
	}
	req.System = systemText(n)
	if n.Kind == jsontree.String {
		return nil
	}
	if n.Kind != jsontree.Array {
		return refuse(systemShape)
	}
	return check.First(n.Items, func(i int, item jsontree.Node) *Refusal {
		if item.Get("type").Text() != "text" {
			return refuse(systemShape)
		}
		return checkBlock("system", readBlock(at("system", i), &item))
	})
}

func systemText(n *jsontree.Node) string {
	if n.Is(jsontree.String) {
		return n.Text()
	}
	var all []string
	for _, item := range n.List() {
		all = append(all, item.Get("text").Text())
	}
	return strings.Join(all, "\n")
}
