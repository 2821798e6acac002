package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// toolbox is the tools of one conversation, with task among them. The list is
// made once: vendors cache by it.
type toolbox struct {
	Tools
	specs []sdk.ToolSpec
	task  bool
}

func newToolbox(tools Tools) *toolbox {
	return (&toolbox{Tools: tools, specs: slices.Clone(tools.Specs())}).sorted()
}

func (b *toolbox) withTask(types []SubagentType) *toolbox {
	return (&toolbox{Tools: b.Tools, specs: append(slices.Clone(b.specs), taskSpec(types)), task: true}).sorted()
}

func (b *toolbox) sorted() *toolbox {
	slices.SortFunc(b.specs, func(a, b sdk.ToolSpec) int { return strings.Compare(a.Name, b.Name) })
	return b
}

// how says in which company a call may run.
type how int

const (
	alone how = iota
	besideReads
	besideTasks
)

var parallel = map[how]int{alone: 1, besideReads: 8, besideTasks: 4}

func (b *toolbox) how(call sdk.ToolCall) how {
	if b.isTask(call.Name) {
		return besideTasks
	}
	if found, ok := b.Lookup(call.Name); ok && call.Malformed == "" && found.ReadOnly(call.Input) {
		return besideReads
	}
	return alone
}

func (b *toolbox) isTask(name string) bool {
	return b.task && strings.EqualFold(strings.TrimSpace(name), taskName)
}

func (b *toolbox) summary(call sdk.ToolCall) string {
	if b.isTask(call.Name) {
		return taskSummary(call.Input)
	}
	return b.Summary(tool.Call{ID: call.ID, Name: call.Name, Input: call.Input})
}

// check returns the error result of a call that cannot run at all.
func (b *toolbox) check(call sdk.ToolCall) (tool.Result, bool) {
	if call.Malformed != "" {
		return failed(tool.CodeInvalidInput, "the arguments of %s are no JSON object: %s. Send the whole call again.", call.Name, jsonFault(call.Malformed)), false
	}
	if b.isTask(call.Name) {
		return tool.Result{}, true
	}
	if _, ok := b.Lookup(call.Name); !ok {
		names := b.Names()
		if b.task {
			names = append(slices.Clone(names), taskName)
			slices.Sort(names)
		}
		return failed(tool.CodeUnknownTool, "there is no tool %q; the tools are: %s", call.Name, strings.Join(names, ", ")), false
	}
	return tool.Result{}, true
}

// jsonFault says where JSON text breaks off.
func jsonFault(text string) string {
	var object map[string]json.RawMessage
	err := json.Unmarshal([]byte(text), &object)
	if err == nil {
		return "they could not be read"
	}
	var other *json.UnmarshalTypeError
	if errors.As(err, &other) {
		return fmt.Sprintf("they are of type %s, %q", other.Value, cutRunes(text, 40))
	}
	offset := int64(len(text))
	if syntax, ok := err.(*json.SyntaxError); ok { //nolint:errorlint // Unmarshal returns it bare
		offset = syntax.Offset
	}
	at := min(int(offset), len(text))
	return fmt.Sprintf("%v, at byte %d, after %q", err, offset, strings.ToValidUTF8(text[max(0, at-40):at], "�"))
}

// cutRunes is the start of text, at most n characters of it.
func cutRunes(text string, n int) string {
	for i := range text {
		if n--; n < 0 {
			return text[:i] + "…"
		}
	}
	return text
}

func failed(code tool.Code, format string, values ...any) tool.Result {
	text := fmt.Sprintf(format, values...)
	return tool.Result{
		Content: []sdk.Block{sdk.Text{Text: text}}, IsError: true, Code: code, Reason: text,
	}
}

// run runs one call of a tool, which may neither panic nor outlive ctx for long.
func (b *toolbox) run(ctx context.Context, call tool.Call) tool.Result {
	return within(ctx, func() tool.Result { return b.Run(ctx, call) })
}
