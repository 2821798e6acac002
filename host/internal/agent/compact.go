package agent

import (
	"context"
	"errors"

	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/sdk"
)

// Compaction says when a conversation is made shorter.
type Compaction struct {
	Enabled bool
	// Threshold is the share of the model's context at which it happens before
	// the provider complains; above 0, at most 1.
	Threshold float64
	// Window is the context of a model in tokens, 0 when nobody knows; an empty
	// model is the provider's own choice. It may ask the provider. May be nil.
	Window func(ctx context.Context, provider, model string) int
}

const (
	// defaultWindow is the context of a model of which nothing is known.
	defaultWindow = 128_000
	// smallWindow is the smallest context worth asking for: a conversation that
	// would fit it costs no look-up.
	smallWindow = 32_000
	// wholeTurns are the latest turns that keep their tool output.
	wholeTurns = 4
	// roomAfter is the share of the limit that a compaction aims at, tailShare
	// the one that the turns kept beside a summary may have.
	roomAfter, tailShare = 0.6, 0.3
)

// The triggers of a compaction.
const (
	triggerAuto     = "auto"
	triggerExceeded = "context_exceeded"
)

// Compacted says that older messages are no longer sent as they were. The session
// keeps them.
type Compacted struct {
	// Trigger is "auto" or "context_exceeded".
	Trigger string
	// PreTokens and PostTokens are estimates of the conversation's length.
	PreTokens, PostTokens int64
	// Cut counts the tool results that lost their content; Summarized says that
	// a summary stands for older messages.
	Cut        int
	Summarized bool
	ParentID   string
}

func (Compacted) isEvent() {}

// contextSize is what is known of the length of a conversation.
type contextSize struct {
	// tokens is what the provider counted at the last call, 0 when it did not;
	// since are the bytes that came after.
	tokens, since int64
	// window is the model's context; 0 is not looked up yet.
	window int64
	// notBefore is the length below which another compaction would do nothing.
	notBefore int64
}

// compacts reports whether the host keeps the conversation short. A program that
// keeps the conversation itself does that itself.
func (c *conversation) compacts() bool {
	return c.Compaction.Enabled && !c.Info.Has(sdk.CapabilityNativeTools) && !c.Info.Has(sdk.CapabilitySessionResume)
}

// length is how many tokens the next request will have, about.
func (c *conversation) length() int64 {
	if c.size.tokens > 0 {
		return c.size.tokens + c.size.since/4
	}
	return c.bytes(c.history.bytes) / 4
}

// bytes is the size of a request with so many bytes of messages.
func (c *conversation) bytes(messages int64) int64 {
	n := messages
	for _, block := range c.System {
		n += int64(len(block.Text))
	}
	for _, spec := range c.specs() {
		n += int64(len(spec.Name) + len(spec.Description) + len(spec.InputSchema))
	}
	return n
}

// makeRoom compacts when the conversation has come to the threshold.
func (c *conversation) makeRoom(ctx context.Context) error {
	if !c.compacts() {
		return nil
	}
	length := c.length()
	if length < int64(c.Compaction.Threshold*smallWindow) || length < c.size.notBefore {
		return nil
	}
	if length < c.limitOf(ctx) {
		return nil
	}
	if _, err := c.compact(ctx, triggerAuto, length, c.limitOf(ctx)); !errors.Is(err, errNothingToCompact) {
		return err
	}
	c.size.notBefore = length + length/4
	return nil
}

// limitOf is the length at which the conversation is compacted.
func (c *conversation) limitOf(ctx context.Context) int64 {
	if c.size.window == 0 {
		c.size.window = defaultWindow
		if c.Compaction.Window != nil {
			if n := c.Compaction.Window(ctx, c.ProviderName, c.modelInUse()); n > 0 {
				c.size.window = int64(n)
			}
		}
	}
	return int64(c.Compaction.Threshold * float64(c.size.window))
}

// modelInUse is the model asked for, else the one that answered last.
func (c *conversation) modelInUse() string {
	if c.Model != "" {
		return c.Model
	}
	for i := len(c.history.wire) - 1; i >= 0; i-- {
		if m := c.history.wire[i]; m.Role == sdk.RoleAssistant && m.Provider == c.ProviderName && m.Model != "" {
			return m.Model
		}
	}
	return ""
}

const afterOverflow = "[jcode: your answer above was cut off because the conversation had become too long; older parts of it are cut now. Go on from there; do not repeat it.]"

// exceeded reports whether a call failed or stopped because the conversation is too
// long.
func exceeded(stop sdk.StopReason, err error) bool {
	if err != nil {
		return sdk.KindOf(err) == sdk.KindContextTooLong
	}
	return stop == sdk.StopContextExceeded
}

// shrink compacts because the provider said so. ok is false when nothing can be
// done about it, summarized that nothing more can.
func (c *conversation) shrink(ctx context.Context, s *stream, turn int) (more string, ok, summarized bool, err error) {
	if !c.compacts() {
		return "", false, false, nil
	}
	length := c.length()
	summarized, err = c.compact(ctx, triggerExceeded, length, min(length, c.limitOf(ctx)))
	if errors.Is(err, errNothingToCompact) {
		return "", false, false, nil
	}
	if err != nil {
		return "", false, false, err
	}
	more = c.keepBegun(s, turn, "the conversation exceeded the model's context in the middle of the answer; the part above is kept and the model is asked to go on", afterOverflow)
	return more, true, summarized, nil
}

var errNothingToCompact = errors.New("the conversation cannot be made shorter")

// compact makes the conversation shorter: tool output first; if that is not enough,
// a summary takes the place of the older messages.
func (c *conversation) compact(ctx context.Context, trigger string, length, limit int64) (summarized bool, err error) {
	p := newPlan(c.history.wire, float64(length)/float64(max(1, c.bytes(c.history.bytes))), c.bytes(0))
	p.cutResults(wholeTurns)
	target := int64(roomAfter * float64(limit))
	done := session.Compaction{Trigger: trigger, PreTokens: length, Cut: p.cut}
	if p.length() > target {
		if err := c.replaceOlder(ctx, p, trigger, limit, &done); err != nil {
			return false, err
		}
	}
	if trigger == triggerExceeded && len(p.cut) == 0 && done.Replaced == 0 {
		p.cutResults(1) // a long prompt before a few turns: better less of these than no answer
	}
	done.Cut = p.cut
	if len(done.Cut) == 0 && done.Replaced == 0 {
		return false, errNothingToCompact
	}
	c.apply(done, p)
	return done.Replaced > 0, nil
}

// apply makes a compaction count, here and in the session.
func (c *conversation) apply(done session.Compaction, p *plan) {
	done.PostTokens = p.tokens(done.Apply(c.history.wire))
	first := len(c.history.wire) == c.startOfRun+1
	if err := c.history.compact(done); err != nil {
		c.warn("session_write", err.Error())
	}
	c.startOfRun = -1 // a refused prompt is not found any more
	if first {
		c.startOfRun = len(c.history.wire) - 1
	}
	c.size.tokens, c.size.since = done.PostTokens, 0
	c.size.notBefore = done.PostTokens + done.PostTokens/4
	if tools, ok := c.box.forgetful(); ok {
		tools.Forget()
	}
	c.emit(Compacted{
		Trigger: done.Trigger, PreTokens: done.PreTokens, PostTokens: done.PostTokens,
		Cut: len(done.Cut), Summarized: done.Replaced > 0, ParentID: c.parentID,
	})
}

// forgetful are tools that remember what stands in the conversation.
func (b *toolbox) forgetful() (tools interface{ Forget() }, ok bool) {
	if b == nil {
		return nil, false
	}
	tools, ok = b.Tools.(interface{ Forget() })
	return tools, ok
}
