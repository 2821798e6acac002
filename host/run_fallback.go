package host

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jcode-go/jcode/host/internal/agent"
	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/sdk"
)

// backup is a provider, and perhaps a model, to go on with.
type backup struct{ provider, model string }

func (b backup) String() string {
	if b.model == "" {
		return b.provider
	}
	return b.provider + "/" + b.model
}

// readBackups takes the list of fallbacks apart and refuses names that cannot be
// right, before anything is asked or launched. Whether they are logged in shows when
// they are needed.
func (r *run) readBackups() error {
	names := r.Fallback
	if len(names) == 0 {
		names = r.config.Fallback
	}
	for _, name := range names {
		provider, model, _ := strings.Cut(strings.TrimSpace(name), "/")
		if provider == "" || strings.HasSuffix(name, "/") {
			return &UsageError{Message: fmt.Sprintf("fallback %q: must be PROVIDER/MODEL or PROVIDER", name)}
		}
		if _, err := discover.Pick(r.host.discovered(), provider); err != nil {
			return pluginError(provider, err)
		}
		if !r.ModelUnchecked {
			if err := r.host.checkModel(provider, model, r.config); err != nil {
				return err
			}
		}
		r.backups = append(r.backups, backup{provider, model})
	}
	return nil
}

// fallBack is the next of the list that can be asked; those that cannot are skipped
// with a warning, and so is who has just failed.
func (r *run) fallBack(ctx context.Context, failed agent.Target) (to agent.Target, skipped []Warning, ok bool) {
	for len(r.backups) > 0 {
		next := r.backups[0]
		r.backups = r.backups[1:]
		to, err := r.backupTarget(ctx, next)
		if err == nil && to.ProviderName == failed.ProviderName && to.ModelName() == failed.ModelName() {
			err = errors.New("it is the one that failed")
		}
		if err == nil {
			return to, skipped, true
		}
		if ctx.Err() != nil {
			return to, skipped, false
		}
		skipped = append(skipped, Warning{Code: "fallback_skipped", Message: fmt.Sprintf("fallback %s is left out: %v", next, err)})
	}
	return agent.Target{}, skipped, false
}

// backupTarget starts a backup's plugin. What the first provider was given stays
// with it: each process gets its own variables and nobody else's.
func (r *run) backupTarget(ctx context.Context, b backup) (agent.Target, error) {
	supervisor, err := r.host.supervisor(b.provider, r.config)
	if err != nil {
		return agent.Target{}, err
	}
	provider, facts, err := supervisor.Provider(ctx)
	if err != nil {
		return agent.Target{}, err
	}
	auth, err := provider.AuthStatus(ctx, false)
	if err != nil {
		return agent.Target{}, err
	}
	if auth.State == sdk.AuthMissing {
		return agent.Target{}, fmt.Errorf("not logged in (%s)", firstOf(auth.Remedy, "jcode login --provider "+b.provider))
	}
	if err := r.enforceable(b.provider, facts.Info); err != nil {
		return agent.Target{}, err
	}
	if err := r.affords(b, facts.Info); err != nil {
		return agent.Target{}, err
	}
	info := infoFor(facts.Info, b.model)
	to := r.target(info)
	to.Provider, to.ProviderName, to.Model = supervised{supervisor, r.host.log(), r.host.renewalFor(facts, supervisor)}, b.provider, b.model
	to.Effort = r.effortOf(info, b)
	return to, ctx.Err()
}

// effortOf is the effort asked for, where the backup's model is known to have it:
// levels differ between vendors, and nobody chose this one's.
func (r *run) effortOf(info sdk.Info, b backup) string {
	for _, models := range [][]sdk.Model{info.DefaultModels, r.host.readModels(b.provider).Models} {
		if m, ok := findModel(models, b.model); ok {
			for _, effort := range m.Efforts {
				if effort == r.Effort {
					return effort
				}
			}
		}
	}
	return ""
}

// target is what a provider is told beside the conversation.
func (r *run) target(info sdk.Info) agent.Target {
	modes := r.modesOf(info)
	return agent.Target{
		Info: info,
		System: agent.SystemPrompt(agent.PromptOptions{
			Replace: r.System, Append: r.AppendSystem, Instructions: r.prepared.instructions,
			WorkingDir: r.WorkingDir, AddedDirs: r.AddedDirs, ReadOnlyDirs: r.ReadOnlyDirs, PermissionMode: modes.known,
			HostTools: hostTools(info), Beginning: r.beginning,
		}),
		Limits: sdk.Limits{
			PermissionMode: modes.asked, PermissionModeExplicit: r.PermissionModeExplicit,
			MaxTurns: r.maxTurns(), WorkingDir: r.WorkingDir, AddedDirs: r.AddedDirs,
		},
	}
}

func (r *run) maxTurns() int {
	if r.MaxTurns == 0 {
		return r.config.MaxTurns
	}
	return r.MaxTurns
}
