package claude

import (
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/toolspec"
	"github.com/jcode-go/jcode/sdk/transcript"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

// turn is what a request is built from, besides the transcript.
type turn struct {
	request  *sdk.Request
	model    model
	contract contract
	// maxTokens is the model's limit where it is known, else 0.
	maxTokens int
	names     *toolspec.Names
}

// built is a finished body and what the user should know of it.
type built struct {
	body     []byte
	thinking bool
	warnings []sdk.WarningEvent
}

// build makes the JSON body: the same bytes for the same turn. Messages come
// last, so that a paused turn is continued by appending.
func (t *turn) build(leave without) (built, error) {
	if err := t.checkChoice(); err != nil {
		return built{}, err
	}
	maxTokens := t.outputLimit(leave.tokensAbove)
	plan := planThinking(t.request, t.model, maxTokens, leave)
	messages := t.repaired(&plan)
	out := built{thinking: plan.on()}

	b := make([]byte, 0, t.size(messages))
	b = append(b, `{"model":`...)
	b = wirejson.AppendString(b, t.model.id)
	b = wirejson.AppendInt(b, "max_tokens", maxTokens)
	b = append(b, `,"stream":true`...)
	b = appendThinking(b, plan)
	b = t.appendTemperature(b, plan, leave, &out)
	b = t.appendStops(b)
	b = t.appendSystem(b)
	b = t.appendTools(b)
	b = append(b, `,"messages":[`...)
	b = appendMessages(b, messages, t.names)
	out.body = append(b, bodyEnd...)
	if plan.reason != "" {
		out.warn("thinking_off", "no thinking in this turn: "+plan.reason)
	}
	return out, nil
}

const bodyEnd = "]}"

func (b *built) warn(code, message string) {
	b.warnings = append(b.warnings, sdk.WarningEvent{Code: code, Message: message})
}

// repaired mends the transcript, and once more without thinking when the running
// turn cannot show the thinking that it would need.
func (t *turn) repaired(plan *thinkingPlan) []wireMessage {
	messages := repair(t.request.Messages, replay{thinking: plan.on(), family: t.model.family})
	if !plan.on() || thinkingFits(messages, plan.style) {
		return messages
	}
	// No reason to tell: the next turn thinks again.
	plan.style, plan.budget = thinkingNone, 0
	return repair(t.request.Messages, replay{})
}

// outputLimit is the user's limit within the model's: as the vendor stated it, as
// its list has it, as it is built in.
func (t *turn) outputLimit(stated int) int {
	limit, asked := t.maxTokens, t.request.MaxOutputTokens
	if stated > 0 {
		limit = stated
	}
	if limit == 0 && t.model.version > 0 {
		limit = t.model.figures.maxOutput
	}
	switch {
	case asked > 0 && limit > 0:
		return min(asked, limit)
	case asked > 0:
		return asked
	case limit > 0:
		return limit
	}
	return t.model.figures.maxOutput
}

// checkChoice refuses to force a tool that does not exist.
func (t *turn) checkChoice() error {
	choice := t.request.ToolChoice
	if choice.Mode != sdk.ToolChoiceTool {
		return nil
	}
	for _, tool := range t.request.Tools {
		if tool.Name == choice.Name {
			return nil
		}
	}
	return &sdk.Error{
		Kind: sdk.KindInvalidRequest, Op: "build request",
		Message: "the tool to be forced is not among the tools: " + strconv.Quote(choice.Name),
	}
}

// appendTemperature sends only what the user set: newer models refuse it, and so
// does thinking.
func (t *turn) appendTemperature(b []byte, plan thinkingPlan, leave without, out *built) []byte {
	if t.request.Temperature == nil {
		return b
	}
	if plan.on() || leave.temperature {
		out.warn("temperature_ignored", "this request takes no temperature")
		return b
	}
	b = append(b, `,"temperature":`...)
	return strconv.AppendFloat(b, *t.request.Temperature, 'f', -1, 64)
}

// appendStops leaves out blank stop sequences, which the API refuses.
func (t *turn) appendStops(b []byte) []byte {
	first := true
	for _, stop := range t.request.StopSequences {
		if transcript.Blank(stop) {
			continue
		}
		if first {
			b = append(b, `,"stop_sequences":[`...)
		} else {
			b = append(b, ',')
		}
		b = wirejson.AppendString(b, stop)
		first = false
	}
	if !first {
		b = append(b, ']')
	}
	return b
}

// appendSystem writes the contract's blocks and then the host's, with a cache
// breakpoint on the last one that stays the same.
func (t *turn) appendSystem(b []byte) []byte {
	breakpoint := -1
	texts := make([]string, 0, len(t.contract.system)+len(t.request.System))
	texts = append(texts, t.contract.system...)
	for _, block := range t.request.System {
		if transcript.Blank(block.Text) {
			continue
		}
		if block.Stable {
			breakpoint = len(texts)
		}
		texts = append(texts, block.Text)
	}
	if len(texts) == 0 {
		return b
	}
	b = append(b, `,"system":[`...)
	for i, text := range texts {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendTextBlock(b, text, i == breakpoint)
	}
	return append(b, ']')
}

// appendTools writes the definitions, with a cache breakpoint on the last.
func (t *turn) appendTools(b []byte) []byte {
	tools := t.request.Tools
	if len(tools) == 0 {
		return b
	}
	b = append(b, `,"tools":[`...)
	for i, tool := range tools {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"name":`...)
		b = wirejson.AppendString(b, t.names.Wire(tool.Name))
		if tool.Description != "" {
			b = wirejson.AppendField(b, "description", tool.Description)
		}
		b = append(b, `,"input_schema":`...)
		b = append(b, toolspec.ObjectSchema(tool.InputSchema)...)
		if i == len(tools)-1 {
			b = append(b, cacheBreakpoint...)
		}
		b = append(b, '}')
	}
	b = append(b, ']')
	return t.appendChoice(b)
}

// appendChoice says nothing of the default.
func (t *turn) appendChoice(b []byte) []byte {
	choice := t.request.ToolChoice
	mode := choice.Mode
	if mode == "" {
		mode = sdk.ToolChoiceAuto
	}
	if mode == sdk.ToolChoiceAuto && !choice.DisableParallel {
		return b
	}
	b = append(b, `,"tool_choice":{"type":`...)
	b = wirejson.AppendString(b, string(mode))
	if mode == sdk.ToolChoiceTool {
		b = wirejson.AppendField(b, "name", t.names.Wire(choice.Name))
	}
	if choice.DisableParallel && mode != sdk.ToolChoiceNone {
		b = append(b, `,"disable_parallel_tool_use":true`...)
	}
	return append(b, '}')
}

// size guesses the length of the body from above, so that it is allocated once.
func (t *turn) size(messages []wireMessage) int {
	n := 1 << 10
	for _, block := range t.request.System {
		n += wirejson.Size(block.Text)
	}
	for _, tool := range t.request.Tools {
		n += wirejson.Size(tool.Description) + len(tool.InputSchema) + 1<<8
	}
	for _, m := range messages {
		n += 1 << 6
		for _, block := range m.blocks {
			n += blockSize(block)
		}
	}
	return n
}

// betas is the value of the anthropic-beta header.
func (t *turn) betas() string {
	return strings.Join(append(append([]string{}, t.contract.betas...), t.model.betas...), ",")
}
