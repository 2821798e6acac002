package host

import (
	"context"
	"errors"

	"github.com/jcode-go/jcode/host/internal/agent"
	"github.com/jcode-go/jcode/sdk"
)

// Prompt is what the requests of a run begin with.
type Prompt struct {
	Provider string
	Model    string
	System   []sdk.SystemBlock
	// Tools are sorted by name; none for a provider that runs tools of its own.
	Tools []sdk.ToolSpec
	// Hash is that of the run's first event.
	Hash     string
	Warnings []Warning
}

// Prompt returns what a run with these options would begin its requests with. No
// model is asked, nothing is written, and nobody needs to be logged in: without any
// login the first provider stands for the one to be chosen.
func (h *Host) Prompt(ctx context.Context, options RunOptions) (p Prompt, err error) {
	options.Ephemeral = true
	r, err := h.newRun(options)
	if err != nil {
		return Prompt{}, err
	}
	found, err := h.choose(ctx, r.Provider, r.config)
	name := found.name
	var nobody *NoProviderError
	if errors.As(err, &nobody) && len(nobody.Found) > 0 {
		name, err = nobody.Found[0], nil
	}
	if err != nil {
		return Prompt{}, err
	}
	r.result.Provider = name
	supervisor, err := h.supervisor(name, r.config)
	if err != nil {
		return Prompt{}, err
	}
	if _, r.facts, err = supervisor.Provider(ctx); err != nil {
		return Prompt{}, err
	}
	if err := r.checkProvider(); err != nil {
		return Prompt{}, err
	}
	r.prepared = r.prepare()
	defer func() { err = errors.Join(err, r.prepared.close()) }()
	if r.prepared.err != nil {
		return Prompt{}, r.prepared.err
	}
	if err := r.openSession(); err != nil {
		return Prompt{}, err
	}
	r.begin()
	agentOptions, err := r.agentOptions(supervisor)
	if err != nil {
		return Prompt{}, err
	}
	defer r.tools.Close(ctx)
	p = Prompt{Provider: name, Model: agentOptions.Started.Model, System: agentOptions.System, Warnings: r.warnings}
	p.Tools, p.Hash = agent.Prompt(agentOptions)
	return p, nil
}

// begin finds out what was so when the session began. since tells the model what is
// different now.
func (r *run) begin() (since string) {
	now := agent.BeginningAt(r.WorkingDir, r.now)
	r.beginning = now
	if kept, ok := r.prepared.session.Prefix(); ok {
		r.beginning = agent.Beginning{Date: kept.Date, Branch: kept.Branch}
	}
	return r.beginning.Since(now)
}

// withNote adds what jcode itself has to say to the user's message.
func withNote(input sdk.Message, note string) sdk.Message {
	if note != "" {
		input.Blocks = append(input.Blocks[:len(input.Blocks):len(input.Blocks)], sdk.Text{Text: note})
	}
	return input
}
