package script

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Numbers reads positive numbers joined by x, as the magic words take them.
func Numbers(s string, want int) ([]int, error) {
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

// Filler is n bytes of text.
func Filler(n int) string {
	return strings.Repeat("lorem ipsum ", n/12+1)[:n]
}

// Literal keeps a template from seeing what is in text.
func Literal(text string) string { return strings.ReplaceAll(text, "${", "$${") }

// ToolTurns is what the words say that call a tool, given as a name and a JSON
// object, in each of a number of turns: the inputs of this turn's calls, or, when
// all turns are done, the text that ends them. In the input, @turn and @call stand
// for the numbers from 1.
func (t *Talk) ToolTurns(call string, turns, parallel int) (inputs []string, name, done string, err error) {
	if t.Turn > turns {
		done = fmt.Sprintf("done after %d turns", turns)
		if len(t.Results) > 0 {
			done += ", last result: " + t.Results[len(t.Results)-1].Text
		}
		return nil, "", done, nil
	}
	name, input, _ := strings.Cut(call, " ")
	if input == "" {
		input = "{}"
	}
	if name == "" || !json.Valid([]byte(input)) {
		return nil, "", "", fmt.Errorf("%q: want a tool name and a JSON object", call)
	}
	for i := range parallel {
		numbered := strings.NewReplacer("@turn", strconv.Itoa(t.Turn), "@call", strconv.Itoa(i+1)).Replace(input)
		inputs = append(inputs, Literal(numbered))
	}
	return inputs, name, "", nil
}
