package agent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/jcode-go/jcode/sdk"
)

// run is what a conversation and its subagents share: limits, totals, the reader
// of the events.
type run struct {
	Options
	cancel context.CancelCauseFunc
	types  []SubagentType // of subagents, sorted by name

	emitMu   sync.Mutex
	emitErr  error
	warnings map[string]bool

	// switchMu lets one conversation at a time look for another provider.
	switchMu sync.Mutex

	mu sync.Mutex
	// now is whom the run asks, after so many switches.
	now      Target
	switches int
	// switchCause is why, the last time.
	switchCause error
	total       Result
	spent       spent
	busy        map[string]bool // ids of the subagents at work
}

// Run runs one prompt. The error wraps the cause of a cancelled ctx; it is a
// [*LimitError], [*DeniedError], [*RefusalError], [*TimeoutError] or that of the
// provider.
func Run(ctx context.Context, options Options, input sdk.Message) (Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{Options: options, cancel: cancel, warnings: map[string]bool{}, now: options.target()}
	r.total.ModelUsage = map[string]sdk.Usage{}
	main := newMain(r)
	started := options.Started
	started.Tools, started.PromptHash = main.toolNames(), promptHash(options.System, main.specs())
	r.emit(started)
	for _, warning := range options.Warnings {
		r.warn(warning.Code, warning.Message)
	}
	for _, text := range options.Session.Warnings() {
		r.warn("session_repaired", text)
	}
	main.keepPrefix(started.PromptHash)
	main.startOfRun = len(main.history.wire)
	main.append(input, false)
	answer, err := main.loop(ctx)
	err = r.verdict(ctx, err)
	r.close()
	return r.result(answer), err
}

// errOver is what a call that was left behind finds: nobody listens any more.
var errOver = errors.New("the run is over")

func (r *run) close() {
	r.emitMu.Lock()
	defer r.emitMu.Unlock()
	r.emitErr = errOver
}

// verdict turns what ended the loop into the error of the run.
func (r *run) verdict(ctx context.Context, err error) error {
	r.emitMu.Lock()
	readerGone := r.emitErr
	r.emitMu.Unlock()
	switch {
	case readerGone != nil:
		return fmt.Errorf("show event: %w", readerGone)
	case err != nil && ctx.Err() != nil:
		return causeOf(ctx)
	case err != nil:
		return err
	}
	if denials := r.denials(); r.OnDeny == "report" && len(denials) > 0 {
		return &DeniedError{Denials: denials}
	}
	return nil
}

// causeOf is why ctx is over. The host sets a *TimeoutError itself.
func causeOf(ctx context.Context) error {
	cause := context.Cause(ctx)
	var timeout *TimeoutError
	if errors.As(cause, &timeout) {
		return timeout
	}
	return fmt.Errorf("run: %w", cause)
}

func (r *run) result(answer answer) Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.total
	out.Text, out.StopReason, out.StopDetail = answer.text(), answer.stop, answer.detail
	if answer.model != "" {
		out.Model = answer.model
	}
	out.Denials = slices.Clone(out.Denials)
	out.CostSource = r.spent.source()
	out.Provider = r.now.ProviderName
	return out
}

// emit hands one event to the reader. Once the reader is gone the run is
// cancelled and nothing is handed on.
func (r *run) emit(event Event) {
	r.emitMu.Lock()
	defer r.emitMu.Unlock()
	r.emitLocked(event)
}

func (r *run) emitLocked(event Event) {
	if r.emitErr != nil || r.OnEvent == nil {
		return
	}
	if err := r.OnEvent(event); err != nil {
		r.emitErr = err
		r.cancel(err)
	}
}

// warn emits a warning, each text once.
func (r *run) warn(code, text string) {
	r.emitMu.Lock()
	defer r.emitMu.Unlock()
	if r.warnings[text] {
		return
	}
	r.warnings[text] = true
	r.emitLocked(Warning{Code: code, Message: text})
}

func (r *run) deny(denial PermissionDenied) {
	r.mu.Lock()
	r.total.Denials = append(r.total.Denials, denial)
	r.mu.Unlock()
	r.emit(denial)
}

// wasDenied reports whether the denial of a call was told before: by the answer to
// a question, whose tool then fails.
func (r *run) wasDenied(callID string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return callID != "" && slices.ContainsFunc(r.total.Denials, func(d PermissionDenied) bool { return d.CallID == callID })
}

func (r *run) denials() []PermissionDenied {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.total.Denials)
}

func (r *run) changed(files []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, file := range files {
		if !slices.Contains(r.total.FilesChanged, file) {
			r.total.FilesChanged = append(r.total.FilesChanged, file)
		}
	}
}

// promptHash identifies what comes before the conversation.
func promptHash(system []sdk.SystemBlock, tools []sdk.ToolSpec) string {
	hash := sha256.New()
	for _, block := range system {
		_, _ = fmt.Fprintf(hash, "%d:%s", len(block.Text), block.Text)
	}
	for _, spec := range tools {
		_, _ = fmt.Fprintf(hash, "%d:%s%d:%s%s", len(spec.Name), spec.Name, len(spec.Description), spec.Description, spec.InputSchema)
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}
