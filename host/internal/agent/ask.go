package agent

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/sdk"
)

// ask calls the model once; after a crash of the plugin, again. The answer's
// message is in the session when ask returns, also the part of it that came before
// an error.
func (c *conversation) ask(ctx context.Context, turn int) (answer, error) {
	c.emit(TurnStarted{Turn: turn, ParentID: c.parentID})
	id, before, shrunk := requestID(), "", 0
	for {
		s, result, err := c.askOnce(ctx, id, turn)
		if ctx.Err() == nil && shrunk < shrinks && exceeded(result.StopReason, err) {
			more, ok, summarized, shrinkErr := c.shrink(ctx, s, turn)
			before, shrunk = before+more, shrunk+1
			if summarized { // it will not become shorter
				shrunk = shrinks
			}
			if ok {
				continue
			}
			if shrinkErr != nil {
				err = shrinkErr
			}
		}
		if err == nil {
			a, err := c.accept(s, result, turn)
			return a.after(before), err
		}
		if ctx.Err() != nil {
			return c.keepPart(s).after(before), causeOf(ctx)
		}
		more, ok, err := c.fallBack(ctx, s, turn, err)
		if ok {
			before, shrunk = before+more, 0
			continue
		}
		restart, lost := c.Provider.Recover(ctx, err)
		if lost != nil {
			return c.keepPart(s).after(before), lost
		}
		next, resend, err := c.afterCrash(s, turn, restart, err)
		switch {
		case err != nil:
			return next.after(before), err
		case !resend:
			return c.keepAnswer(next, turn).after(before), nil
		}
		before += next.text()
	}
}

// shrinks is how often one answer may be tried with a shorter conversation: without
// old tool output, and then with a summary.
const shrinks = 2

// askOnce makes room for one call and makes it. A call that is made again keeps its
// id.
func (c *conversation) askOnce(ctx context.Context, id string, turn int) (*stream, sdk.Result, error) {
	if to, switches := c.current(); switches != c.switched { // another conversation of the run did
		c.adopt(to, switches)
	}
	if err := c.makeRoom(ctx); err != nil {
		return newStream(c, turn, ctx.Err), sdk.Result{}, err
	}
	request := c.request()
	request.ID = id
	s, result, err := c.generate(ctx, request, turn, false)
	if err == nil {
		c.size.tokens, c.size.since = session.ContextTokens(result.Usage), 0
	}
	return s, result, err
}

func (c *conversation) request() *sdk.Request {
	request := &sdk.Request{
		SessionID: c.Session.ID(), Model: c.Model, Effort: c.Effort,
		System: c.System, Messages: c.wire(), Tools: c.specs(), Limits: c.Limits,
	}
	if c.task != nil {
		request.SessionID += ":" + c.task.ID()
		request.System = systemFor(c.System, c.kind)
		return request
	}
	request.ProviderState = c.Session.ProviderState(c.ProviderName)
	return request
}

func (c *conversation) wire() []sdk.Message { return slices.Clip(c.history.wire) }

func requestID() string {
	var random [12]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand ends the process instead
	return "req_" + hex.EncodeToString(random[:])
}

// generate makes one call and adds what it used to the totals. The answer of a quiet
// one is not shown.
func (c *conversation) generate(ctx context.Context, request *sdk.Request, turn int, quiet bool) (*stream, sdk.Result, error) {
	call, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := newStream(c, turn, call.Err)
	s.quiet = quiet
	stop := s.watch(c.IdleTimeout, cancel)
	result, err := c.Provider.Generate(call, request, s)
	stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && ctx.Err() == nil && call.Err() != nil {
		err = context.Cause(call)
	}
	usage, model := result.Usage, result.Model
	if err != nil {
		usage = s.usage
	}
	if model == "" {
		model = s.fold.Model
	}
	if err == nil || s.fold.Model != "" { // else nothing was asked
		priced, estimated := c.priced(model, usage)
		var guess *sdk.Usage
		if err != nil {
			guess = c.guess(s, model)
		}
		c.account(model, priced, estimated, guess, time.Since(s.start))
		c.tokens += tokensOf(usage)
		c.record(session.Turn{
			Turn: turn, Provider: c.ProviderName, Model: model, StopReason: result.StopReason,
			ParentID: c.parentID, DurationMS: time.Since(s.start).Milliseconds(), Usage: priced, CostEstimated: estimated,
		})
	}
	return s, result, err
}

func (c *conversation) record(turn session.Turn) {
	if c.parentID == "" {
		turn.Turn = c.Session.Turns() + 1
	}
	if err := c.Session.AppendTurn(turn); err != nil {
		c.warn("session_write", err.Error())
	}
}

// accept takes the answer of a call that ended well.
func (c *conversation) accept(s *stream, result sdk.Result, turn int) (answer, error) {
	a := answer{stop: result.StopReason, detail: result.StopDetail, model: result.Model, usage: result.Usage}
	if a.model == "" {
		a.model = s.fold.Model
	}
	if result.StopReason == sdk.StopRefusal {
		c.forgetRefused()
		return a, &RefusalError{Detail: result.StopDetail}
	}
	c.keepState(result.ProviderState)
	a.message = c.message(s.fold.Blocks(), a.model)
	a = c.keepAnswer(a, turn)
	if result.StopReason == sdk.StopContextExceeded {
		c.skipCalls(a.calls(), "not run: the conversation exceeds the model's context")
		return a, &sdk.Error{
			Kind: sdk.KindContextTooLong, Op: "generate", Message: "the conversation exceeds the model's context",
			Remedy: "begin a new session, or name a model with a longer context",
		}
	}
	return a, nil
}

func (c *conversation) message(blocks []sdk.Block, model string) sdk.Message {
	message := sdk.Message{
		Role: sdk.RoleAssistant, Blocks: blocks, ID: messageID(blocks),
		Provider: c.ProviderName, Model: model,
	}
	if c.parentID == "" {
		message.Turn = c.Session.Turns() // the call is recorded by now
	}
	return message
}

// messageID is the vendor's id of the last text.
func messageID(blocks []sdk.Block) string {
	id := ""
	for _, block := range blocks {
		if text, ok := block.(sdk.Text); ok && text.MessageID != "" {
			id = text.MessageID
		}
	}
	return id
}

// keepAnswer stores the message and shows it.
func (c *conversation) keepAnswer(a answer, turn int) answer {
	if len(a.message.Blocks) == 0 {
		return a
	}
	c.append(a.message, a.interrupted)
	c.emit(AssistantMessage{
		Message: a.message, StopReason: a.stop, Usage: a.usage, Turn: turn, ParentID: c.parentID,
	})
	return a
}

func (c *conversation) keepState(state []byte) {
	if state == nil || c.parentID != "" {
		return
	}
	if len(state) > sdk.MaxProviderState {
		c.warn("provider_state", "the provider returned more state than a session keeps; it is dropped")
		return
	}
	if slices.Equal(state, c.Session.ProviderState(c.ProviderName)) {
		return
	}
	if err := c.Session.SetProviderState(c.ProviderName, state); err != nil {
		c.warn("session_write", err.Error())
	}
}

// forgetRefused drops what the model refused: the prompt, when it was refused
// straight away. Behind tool calls their results must stay.
func (c *conversation) forgetRefused() {
	if c.parentID != "" || len(c.history.wire) != c.startOfRun+1 {
		return
	}
	if err := c.history.keep(c.startOfRun); err != nil {
		c.warn("session_write", err.Error())
	}
}

// keepPart keeps the text of an answer that an error cut off, so that nothing
// that was shown is lost. Its tool calls are dropped: none has run.
func (c *conversation) keepPart(s *stream) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := answer{model: s.fold.Model, interrupted: true}
	a.message = c.message(partOf(s.fold.Blocks(), false), a.model)
	if len(a.message.Blocks) > 0 {
		c.append(a.message, true)
	}
	return a
}

// partOf is what of an unfinished answer can be sent again: text, native tools,
// signed thinking before them, and the finished calls if they are wanted.
func partOf(blocks []sdk.Block, calls bool) []sdk.Block {
	var part []sdk.Block
	shown := false
	for _, block := range blocks {
		switch b := block.(type) {
		case sdk.Text, sdk.NativeTool:
			shown = true
		case sdk.Thinking:
			if b.Signature == "" && len(b.Opaque) == 0 {
				continue
			}
		case sdk.ToolCall:
			if !calls {
				continue
			}
			shown = true
		case sdk.Image, sdk.ToolResult:
		}
		part = append(part, block)
	}
	if !shown {
		return nil
	}
	return part
}

const afterInterruption = "[jcode: your answer above was cut off because the provider's process ended. Go on from there; do not repeat it.]"

// errNotResent ends a run whose plugin runs tools itself: they may have had
// effects.
var errNotResent = errors.New("the plugin runs tools itself, so the turn is not sent again")

// afterCrash decides what follows once the plugin is back. resend asks for the
// same turn again, silently only if nothing had come of it.
func (c *conversation) afterCrash(s *stream, turn int, restart Restart, cause error) (a answer, resend bool, err error) {
	s.mu.Lock()
	blocks, began := s.fold.Blocks(), s.began
	s.mu.Unlock()
	again := PluginRestarted{Name: c.ProviderName, Reason: restart.Reason, Attempt: restart.Attempt, Resent: true}
	if c.Info.Has(sdk.CapabilityNativeTools) {
		again.Resent = false
		c.emit(again)
		return c.keepPart(s), false, errors.Join(cause, errNotResent)
	}
	part := partOf(blocks, true)
	a = answer{stop: sdk.StopToolUse, model: s.fold.Model, interrupted: true}
	a.message = c.message(part, a.model)
	again.Resent = len(a.calls()) == 0
	c.emit(again)
	switch {
	case !again.Resent:
		return a, false, nil
	case len(part) > 0:
		c.warn("answer_interrupted", "the provider's process ended in the middle of the answer; the part above is kept and the model is asked to go on")
		a.stop = "" // it did not stop by itself
		a = c.keepAnswer(a, turn)
		c.append(userText(afterInterruption), false)
	case began:
		c.warn("answer_restarted", "the provider's process ended in the middle of the answer; the model is asked again")
	}
	return a, true, nil
}
