package claude

import (
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

// minBudget is the smallest number of tokens that the API takes for thinking.
const minBudget = 1024

// budgets is what an effort means for a model that wants a number of tokens.
var budgets = map[string]int{
	"minimal": minBudget, "low": 4_096, "medium": 10_000, "high": 16_000,
	"xhigh": 24_000, "max": 31_999,
}

// without lists what to leave out of a request, because the model was found not
// to take it.
type without struct {
	thinking, effort, temperature bool
	// tokensAbove is the model's limit of output, as the vendor stated it; 0 is
	// unknown.
	tokensAbove int
}

// thinkingPlan is how this request thinks.
type thinkingPlan struct {
	style  thinkingStyle
	budget int    // with thinkingBudget
	effort string // output_config, also without thinking
	reason string // why asked-for thinking is off
}

// planThinking decides whether and how to think. It is off unless the user asked
// for an effort or a budget.
func planThinking(request *sdk.Request, m model, maxTokens int, leave without) thinkingPlan {
	var plan thinkingPlan
	if m.figures.style == thinkingAdaptive && !leave.effort {
		plan.effort = request.Effort
	}
	wanted := request.Effort != "" || request.ThinkingTokens > 0
	if !wanted || request.ThinkingTokens < 0 || leave.thinking {
		return plan
	}
	switch m.figures.style {
	case thinkingNone:
		plan.reason = m.id + " does not think"
	case thinkingAdaptive:
		plan.style = thinkingAdaptive
	case thinkingBudget:
		plan.manual(request, maxTokens)
	}
	return plan
}

// manual fits the budget between what the API takes and the answer's limit.
func (p *thinkingPlan) manual(request *sdk.Request, maxTokens int) {
	budget := request.ThinkingTokens
	if budget == 0 {
		budget = budgets[request.Effort]
	}
	if budget == 0 {
		budget = budgets["medium"]
	}
	budget = max(budget, minBudget)
	if budget >= maxTokens {
		// Leave the answer as much as the thinking.
		budget = maxTokens / 2
	}
	switch {
	case budget < minBudget:
		p.reason = "the limit of the answer is too small to think in"
	case forced(request.ToolChoice):
		p.reason = "a forced tool call excludes it"
	default:
		p.style, p.budget = thinkingBudget, budget
	}
}

func forced(choice sdk.ToolChoice) bool {
	return choice.Mode == sdk.ToolChoiceAny || choice.Mode == sdk.ToolChoiceTool
}

func (p *thinkingPlan) on() bool { return p.style != thinkingNone }

// thinkingFits reports whether the running turn, which is everything since the
// user last spoke, has the thinking that the API wants to see again: what came
// before a tool call, and with a budget some at its very beginning.
func thinkingFits(messages []wireMessage, style thinkingStyle) bool {
	for i, m := range runningTurn(messages) {
		if m.role != sdk.RoleAssistant || !hasCall(m.blocks) {
			continue
		}
		if m.lostThinking {
			return false
		}
		_, thought := m.blocks[0].(sdk.Thinking)
		if i == 0 && style == thinkingBudget && !thought {
			return false
		}
	}
	return true
}

// runningTurn begins with an assistant message, or is empty.
func runningTurn(messages []wireMessage) []wireMessage {
	for i := len(messages) - 1; i >= 0; i-- {
		if messages[i].role != sdk.RoleUser {
			continue
		}
		if _, answers := messages[i].blocks[0].(sdk.ToolResult); !answers {
			return messages[i+1:]
		}
	}
	return messages
}

func hasCall(blocks []sdk.Block) bool {
	for _, block := range blocks {
		if _, ok := block.(sdk.ToolCall); ok {
			return true
		}
	}
	return false
}

func appendThinking(dst []byte, plan thinkingPlan) []byte {
	switch plan.style {
	case thinkingNone:
	case thinkingAdaptive:
		dst = append(dst, `,"thinking":{"type":"adaptive","display":"summarized"}`...)
	case thinkingBudget:
		dst = append(dst, `,"thinking":{"type":"enabled"`...)
		dst = wirejson.AppendInt(dst, "budget_tokens", plan.budget)
		dst = append(dst, '}')
	}
	if plan.effort != "" {
		dst = append(dst, `,"output_config":{"effort":`...)
		dst = wirejson.AppendString(dst, plan.effort)
		dst = append(dst, '}')
	}
	return dst
}
