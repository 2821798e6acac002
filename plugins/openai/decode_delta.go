package openai

import (
	"strconv"

	"github.com/jcode-go/jcode/sdk/wirejson"
)

// parseDelta reads the events that there are thousands of: flat objects, in
// whatever order of their keys. Anything that is not plainly one of them is not ok
// and takes the long way.
func parseDelta(data []byte) (e wireEvent, ok bool) {
	fine := true
	flat := wirejson.Flat(data, func(key, value []byte) {
		switch string(key) {
		case "type":
			e.Type = deltaTypes[string(value)]
		case "item_id":
			e.ItemID, ok = wirejson.Text(value)
			fine = fine && ok
		case "output_index", "summary_index":
			n, err := strconv.Atoi(string(value))
			fine = fine && err == nil
			if key[0] == 'o' {
				e.OutputIndex = &n
			} else {
				e.SummaryIndex = n
			}
		case "delta":
			e.Delta, ok = wirejson.Text(value)
			fine = fine && ok
		}
	})
	return e, flat && fine && e.Type != ""
}

// deltaTypes are the events in question, by their name in quotes.
var deltaTypes = map[string]string{
	`"response.output_text.delta"`:             "response.output_text.delta",
	`"response.reasoning_summary_text.delta"`:  "response.reasoning_summary_text.delta",
	`"response.reasoning_text.delta"`:          "response.reasoning_text.delta",
	`"response.function_call_arguments.delta"`: "response.function_call_arguments.delta",
	`"response.custom_tool_call_input.delta"`:  "response.custom_tool_call_input.delta",
}
