package strict

import (
	"github.com/jcode-go/jcode/tools/standin/internal/check"
	"github.com/jcode-go/jcode/tools/standin/internal/jsontree"
)

const maxBreakpoints = 4

func checkCacheControl(b Block) *Refusal {
	n := b.Field("cache_control")
	if n == nil || n.Kind == jsontree.Null {
		return nil
	}
	if b.Type == "thinking" || b.Type == "redacted_thinking" {
		return refuse(cacheThinking, b.path)
	}
	if n.Get("type").Text() != "ephemeral" || check.Extra(n, []string{"type", "ttl"}) != "" {
		return refuse(cacheShape, b.path)
	}
	if ttl := n.Get("ttl"); ttl != nil && ttl.Text() != "5m" && ttl.Text() != "1h" {
		return refuse(cacheTTL, b.path)
	}
	return nil
}

// breakpoint is one cache_control in the order in which the prompt is cached.
type breakpoint struct {
	path string
	long bool
}

func checkBreakpoints(req *Request) *Refusal {
	points := breakpoints(req)
	if len(points) > maxBreakpoints {
		return refuse(cacheMany, len(points))
	}
	short := false
	for _, p := range points {
		if p.long && short {
			return refuse(cacheOrder, p.path)
		}
		short = short || !p.long
	}
	return nil
}

// breakpoints lists them in prefix order: tools, system, messages.
func breakpoints(req *Request) []breakpoint {
	var points []breakpoint
	add := func(path string, n *jsontree.Node) {
		if cc := n.Get("cache_control"); cc.Is(jsontree.Object) {
			points = append(points, breakpoint{path, cc.Get("ttl").Text() == "1h"})
		}
	}
	for i, tool := range req.root.Get("tools").List() {
		add(at("tools", i), &tool)
	}
	for i, block := range req.root.Get("system").List() {
		add(at("system", i), &block)
	}
	for _, m := range req.Messages {
		for _, b := range m.Blocks {
			add(b.path, b.Node)
			for i, inner := range b.Field("content").List() {
				add(at(b.path+".content", i), &inner)
			}
		}
	}
	return points
}
