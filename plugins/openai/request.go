package openai

import (
	"strconv"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/toolspec"
	"github.com/jcode-go/jcode/sdk/transcript"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

// turn is what a request is built from: all of it is known before anything is sent.
type turn struct {
	request *sdk.Request
	mode    mode
	model   string
	// listed is the catalog's entry of the model; nil is unknown.
	listed *listedModel
	names  *toolspec.Names
	// origin is where reasoning is valid: account and model.
	origin string
	// The user's settings.
	cacheKey, retention, verbosity, serviceTier string
}

// without is what the vendor refused of a request, so that it is left out.
type without struct {
	reasoningItems bool // encrypted reasoning of the history
	instructions   bool // ours come as a message instead
	reasoning      bool // the whole field, of a model that does not reason
	summary        bool
	effort         bool
	include        bool
	verbosity      bool
	temperature    bool
	maxTokens      bool
	parallel       bool
	retention      bool
	serviceTier    bool
	cacheKey       bool
}

// built is a finished body and what the user should know of it.
type built struct {
	body     []byte
	warnings []sdk.WarningEvent
}

func (b *built) warn(code, message string) {
	b.warnings = append(b.warnings, sdk.WarningEvent{Code: code, Message: message})
}

// build makes the JSON body: the same bytes for the same turn, and in ChatGPT mode
// no field that the backend does not take.
func (t *turn) build(leave without) (built, error) {
	if err := t.checkChoice(); err != nil {
		return built{}, err
	}
	items := t.items(leave)
	var out built
	b := make([]byte, 0, t.size(items))
	b = append(b, `{"model":`...)
	b = wirejson.AppendString(b, t.model)
	b = t.appendInstructions(b, leave)
	b = append(b, `,"stream":true,"store":false`...)
	b = t.appendReasoning(b, leave, &out)
	b = t.appendText(b, leave)
	b = t.appendLimits(b, leave, &out)
	b = t.appendCaching(b, leave)
	b = t.appendTools(b, leave)
	b = append(b, `,"input":[`...)
	b = appendItems(b, items, t.names)
	out.body = append(b, "]}"...)
	return out, nil
}

// system is the host's system prompt as one text.
func (t *turn) system() string {
	text := ""
	for _, block := range t.request.System {
		if transcript.Blank(block.Text) {
			continue
		}
		if text != "" {
			text += "\n\n"
		}
		text += block.Text
	}
	return text
}

// appendInstructions sends the system prompt. The backend takes no request without
// one, and once took only Codex's own: then ours comes as a developer message.
func (t *turn) appendInstructions(b []byte, leave without) []byte {
	text := t.system()
	if leave.instructions || text == "" && t.mode == modeChatGPT {
		text = fallbackInstructions
	}
	if text == "" {
		return b
	}
	return wirejson.AppendField(b, "instructions", text)
}

// appendReasoning asks for summaries, without which a model that thinks is silent
// for minutes, and for reasoning in a form that can be sent back.
func (t *turn) appendReasoning(b []byte, leave without, out *built) []byte {
	if leave.reasoning || !t.reasons() {
		if t.request.Effort != "" && !leave.effort {
			out.warn("effort_ignored", "this model takes no reasoning effort")
		}
		return b
	}
	if !leave.include {
		b = append(b, `,"include":["reasoning.encrypted_content"]`...)
	}
	effort := t.effort(leave, out)
	if effort == "" && leave.summary {
		return b
	}
	b = append(b, `,"reasoning":{`...)
	if effort != "" {
		b = append(b, `"effort":`...)
		b = wirejson.AppendString(b, effort)
	}
	if !leave.summary {
		if effort != "" {
			b = append(b, ',')
		}
		b = append(b, `"summary":"auto"`...)
	}
	return append(b, '}')
}

// effort is the user's, where the catalog does not say that the model lacks it.
func (t *turn) effort(leave without, out *built) string {
	wanted := t.request.Effort
	if wanted == "" && t.request.ThinkingTokens < 0 {
		wanted = t.listed.weakest()
	}
	if wanted == "" || leave.effort {
		return ""
	}
	if !t.listed.takes(wanted) {
		out.warn("effort_ignored", t.model+" takes no effort "+wanted+", only "+join(t.listed.Efforts))
		return ""
	}
	return wanted
}

func (t *turn) appendText(b []byte, leave without) []byte {
	if t.verbosity == "" || leave.verbosity {
		return b
	}
	b = append(b, `,"text":{"verbosity":`...)
	return append(wirejson.AppendString(b, t.verbosity), '}')
}

// appendLimits sends what the public API alone takes.
func (t *turn) appendLimits(b []byte, leave without, out *built) []byte {
	if n := t.request.MaxOutputTokens; n > 0 && !leave.maxTokens {
		if t.mode.allows("max_output_tokens") {
			b = wirejson.AppendInt(b, "max_output_tokens", n)
		} else {
			out.warn("max_tokens_ignored", "a ChatGPT login takes no limit of output tokens")
		}
	}
	if temperature := t.request.Temperature; temperature != nil && !leave.temperature {
		if t.mode.allows("temperature") {
			b = append(b, `,"temperature":`...)
			b = strconv.AppendFloat(b, *temperature, 'f', -1, 64)
		} else {
			out.warn("temperature_ignored", "a ChatGPT login takes no temperature")
		}
	}
	if len(t.request.StopSequences) > 0 {
		out.warn("stop_sequences_ignored", "the Responses API takes no stop sequences")
	}
	return b
}

func (t *turn) appendCaching(b []byte, leave without) []byte {
	if key := firstOf(t.cacheKey, t.request.SessionID); key != "" && !leave.cacheKey {
		b = wirejson.AppendField(b, "prompt_cache_key", toolspec.WireName(key))
	}
	if t.retention != "" && !leave.retention && t.mode.allows("prompt_cache_retention") {
		b = wirejson.AppendField(b, "prompt_cache_retention", t.retention)
	}
	if t.serviceTier != "" && !leave.serviceTier {
		b = wirejson.AppendField(b, "service_tier", t.serviceTier)
	}
	return b
}

// appendTools writes flat definitions. Strict mode would refuse any schema that is
// not written for it, and with that the whole list.
func (t *turn) appendTools(b []byte, leave without) []byte {
	tools := t.request.Tools
	if len(tools) == 0 {
		return b
	}
	b = append(b, `,"tools":[`...)
	for i, tool := range tools {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"type":"function"`...)
		b = wirejson.AppendField(b, "name", t.names.Wire(tool.Name))
		if tool.Description != "" {
			b = wirejson.AppendField(b, "description", tool.Description)
		}
		b = append(b, `,"strict":false,"parameters":`...)
		b = append(b, parameters(tool.InputSchema)...)
		b = append(b, '}')
	}
	b = append(b, ']')
	return t.appendChoice(b, leave)
}

// choices are the API's words for how free the model is.
var choices = map[sdk.ToolChoiceMode]string{
	"": "auto", sdk.ToolChoiceAuto: "auto", sdk.ToolChoiceAny: "required", sdk.ToolChoiceNone: "none",
}

func (t *turn) appendChoice(b []byte, leave without) []byte {
	choice := t.request.ToolChoice
	if choice.Mode == sdk.ToolChoiceTool {
		b = append(b, `,"tool_choice":{"type":"function"`...)
		b = wirejson.AppendField(b, "name", t.names.Wire(choice.Name))
		b = append(b, '}')
	} else {
		b = wirejson.AppendField(b, "tool_choice", choices[choice.Mode])
	}
	if leave.parallel {
		return b
	}
	parallel := !choice.DisableParallel && t.listed.parallel()
	b = append(b, `,"parallel_tool_calls":`...)
	return strconv.AppendBool(b, parallel)
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

// size guesses the length of the body from above, so that it is allocated once.
func (t *turn) size(items []item) int {
	n := 1 << 10
	for _, block := range t.request.System {
		n += wirejson.Size(block.Text)
	}
	for _, tool := range t.request.Tools {
		n += wirejson.Size(tool.Description) + len(tool.InputSchema) + 1<<8
	}
	for _, it := range items {
		n += it.size()
	}
	return n
}
