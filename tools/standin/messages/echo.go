package messages

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// echo answers without a scenario: it repeats what it was told, or obeys a task
// whose first line is a magic word. The README lists the words.
func echo(c *conversation, counts *stepCounts) *Step {
	line, _, _ := strings.Cut(strings.TrimSpace(c.task), "\n")
	word, rest, _ := strings.Cut(line, " ")
	if magic, ok := magicWords[word]; ok {
		step, err := magic(strings.TrimSpace(rest), c, counts)
		if err != nil {
			step = say(fmt.Sprintf("%s: %v", word, err))
		}
		step.Name = word
		return step
	}
	if len(c.results) > 0 {
		return say("result: " + c.results[len(c.results)-1].text)
	}
	return say("echo: " + c.task)
}

func say(text string) *Step {
	// A task may hold ${, which a reply would take for a template.
	text = strings.ReplaceAll(text, "${", "$${")
	return &Step{Name: "echo", Reply: &Reply{Blocks: []Block{{Type: Text, Text: text}}}}
}

func blocks(b ...Block) *Step { return &Step{Reply: &Reply{Blocks: b}} }

type magicWord func(rest string, c *conversation, counts *stepCounts) (*Step, error)

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
	return func(string, *conversation, *stepCounts) (*Step, error) {
		return blocks(Block{Type: Text, Text: "partial ", Open: true}, b), nil
	}
}

func magicText(rest string, _ *conversation, _ *stepCounts) (*Step, error) {
	sizes, flush, _ := strings.Cut(rest, " ")
	n, err := numbers(sizes, 2)
	if err != nil {
		return nil, err
	}
	flush = strings.TrimPrefix(flush, "flush=")
	if _, err := parseFlush(flush); err != nil {
		return nil, err
	}
	step := blocks(Block{Type: Text, Text: filler(n[1]), Repeat: n[0]})
	step.Reply.Flush = flush
	return step, nil
}

func magicDrip(rest string, _ *conversation, _ *stepCounts) (*Step, error) {
	n, err := numbers(rest, 3)
	if err != nil {
		return nil, err
	}
	return blocks(Block{Type: Text, Text: filler(n[1]), Repeat: n[0], DelayMS: n[2]}), nil
}

// numbers reads positive numbers joined by x.
func numbers(s string, want int) ([]int, error) {
	var all []int
	for part := range strings.SplitSeq(s, "x") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q: want %d numbers joined by x", s, want)
		}
		all = append(all, n)
	}
	if len(all) != want {
		return nil, fmt.Errorf("%q: want %d numbers joined by x", s, want)
	}
	return all, nil
}

func filler(n int) string {
	return strings.Repeat("lorem ipsum ", n/12+1)[:n]
}

func magicThinking(rest string, _ *conversation, _ *stepCounts) (*Step, error) {
	return blocks(Block{Type: Thinking, Text: "Let me think."}, Block{Type: Text, Text: rest + "."}), nil
}

func magicTool(rest string, c *conversation, _ *stepCounts) (*Step, error) {
	return toolTurns(rest, 1, 1, c)
}

func magicTools(rest string, c *conversation, _ *stepCounts) (*Step, error) {
	n, call, _ := strings.Cut(rest, " ")
	turns, err := numbers(n, 1)
	if err != nil {
		return nil, err
	}
	return toolTurns(call, turns[0], 1, c)
}

func magicParallel(rest string, c *conversation, _ *stepCounts) (*Step, error) {
	n, call, _ := strings.Cut(rest, " ")
	calls, err := numbers(n, 1)
	if err != nil {
		return nil, err
	}
	return toolTurns(call, 1, calls[0], c)
}

// toolTurns calls a tool in each of a number of turns, then reports the last
// result. In the input, @turn and @call stand for the numbers from 1.
func toolTurns(call string, turns, parallel int, c *conversation) (*Step, error) {
	if c.turn > turns {
		last := c.results[max(0, len(c.results)-1):]
		if len(last) == 0 {
			return say(fmt.Sprintf("done after %d turns", turns)), nil
		}
		return say(fmt.Sprintf("done after %d turns, last result: %s", turns, last[0].text)), nil
	}
	name, input, _ := strings.Cut(call, " ")
	if input == "" {
		input = "{}"
	}
	if name == "" || !json.Valid([]byte(input)) {
		return nil, fmt.Errorf("%q: want a tool name and a JSON object", call)
	}
	var all []Block
	for i := range parallel {
		numbered := strings.NewReplacer("@turn", strconv.Itoa(c.turn), "@call", strconv.Itoa(i+1), "${", "$${").Replace(input)
		all = append(all, Block{Type: ToolUse, Name: name, Input: json.RawMessage(numbered)})
	}
	return blocks(all...), nil
}
