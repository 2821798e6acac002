package host

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/agent"
	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/launch"
	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// agentOptions puts together what the turn loop works with.
func (r *run) agentOptions(supervisor *launch.Supervisor) (agent.Options, error) {
	policy, err := r.policy()
	if err != nil {
		return agent.Options{}, err
	}
	asker := r.newAsker(policy)
	r.tools = tool.New(r.toolConfig(asker))
	for _, text := range r.prepared.warnings {
		r.warnings = append(r.warnings, Warning{Code: "instructions", Message: text})
	}
	info := r.info()
	maxTurns := r.maxTurns()
	modes := r.modesOf(info)
	r.warnOfMode(info)
	r.warnOfRules(info)
	r.warnOfAgents(hostTools(info))
	to := r.target(info)
	return agent.Options{
		Provider: supervised{supervisor, r.host.log(), r.host.renewalFor(r.facts, supervisor)}, ProviderName: r.result.Provider, Info: info,
		Model: r.Model, Effort: r.Effort, Session: r.prepared.session,
		Tools: r.tools, ChildTools: r.childTools(asker), SubagentTypes: r.prepared.agents,
		System: to.System, Limits: to.Limits, Fallback: r.fallBack, Beginning: r.beginning,
		Compaction: agent.Compaction{
			Enabled: r.config.Compaction, Threshold: r.config.CompactionThreshold,
			Window: func(ctx context.Context, provider, model string) int {
				return r.host.window(ctx, provider, model, r.config)
			},
		},
		PermissionMode: modes.policy, Judge: asker.judge,
		MaxTokensTotal: r.MaxTokensTotal, MaxCostUSD: r.MaxCostUSD, Price: r.prices.of, LoopGuard: r.config.LoopGuard,
		OnDeny: r.OnDeny, MaxTurns: maxTurns, IdleTimeout: r.idleTimeout(),
		Started: r.startedEvent(modes, maxTurns), Warnings: r.warnings, OnEvent: r.host.logged(r.OnEvent),
	}, nil
}

func (r *run) startedEvent(modes modes, maxTurns int) RunStarted {
	return RunStarted{
		SessionID: r.prepared.session.ID(), SessionPath: r.prepared.session.Path(),
		ResumedFrom: r.prepared.resumedFrom, WorkingDir: r.WorkingDir, Provider: r.result.Provider, Chosen: r.chosen,
		Model: firstOf(r.Model, defaultModel(r.facts.Info)), PermissionMode: firstOf(modes.known, modeOfProvider),
		Plugins: []PluginInfo{{
			Name: r.facts.Name, Version: r.facts.Version, Path: r.facts.Path, Source: string(r.facts.Source),
			Protocol: r.facts.Protocol, SHA256: r.facts.SHA256, Status: "ok",
		}},
		AuthMethod: r.auth.Method, AuthSource: r.auth.Source, Account: r.auth.Account,
		MaxTurns: maxTurns, Timeout: r.Timeout, MaxTokensTotal: r.MaxTokensTotal, MaxCostUSD: r.MaxCostUSD,
	}
}

func defaultModel(info sdk.Info) string {
	for _, model := range info.DefaultModels {
		if model.Default {
			return model.ID
		}
	}
	return ""
}

func (r *run) toolConfig(authorizer tool.Authorizer) tool.Config {
	config := tool.Config{
		WorkingDir: r.WorkingDir, AddedDirs: r.AddedDirs, SpoolDir: r.prepared.session.SpoolDir(),
		Authorizer: authorizer, Todos: r.prepared.session, Vision: r.info().Has(sdk.CapabilityImages),
		Environment: tool.ShellEnvironment(r.host.options.Environ, r.host.declared(), r.PassEnv),
		SessionID:   r.prepared.session.ID(), Home: r.host.home, Shell: r.host.env["JCODE_SHELL"],
		BashTimeout: r.config.BashTimeout, BashMaxTimeout: r.config.BashMaxTimeout,
		KillOnTimeout: r.config.BashTimeoutAction == "kill", Seen: r.prepared.session.Files(),
		Program: r.host.options.Executable,
		PrivateFolder: func() (string, func(), error) {
			return launch.PrivateFolder(r.host.home, r.host.options.Environ)
		},
	}
	if !r.NoInstructions && r.config.Instructions {
		config.InstructionFiles = agent.InstructionFiles
	}
	return config
}

func (h *Host) userHome() string { return firstOf(h.env["HOME"], h.env["USERPROFILE"]) }

// credentialFiles are what the plugins declare to read and write outside their
// own folders. No tool touches them.
func (h *Host) credentialFiles() []string {
	var files []string
	for _, row := range h.known() {
		for _, path := range slices.Concat(row.Manifest.Files.Read, row.Manifest.Files.Write) {
			if rest, ok := strings.CutPrefix(path, "~/"); ok {
				path = filepath.Join(h.userHome(), filepath.FromSlash(rest))
			}
			path = os.Expand(path, func(name string) string { return h.env[name] })
			if filepath.IsAbs(path) && path != h.userHome() {
				files = append(files, path)
			}
		}
	}
	return files
}

// processNames are the plugins' programs: no shell command may kill them.
func (h *Host) processNames() []string {
	var names []string
	for _, row := range h.discovered() {
		if row.Name != "" {
			names = append(names, discover.Prefix+row.Name)
		}
	}
	if runtime.GOOS == "windows" {
		for _, name := range slices.Clone(names) {
			names = append(names, name+".exe")
		}
	}
	return names
}
