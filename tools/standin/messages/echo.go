package messages

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/script"
	"github.com/jcode-go/jcode/tools/standin/internal/stream"
)

// echo answers without a scenario: it repeats what it was told, or obeys a task
// whose first line is a magic word. The README lists the words.
func echo(c *echoed, counts *script.Counts) *Step {
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
	return &Step{Name: "echo", Reply: &Reply{Blocks: []Block{{Type: Text, Text: script.Literal(text)}}}}
}

func blocks(b ...Block) *Step { return &Step{Reply: &Reply{Blocks: b}} }

type magicWord func(rest string, c *echoed, counts *script.Counts) (*Step, error)

var magicWords = map[string]magicWord{
	"@text":     magicText,
	"@drip":     magicDrip,
	"@thinking": magicThinking,
	"@tool":     magicTool,
	"@tools":    magicTools,
	"@parallel": magicParallel,
	"@status":   magicStatus,
	"@error":    magicError,
	"@stop":     magicStop,
	"@golden":   magicGolden,
	"@eof":      always(Block{Type: Cut}),
	"@cut":      always(Block{Type: Cut, Abort: true}),
	"@garbage":  always(Block{Type: RawBytes, Text: "event: content_block_delta\ndata: {not json\n\n", Bytes: []byte{0xff, 0xfe, '\n', '\n'}}),
	"@hang":     always(Block{Type: Hang}),
}

// always says a little, then does b.
func always(b Block) magicWord {
	return func(string, *echoed, *script.Counts) (*Step, error) {
		return blocks(Block{Type: Text, Text: "partial ", Open: true}, b), nil
	}
}

func magicText(rest string, _ *echoed, _ *script.Counts) (*Step, error) {
	sizes, flush, _ := strings.Cut(rest, " ")
	n, err := script.Numbers(sizes, 2)
	if err != nil {
		return nil, err
	}
	flush = strings.TrimPrefix(flush, "flush=")
	if _, err := stream.ParseFlush(flush); err != nil {
		return nil, err
	}
	step := blocks(Block{Type: Text, Text: script.Filler(n[1]), Repeat: n[0]})
	step.Reply.Flush = flush
	return step, nil
}

func magicDrip(rest string, _ *echoed, _ *script.Counts) (*Step, error) {
	n, err := script.Numbers(rest, 3)
	if err != nil {
		return nil, err
	}
	return blocks(Block{Type: Text, Text: script.Filler(n[1]), Repeat: n[0], DelayMS: n[2]}), nil
}

func magicThinking(rest string, _ *echoed, _ *script.Counts) (*Step, error) {
	return blocks(Block{Type: Thinking, Text: "Let me think."}, Block{Type: Text, Text: rest + "."}), nil
}

func magicTool(rest string, c *echoed, _ *script.Counts) (*Step, error) {
	return toolTurns(rest, 1, 1, c)
}

func magicTools(rest string, c *echoed, _ *script.Counts) (*Step, error) {
	n, call, _ := strings.Cut(rest, " ")
	turns, err := script.Numbers(n, 1)
	if err != nil {
		return nil, err
	}
	return toolTurns(call, turns[0], 1, c)
}

func magicParallel(rest string, c *echoed, _ *script.Counts) (*Step, error) {
	n, call, _ := strings.Cut(rest, " ")
	calls, err := script.Numbers(n, 1)
	if err != nil {
		return nil, err
	}
	return toolTurns(call, 1, calls[0], c)
}

// toolTurns calls a tool in each of a number of turns, then reports the last
// result.
func toolTurns(call string, turns, parallel int, c *echoed) (*Step, error) {
	inputs, name, done, err := c.ToolTurns(call, turns, parallel)
	if err != nil || done != "" {
		return say(done), err
	}
	var all []Block
	for _, input := range inputs {
		all = append(all, Block{Type: ToolUse, Name: name, Input: json.RawMessage(input)})
	}
	return blocks(all...), nil
}
