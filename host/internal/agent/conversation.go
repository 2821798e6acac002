package agent

import (
	"context"
	"fmt"

	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/sdk"
)

// conversation is the run itself or one of its subagents.
type conversation struct {
	*run
	// Target is whom it asks now; switched counts the run's switches up to then.
	Target
	switched int
	// parentID is the task call that the subagent answers; empty for the run.
	parentID string
	// box are the tools that there are; tools is box, or nil when the provider
	// takes none.
	box, tools *toolbox
	history    history
	size       contextSize
	// limit is the conversation's own limit of turns; 0 is none.
	limit, turns int
	// startOfRun is the length of the history before this run's prompt.
	startOfRun int
	continued  bool
	// tokens and ownFiles are what this conversation used and changed.
	tokens   int64
	ownFiles []string
	// task and kind are a subagent's own: what it is kept in, and its type.
	task  *session.Session
	kind  SubagentType
	guard loopGuard
}

func newConversation(r *run, parentID string, tools Tools, history history) *conversation {
	c := &conversation{run: r, parentID: parentID, history: history}
	c.Target, c.switched = r.current()
	c.history.info = c.Info
	if history.session != nil {
		c.size.tokens, c.size.since = history.session.Context()
	}
	if tools != nil {
		c.box = newToolbox(tools)
	}
	c.chooseTools()
	return c
}

func (c *conversation) specs() []sdk.ToolSpec {
	if c.tools == nil {
		return nil
	}
	return c.tools.specs
}

func (c *conversation) toolNames() []string {
	names := []string{}
	for _, spec := range c.specs() {
		names = append(names, spec.Name)
	}
	return names
}

// answer is what one call of the model gave.
type answer struct {
	message sdk.Message
	stop    sdk.StopReason
	detail  string
	model   string
	usage   sdk.Usage
	// interrupted says that the provider died behind a finished tool call.
	interrupted bool
	// before is text of the same answer that came before the provider died.
	before string
}

// after is the answer as the rest of one that began with text.
func (a answer) after(text string) answer {
	a.before = text
	return a
}

func (a answer) calls() []sdk.ToolCall {
	var calls []sdk.ToolCall
	for _, block := range a.message.Blocks {
		if call, ok := block.(sdk.ToolCall); ok {
			calls = append(calls, call)
		}
	}
	return calls
}

func (a answer) text() string { return a.before + textOf(a.message.Blocks) }

// textOf is the answer in blocks. A vendor's program that runs tools itself sends
// several messages in one turn: what it said before a tool is not the answer, unless
// nothing follows.
func textOf(blocks []sdk.Block) string {
	text, before, message := "", "", ""
	for _, block := range blocks {
		switch b := block.(type) {
		case sdk.NativeTool:
			if text != "" {
				text, before = "", text
			}
		case sdk.Text:
			if text != "" && b.MessageID != message {
				text += "\n\n"
			}
			text, message = text+b.Text, b.MessageID
		}
	}
	if text == "" {
		return before
	}
	return text
}

// append adds a message to the history. A session that cannot be written is said
// once; the run goes on in memory.
func (c *conversation) append(message sdk.Message, interrupted bool) {
	if message.Role == sdk.RoleUser {
		c.size.since += session.MessageBytes(message.Blocks)
	}
	if err := c.history.append(message, interrupted); err != nil {
		c.warn("session_write", err.Error())
	}
}

// loop asks and runs tools until the model is done. The answer is the last one,
// also beside an error.
func (c *conversation) loop(ctx context.Context) (answer, error) {
	var last answer
	for {
		turn, err := c.nextTurn()
		if err != nil {
			return last, err
		}
		current, err := c.ask(ctx, turn)
		if len(current.message.Blocks) > 0 || current.stop != "" || current.before != "" {
			last = current
		}
		if err != nil {
			return last, err
		}
		done, err := c.settle(ctx, current)
		if done || err != nil {
			return last, err
		}
	}
}

func (c *conversation) nextTurn() (int, error) {
	if c.limit > 0 && c.turns >= c.limit {
		return 0, turnLimit(c.limit)
	}
	turn, err := c.takeTurn()
	if err == nil {
		c.turns++
	}
	return turn, err
}

// settle does what an answer asks for. done says that nothing is left to ask.
func (c *conversation) settle(ctx context.Context, a answer) (done bool, err error) {
	calls := a.calls()
	switch {
	case a.stop == sdk.StopMaxTokens:
		c.skipCalls(calls, "not run: the answer was cut off at its limit of output tokens")
		return true, &LimitError{Limit: "max_tokens", Message: "limit reached: the answer was cut off at the model's limit of output tokens"}
	case len(calls) > 0:
		return false, c.runTurn(ctx, calls)
	case a.stop == sdk.StopToolUse && c.Info.Has(sdk.CapabilityNativeTools):
		return true, turnLimit(c.MaxTurns) // the provider's program ran its tools, and stopped at our limit
	case a.stop == sdk.StopToolUse:
		return false, c.continueOnce(a)
	case emptyAnswer(a):
		return true, &sdk.Error{Kind: sdk.KindInternal, Op: "generate", Message: "the model gave an empty answer"}
	}
	if !knownStop(a.stop) {
		c.warn("stop_reason", fmt.Sprintf("the model stopped for an unknown reason, %q", a.stop))
	}
	return true, nil
}

func knownStop(stop sdk.StopReason) bool {
	return stop == sdk.StopEndTurn || stop == sdk.StopSequence
}

func emptyAnswer(a answer) bool {
	for _, block := range a.message.Blocks {
		switch block.(type) {
		case sdk.Text, sdk.NativeTool, sdk.Image:
			return false
		case sdk.Thinking, sdk.ToolCall, sdk.ToolResult:
		}
	}
	return true
}

const noCallArrived = "[jcode: no tool call arrived. Go on: call the tool, or answer.]"

// continueOnce asks again when the model stopped to use a tool and named none.
func (c *conversation) continueOnce(a answer) error {
	if c.continued {
		return &sdk.Error{Kind: sdk.KindInternal, Op: "generate", Message: "the model stopped to use a tool and called none, twice"}
	}
	c.continued = true
	if len(a.message.Blocks) > 0 {
		c.append(userText(noCallArrived), false)
	}
	return nil
}

func userText(text string) sdk.Message {
	return sdk.Message{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: text}}}
}

// runTurn runs the calls of one answer and puts their results into the history.
func (c *conversation) runTurn(ctx context.Context, calls []sdk.ToolCall) error {
	if err := c.outOfTurns(); err != nil {
		c.skipCalls(calls, "not run: "+err.Error())
		return err
	}
	results, err := c.runCalls(ctx, calls)
	if loopErr := c.guardLoop(calls, results); err == nil {
		err = loopErr
	}
	c.append(sdk.Message{Role: sdk.RoleUser, Blocks: results}, false)
	if c.parentID == "" {
		if syncErr := c.Session.Sync(); syncErr != nil {
			c.warn("session_write", syncErr.Error())
		}
	}
	if ctx.Err() != nil {
		return causeOf(ctx)
	}
	return err
}

func (c *conversation) outOfTurns() error {
	if c.limit > 0 && c.turns >= c.limit {
		return turnLimit(c.limit)
	}
	return c.exhausted()
}
