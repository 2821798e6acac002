package agent

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// Target is whom a conversation asks, and what differs by whom it asks.
type Target struct {
	Provider Provider
	// ProviderName is whose provider state is used.
	ProviderName string
	Info         sdk.Info
	// Model and Effort are the user's choice; empty leaves it to the provider.
	Model, Effort string
	System        []sdk.SystemBlock
	Limits        sdk.Limits
}

// label names the target for people: "provider/model".
func (t Target) label(model string) string {
	if model = firstText(model, t.ModelName()); model == "" {
		return t.ProviderName
	}
	return t.ProviderName + "/" + model
}

// ModelName is the model that is asked: the user's choice, else the provider's default
// as far as it says so; empty is unknown.
func (t Target) ModelName() string {
	if t.Model != "" {
		return t.Model
	}
	for _, model := range t.Info.DefaultModels {
		if model.Default {
			return model.ID
		}
	}
	return ""
}

func (o Options) target() Target {
	return Target{
		Provider: o.Provider, ProviderName: o.ProviderName, Info: o.Info,
		Model: o.Model, Effort: o.Effort, System: o.System, Limits: o.Limits,
	}
}

// ModelFallback says that the rest of the run asks another provider or model.
type ModelFallback struct {
	// From and To are "provider/model"; the model is left out where only the
	// provider knows it.
	From, To string
	// Reason is the kind of the error, Message its text.
	Reason, Message string
	// RetryAfter is how long the first one asked to wait; 0 is unknown.
	RetryAfter time.Duration
	ParentID   string
}

func (ModelFallback) isEvent() {}

// fallbackKinds are the failures that another provider does not share.
var fallbackKinds = map[sdk.Kind]bool{
	sdk.KindOverloaded: true, sdk.KindRateLimited: true, sdk.KindBilling: true, sdk.KindNetwork: true,
}

// unfitKinds are the failures of a backup that cannot be asked at all. The first
// provider's own end the run: they are the user's to mend.
var unfitKinds = map[sdk.Kind]bool{
	sdk.KindUnauthenticated: true, sdk.KindPermissionDenied: true, sdk.KindInteractionRequired: true,
	sdk.KindCLIMissing: true, sdk.KindCLIOutdated: true, sdk.KindConfiguration: true, sdk.KindModelNotFound: true,
}

// switchable reports whether another target may be asked after err.
func (c *conversation) switchable(err error) bool {
	kind := sdk.KindOf(err)
	return fallbackKinds[kind] || c.unfit(err)
}

func (c *conversation) unfit(err error) bool {
	return c.switched > 0 && unfitKinds[sdk.KindOf(err)]
}

const afterSwitch = "[jcode: your answer above was cut off, and another model goes on with it: you. Go on from there; do not repeat it.]"

// current is the target of the run, and how often it was switched.
func (r *run) current() (Target, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now, r.switches
}

// next is the target to go on with after err. The conversations of one run switch
// together: who comes second goes where the first one went, and tells nobody again.
// model is the one that failed, if it said so.
func (c *conversation) next(ctx context.Context, err error, model string) (to Target, switches int, told, ok bool) {
	if c.Fallback == nil || !c.switchable(err) || ctx.Err() != nil {
		return Target{}, 0, false, false
	}
	c.switchMu.Lock()
	defer c.switchMu.Unlock()
	if to, switches = c.current(); switches != c.switched {
		return to, switches, true, true
	}
	var skipped []Warning
	failed := c.Target
	failed.Model = c.modelOr(model)
	to, skipped, ok = c.Fallback(ctx, failed)
	for _, warning := range skipped {
		c.warn(warning.Code, warning.Message)
	}
	if !ok {
		return Target{}, 0, false, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = to
	c.switches++
	if !c.unfit(err) {
		c.switchCause = err
	}
	return to, c.switches, false, true
}

// tell shows a switch and why it was made.
func (c *conversation) tell(to Target, err error, model string) {
	cause := sdk.AsError(err)
	c.emit(ModelFallback{
		From: c.label(c.modelOr(model)), To: to.label(""), Reason: cause.Kind.String(), Message: strings.TrimSpace(err.Error()),
		RetryAfter: cause.RetryAfter, ParentID: c.parentID,
	})
}

// fallBack switches to the next target, if there is one, and keeps what the last
// one said. more is the text of that. Otherwise the error is what the run ends with:
// that a backup is no use is not why the run needed one.
func (c *conversation) fallBack(ctx context.Context, s *stream, turn int, err error) (more string, ok bool, _ error) {
	to, switches, told, ok := c.next(ctx, err, s.model())
	if !ok {
		if c.Fallback != nil && c.unfit(err) {
			c.warn("fallback_skipped", fmt.Sprintf("fallback %s is left out: %v", c.label(""), err))
			err = c.cause()
		}
		return "", false, err
	}
	more = c.keepBegun(s, turn, fmt.Sprintf("%s broke off in the middle of the answer; the part above is kept and the next model is asked to go on", c.ProviderName), afterSwitch)
	if !told {
		c.tell(to, err, s.model())
	}
	c.adopt(to, switches)
	return more, true, nil
}

// cause is why the run was switched last.
func (c *conversation) cause() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.switchCause
}

// adopt makes to the target. The history is fitted to it anew, from the session,
// which has what the former one could not read.
func (c *conversation) adopt(to Target, switches int) {
	c.Target, c.switched = to, switches
	c.history.refit(to.Info)
	c.size = contextSize{}
	c.guard = loopGuard{} // this model has repeated nothing, and was told nothing
	c.chooseTools()
}

// chooseTools offers the tools to a provider that calls them.
func (c *conversation) chooseTools() {
	c.tools = nil
	if c.Info.Has(sdk.CapabilityTools) && !c.Info.Has(sdk.CapabilityNativeTools) {
		c.tools = c.box
	}
}

// keepBegun keeps the text of an answer that ended too early, says so, and asks
// the model to go on. Without any text there is nothing to go on from.
func (c *conversation) keepBegun(s *stream, turn int, warning, nudge string) string {
	s.mu.Lock()
	part, began := partOf(s.fold.Blocks(), false), s.began
	s.mu.Unlock()
	if len(part) == 0 {
		if began {
			c.warn("answer_restarted", "the answer ended before it said anything to keep; the model is asked again")
		}
		return ""
	}
	a := answer{model: s.model(), interrupted: true}
	a.message = c.message(part, a.model)
	c.warn("answer_interrupted", warning)
	a = c.keepAnswer(a, turn)
	c.append(userText(nudge), false)
	return a.text()
}

// modelOr is the model that was asked: the one that said so, or who answered before.
func (c *conversation) modelOr(told string) string {
	if told != "" {
		return told
	}
	return c.modelInUse()
}

func (s *stream) model() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fold.Model
}
