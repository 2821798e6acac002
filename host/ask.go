package host

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jcode-go/jcode/host/internal/permission"
	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// Question asks the user whether a call may do what the policy refuses. It is asked
// of nobody when a deny rule refuses, or when credentials, jcode's own folder or
// jcode's own process are concerned.
type Question struct {
	// Tool is the tool's name.
	Tool string
	// Command is the whole command and Dir where it would run; Path is the file that
	// would be written. For tools that only the provider's program has, Input is what
	// it wants to do.
	Command, Dir, Path string
	Input              json.RawMessage
	// Reason says why the policy refuses.
	Reason string
	// Rules are what the session would remember; none if nothing can be remembered.
	Rules []string
}

// Answer is the user's.
type Answer struct {
	Allow bool
	// Remember allows the question's Rules for the rest of the session.
	Remember bool
	// Message goes to the model with a refusal; may be empty.
	Message string
}

// asker is the policy, and the user where the policy refuses and a person is there.
// It is safe for concurrent use: questions wait for each other.
type asker struct {
	policy *permission.Policy
	// ask may be nil.
	ask func(context.Context, Question) (Answer, error)
	// turn is held by the one question that is open.
	turn chan struct{}
	// remember keeps rules for a later run of the session.
	remember func(rules []string) error
	dir      string
}

func (r *run) newAsker(policy *permission.Policy) *asker {
	a := &asker{policy: policy, turn: make(chan struct{}, 1), dir: r.WorkingDir, remember: func(rules []string) error {
		return r.prepared.session.AddRules(rules, r.WorkingDir)
	}}
	if r.config.Ask != "never" && !r.NoAsk {
		a.ask = r.Ask
	}
	return a
}

// narrow is the asker in a stricter mode. There the user is not asked: who set the
// mode, for a type of subagents, has answered. With no stricter mode it is the same.
func (a *asker) narrow(mode permission.Mode) *asker {
	policy := a.policy.Narrow(mode)
	if policy == a.policy {
		return a
	}
	return &asker{policy: policy, dir: a.dir}
}

// Authorize decides as the policy does, or as the user does instead.
func (a *asker) Authorize(ctx context.Context, access tool.Access) error {
	err := a.policy.Authorize(ctx, access)
	var denied *tool.DeniedError
	if !errors.As(err, &denied) || denied.Final || a.ask == nil {
		return err
	}
	if err := a.wait(ctx); err != nil {
		return err
	}
	defer func() { <-a.turn }()
	err = a.policy.Authorize(ctx, access) // an answer to another question may count here too
	if !errors.As(err, &denied) {
		return err
	}
	answer, err := a.ask(ctx, Question{
		Tool: access.Tool, Command: access.Command, Dir: access.Dir, Path: access.Path, Reason: denied.Reason, Rules: denied.Rules,
	})
	if err != nil {
		return cancelledOr(ctx, err)
	}
	if !answer.Allow {
		return refusedByUser(access, answer.Message)
	}
	if answer.Remember {
		return a.keep(denied.Rules)
	}
	return nil
}

// wait takes the turn to ask.
func (a *asker) wait(ctx context.Context) error {
	select {
	case a.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func cancelledOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func refusedByUser(access tool.Access, message string) error {
	reason := "the user refused it"
	if message != "" {
		reason += " and says: " + message
	}
	return &tool.DeniedError{Access: access, Reason: reason, Final: true}
}

// keep makes the rules count from now on, and in later runs of the session.
func (a *asker) keep(texts []string) error {
	rules, err := permission.ParseRules(texts, a.dir)
	if err != nil {
		return err
	}
	a.policy.Remember(rules...)
	return a.remember(texts)
}

// other asks about a tool that only the provider's program has.
func (a *asker) other(ctx context.Context, request sdk.PermissionRequest) error {
	if err := a.wait(ctx); err != nil {
		return err
	}
	defer func() { <-a.turn }()
	answer, err := a.ask(ctx, Question{
		Tool: request.Tool, Input: request.Input,
		Reason: "the provider's program asks, and jcode has no rule for this tool",
	})
	switch {
	case err != nil:
		return cancelledOr(ctx, err)
	case !answer.Allow:
		return refusedByUser(tool.Access{Tool: request.Tool}, answer.Message)
	}
	return nil
}

// judge answers a question of the provider's program: by the policy where that knows
// the tool, else by the user.
func (a *asker) judge(ctx context.Context, request sdk.PermissionRequest) (known bool, err error) {
	known, err = judge(ctx, a, a.dir, request)
	if known || a.ask == nil || a.policy.Mode() == permission.ModeBypass {
		return known, err
	}
	return true, a.other(ctx, request)
}

// sessionRules are what the user allowed in earlier runs of the session.
func sessionRules(s *session.Session) ([]permission.Rule, []Warning) {
	var rules []permission.Rule
	var warnings []Warning
	for _, kept := range s.Rules() {
		parsed, err := permission.ParseRules([]string{kept.Rule}, kept.Dir)
		if err != nil {
			warnings = append(warnings, Warning{Code: "session_rule", Message: "a remembered rule is left out: " + err.Error()})
		}
		rules = append(rules, parsed...)
	}
	return rules, warnings
}
