package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/sdk"
)

const taskName = "task"

// taskSpec is the tool with the types that there are.
func taskSpec(types []SubagentType) sdk.ToolSpec {
	var text strings.Builder
	text.WriteString("Hand a self-contained piece of work to a subagent with a fresh context and the same folder. " +
		"It sees nothing of this conversation: put everything it must know into the prompt, and say what it should report. " +
		"You get its final answer and its session_id, with which a later call goes on where it stopped. " +
		"Up to four calls in one message run side by side. A subagent cannot start another one. The types:")
	for _, t := range types {
		fmt.Fprintf(&text, "\n- %s: %s", t.Name, cutRunes(t.Description, 500))
	}
	names, _ := json.Marshal(typeNames(types)) // strings
	return sdk.ToolSpec{
		Name: taskName, Description: text.String(),
		InputSchema: json.RawMessage(`{"type":"object","properties":{` +
			`"description":{"type":"string","description":"What the work is, in a few words, for the user"},` +
			`"prompt":{"type":"string","description":"The whole task, and what to report"},` +
			`"subagent_type":{"type":"string","enum":` + string(names) + `,"description":"Default general"},` +
			`"session_id":{"type":"string","description":"Go on with this subagent instead of a new one"},` +
			`"model":{"type":"string","description":"Another model of the same provider; usually left out"},` +
			`"max_turns":{"type":"integer","minimum":1,"description":"Default 40"}},` +
			`"required":["description","prompt"],"additionalProperties":false}`),
	}
}

type taskInput struct {
	description, prompt    string
	kind, sessionID, model string
	maxTurns               int
	unknown                []string // names of arguments that task does not have
}

// readTask reads the arguments of a call, leniently: numbers may be texts, null is
// nothing.
func readTask(input json.RawMessage) (taskInput, error) {
	var given map[string]any
	if err := json.Unmarshal(input, &given); err != nil {
		return taskInput{}, err
	}
	var in taskInput
	texts := map[string]*string{
		"description": &in.description, "prompt": &in.prompt, "subagent_type": &in.kind,
		"session_id": &in.sessionID, "model": &in.model,
	}
	var err error
	for name, value := range given {
		switch to := texts[name]; {
		case to != nil:
			text, ok := value.(string)
			if !ok && value != nil && name != "description" { // a new subagent instead would be a surprise
				err = errors.Join(err, fmt.Errorf("argument %s must be a string", name))
			}
			*to = text
		case name == "max_turns":
			turns, turnsErr := turnsOf(value)
			in.maxTurns, err = turns, errors.Join(err, turnsErr)
		default:
			in.unknown = append(in.unknown, name)
		}
	}
	slices.Sort(in.unknown)
	for _, name := range []string{"subagent_type", "session_id", "model"} {
		*texts[name] = strings.TrimSpace(*texts[name])
	}
	if err == nil && strings.TrimSpace(in.prompt) == "" {
		err = errors.New("argument prompt (string) is missing or empty")
	}
	return in, err
}

func turnsOf(value any) (int, error) {
	turns := 0.0
	switch v := value.(type) {
	case nil:
		return 0, nil
	case float64:
		turns = v
	case string:
		turns, _ = strconv.ParseFloat(strings.TrimSpace(v), 64)
	}
	if turns < 1 || turns > taskTurnsMost || turns != float64(int(turns)) {
		return 0, fmt.Errorf("argument max_turns must be a whole number from 1 to %d", taskTurnsMost)
	}
	return int(turns), nil
}

func firstNumber(numbers ...int) int {
	for _, n := range numbers {
		if n > 0 {
			return n
		}
	}
	return 0
}

func taskSummary(input json.RawMessage) string {
	in, _ := readTask(input)
	if in.kind == "" {
		return in.description
	}
	return in.kind + ": " + in.description
}
