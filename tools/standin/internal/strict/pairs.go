package strict

import (
	"slices"
	"strings"
)

// checkPairs holds tool calls against tool results: every call is answered in
// the very next message, first in its content and exactly once.
func checkPairs(messages []Message) *Refusal {
	seen := map[string]bool{}
	var open []string // calls of the previous message
	for i, m := range messages {
		var r *Refusal
		if m.Role == user {
			r = checkAnswers(i, m, open)
			open = nil
		} else {
			open, r = calls(m, seen)
		}
		if r != nil {
			return r
		}
	}
	if len(open) > 0 {
		return refuse(resultMissing, len(messages)-1, strings.Join(open, ", "))
	}
	return nil
}

func calls(m Message, seen map[string]bool) ([]string, *Refusal) {
	var ids []string
	for _, b := range m.Blocks {
		if b.Type != "tool_use" {
			continue
		}
		id := b.Field("id").Text()
		if seen[id] {
			return nil, refuse(toolUseDuplicate, id)
		}
		seen[id] = true
		ids = append(ids, id)
	}
	return ids, nil
}

func checkAnswers(i int, m Message, open []string) *Refusal {
	answered := map[string]bool{}
	other := false
	for _, b := range m.Blocks {
		if b.Type != "tool_result" {
			other = true
			continue
		}
		id := b.Field("tool_use_id").Text()
		switch {
		case !slices.Contains(open, id):
			return refuse(resultOrphan, b.path, id)
		case answered[id]:
			return refuse(resultDuplicate, b.path, id)
		case other:
			return refuse(resultOrder, b.path)
		}
		answered[id] = true
	}
	missing := slices.DeleteFunc(slices.Clone(open), func(id string) bool { return answered[id] })
	if len(missing) > 0 {
		return refuse(resultMissing, i-1, strings.Join(missing, ", "))
	}
	return nil
}
