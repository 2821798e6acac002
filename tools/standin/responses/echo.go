package responses

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/script"
	"github.com/jcode-go/jcode/tools/standin/internal/stream"
)

// echo answers without a scenario: it repeats what it was told, or obeys a task
// whose first line is a magic word. The README lists the words.
func echo(c *script.Talk, counts *script.Counts) *Step {
	line, _, _ := strings.Cut(strings.TrimSpace(c.Task), "\n")
	word, rest, _ := strings.Cut(line, " ")
	if magic, ok := magicWords[word]; ok {
		step, err := magic(strings.TrimSpace(rest), c, counts)
		if err != nil {
			step = say(fmt.Sprintf("%s: %v", word, err))
		}
		step.Name = word
		return step
	}
	if len(c.Results) > 0 {
		return say("result: " + c.Results[len(c.Results)-1].Text)
	}
	return say("echo: " + c.Task)
}

func say(text string) *Step {
	return &Step{Name: "echo", Reply: &Reply{Items: []Item{{Type: Text, Text: script.Literal(text)}}}}
}

func items(i ...Item) *Step { return &Step{Reply: &Reply{Items: i}} }

type magicWord func(rest string, c *script.Talk, counts *script.Counts) (*Step, error)

var magicWords = map[string]magicWord{
	"@text":       magicText,
	"@drip":       magicDrip,
	"@reasoning":  magicReasoning,
	"@tool":       magicTool,
	"@tools":      magicTools,
	"@parallel":   magicParallel,
	"@custom":     magicCustom,
	"@refusal":    magicRefusal,
	"@incomplete": magicIncomplete,
	"@failed":     magicFailed,
	"@status":     magicStatus,
	"@limit":      magicLimit,
	"@error":      magicError,
	"@golden":     magicGolden,
	"@eof":        always(Item{Type: Cut}),
	"@cut":        always(Item{Type: RawBytes, Text: "event: response.output_text.delta\ndata: {\"type\":\"response.out"}, Item{Type: Cut, Abort: true}),
	"@garbage":    always(Item{Type: RawBytes, Text: "event: response.output_text.delta\ndata: {not json\n\n", Bytes: []byte{0xff, 0xfe, '\n', '\n'}}),
	"@hang":       always(Item{Type: Hang}),
}

// partial is a text that is never done.
var partial = Item{Type: Text, Text: "partial ", Open: true}

// always says a little, then does the rest.
func always(rest ...Item) magicWord {
	return func(string, *script.Talk, *script.Counts) (*Step, error) {
		return items(append([]Item{partial}, rest...)...), nil
	}
}

func magicText(rest string, _ *script.Talk, _ *script.Counts) (*Step, error) {
	sizes, flush, _ := strings.Cut(rest, " ")
	n, err := script.Numbers(sizes, 2)
	if err != nil {
		return nil, err
	}
	flush = strings.TrimPrefix(flush, "flush=")
	if _, err := stream.ParseFlush(flush); err != nil {
		return nil, err
	}
	step := items(Item{Type: Text, Text: script.Filler(n[1]), Repeat: n[0]})
	step.Reply.Flush = flush
	return step, nil
}

func magicDrip(rest string, _ *script.Talk, _ *script.Counts) (*Step, error) {
	n, err := script.Numbers(rest, 3)
	if err != nil {
		return nil, err
	}
	return items(Item{Type: Text, Text: script.Filler(n[1]), Repeat: n[0], DelayMS: n[2]}), nil
}

func magicReasoning(rest string, _ *script.Talk, _ *script.Counts) (*Step, error) {
	return items(Item{Type: Reasoning, Summary: []string{"**Thinking**\n\nLet me think."}}, Item{Type: Text, Text: script.Literal(rest) + "."}), nil
}

func magicTool(rest string, c *script.Talk, _ *script.Counts) (*Step, error) {
	return toolTurns(rest, 1, 1, c)
}

func magicTools(rest string, c *script.Talk, _ *script.Counts) (*Step, error) {
	n, call, _ := strings.Cut(rest, " ")
	turns, err := script.Numbers(n, 1)
	if err != nil {
		return nil, err
	}
	return toolTurns(call, turns[0], 1, c)
}

func magicParallel(rest string, c *script.Talk, _ *script.Counts) (*Step, error) {
	n, call, _ := strings.Cut(rest, " ")
	calls, err := script.Numbers(n, 1)
	if err != nil {
		return nil, err
	}
	return toolTurns(call, 1, calls[0], c)
}

// toolTurns reasons and calls a tool in each of a number of turns, then reports the
// last output.
func toolTurns(call string, turns, parallel int, c *script.Talk) (*Step, error) {
	inputs, name, done, err := c.ToolTurns(call, turns, parallel)
	if err != nil || done != "" {
		return say(done), err
	}
	all := []Item{{Type: Reasoning}}
	for _, input := range inputs {
		all = append(all, Item{Type: FunctionCall, Name: name, Arguments: json.RawMessage(input)})
	}
	return items(all...), nil
}

func magicCustom(rest string, c *script.Talk, _ *script.Counts) (*Step, error) {
	name, input, _ := strings.Cut(rest, " ")
	if name == "" {
		return nil, fmt.Errorf("want a tool name and its input")
	}
	if len(c.Results) > 0 {
		return say("result: " + c.Results[len(c.Results)-1].Text), nil
	}
	return items(Item{Type: CustomCall, Name: name, Text: script.Literal(input)}), nil
}
