package responserules

import "strings"

// checkPairs holds tool calls against tool outputs: every call has exactly one, of
// its kind, somewhere after it.
func checkPairs(items []Item) *Refusal {
	later := map[string]bool{}
	for _, item := range items {
		if isCall(item) {
			later[key(item)] = true
		}
	}
	called, answered := map[string]bool{}, map[string]bool{}
	for _, item := range items {
		id := item.Field("call_id").Text()
		switch {
		case isCall(item):
			if called[id] {
				return refuse(callDuplicate, "input", kindWord(item), id)
			}
			called[id] = true
			called[key(item)] = true
		case isOutput(item):
			switch {
			case !called[key(item)] && later[key(item)]:
				return refuse(outputEarly, "input", kindWord(item), id)
			case !called[key(item)]:
				return refuse(outputOrphan, "input", kindWord(item), id)
			case answered[id]:
				return refuse(outputDuplicate, "input", kindWord(item), id)
			}
			answered[id] = true
		}
	}
	for _, item := range items {
		if id := item.Field("call_id").Text(); isCall(item) && !answered[id] {
			return refuse(outputMissing, "input", kindWord(item), id)
		}
	}
	return nil
}

func isCall(item Item) bool   { return strings.HasSuffix(item.Type, "_call") }
func isOutput(item Item) bool { return strings.HasSuffix(item.Type, "_call_output") }

// key tells the ids of function calls from those of custom tools. No id can begin
// with a space.
func key(item Item) string {
	return " " + kindWord(item) + " " + item.Field("call_id").Text()
}

func kindWord(item Item) string {
	if strings.HasPrefix(item.Type, "custom") {
		return "custom tool"
	}
	return "function"
}
