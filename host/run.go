package host

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host/internal/agent"
	"github.com/jcode-go/jcode/host/internal/config"
	"github.com/jcode-go/jcode/host/internal/launch"
	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// Run runs one prompt to its end: the model is asked, its tool calls are run,
// and so on until it is done. The result is filled in as far as the run came,
// also beside an error. Cancelling ctx ends the run within 250 ms; its cause is
// wrapped by the error.
func (h *Host) Run(ctx context.Context, options RunOptions) (RunResult, error) {
	started := time.Now()
	r, err := h.newRun(options)
	if err != nil {
		return RunResult{Duration: time.Since(started)}, err
	}
	if r.Timeout > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, max(r.Timeout-r.Elapsed, time.Millisecond), &TimeoutError{After: r.Timeout})
		defer cancel()
		ctx = limited
	}
	err = r.run(ctx)
	awaitDeadline(ctx, err)
	if err != nil && ctx.Err() != nil {
		err = causeOf(ctx, err)
	}
	err = r.goOn(err)
	r.result.Duration = time.Since(started)
	h.logEnd(r.result, err)
	return r.result, err
}

// awaitDeadline waits for the end of a ctx that is about to end by its deadline: the
// plugin is told the deadline with each call, and may be the first to keep to it.
func awaitDeadline(ctx context.Context, err error) {
	deadline, ok := ctx.Deadline()
	if ok && errors.Is(err, context.DeadlineExceeded) && time.Until(deadline) < deadlineSkew {
		<-ctx.Done()
	}
}

// deadlineSkew is more than two processes of one machine differ by.
const deadlineSkew = 500 * time.Millisecond

// causeOf prefers the reason why ctx ended over what it made fail.
func causeOf(ctx context.Context, err error) error {
	var timeout *TimeoutError
	if errors.As(context.Cause(ctx), &timeout) {
		return timeout
	}
	if cause := context.Cause(ctx); !errors.Is(err, cause) {
		return fmt.Errorf("run: %w", cause)
	}
	return err
}

// run is one call of Run.
type run struct {
	RunOptions
	host   *Host
	config *config.Config
	result RunResult
	// warnings came before the first event could be shown.
	warnings []Warning
	// modeChosen says that the user chose the permission mode, somewhere.
	modeChosen bool
	// readOnlyFlag says that a flag added a folder for reading only.
	readOnlyFlag bool
	rules        ruleSet
	// asked are the limits that the user asked for on this run, by their settings.
	asked  map[string]bool
	prices *prices
	// chosen is why it is this provider, where the user named none.
	chosen   string
	facts    launch.Facts
	auth     sdk.AuthStatus
	prepared prepared
	tools    *tool.Set
	// backups are left to fall back to; now is the time that the model is told.
	backups   []backup
	now       time.Time
	beginning agent.Beginning
}

// newRun checks the options and fills in what the configuration says.
func (h *Host) newRun(options RunOptions) (*run, error) {
	if options.WorkingDir == "" {
		options.WorkingDir = h.options.WorkingDir
	}
	c, err := h.config(options.Settings)
	if err != nil {
		return nil, err
	}
	r := &run{RunOptions: options, host: h, config: c, warnings: configWarnings(c)}
	r.modeChosen = r.PermissionMode != "" || c.Origin("permission_mode") != config.OriginDefault
	r.PermissionMode = firstOf(r.PermissionMode, c.PermissionMode)
	r.OnDeny = firstOf(r.OnDeny, c.OnDeny)
	r.readOnlyFlag = len(r.ReadOnlyDirs) > 0
	r.addDirs(c.AddDirs)
	r.PassEnv = slices.Concat(c.PassEnv, r.PassEnv)
	r.NoInstructions = r.NoInstructions || h.options.Clean
	r.fillLimits(c)
	r.now = time.Now()
	if err := r.check(); err != nil {
		return r, err
	}
	if err := r.readRules(); err != nil {
		return r, err
	}
	return r, r.readBackups()
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func (r *run) absolute(dirs []string) []string {
	out := make([]string, 0, len(dirs))
	for _, dir := range dirs {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(r.WorkingDir, dir)
		}
		out = append(out, filepath.Clean(dir))
	}
	return out
}

func (r *run) check() error {
	switch {
	case !filepath.IsAbs(r.WorkingDir):
		return &UsageError{Message: "working folder " + r.WorkingDir + " is not absolute"}
	case !slices.Contains(config.PermissionModes, r.PermissionMode):
		return &UsageError{Message: fmt.Sprintf("permission mode %q: must be one of %v", r.PermissionMode, config.PermissionModes)}
	case !slices.Contains(config.OnDenyModes, r.OnDeny):
		return &UsageError{Message: fmt.Sprintf("--on-deny %q: must be one of %v", r.OnDeny, config.OnDenyModes)}
	case r.Continue && r.Resume != "":
		return &UsageError{Message: "continue and resume exclude each other"}
	case r.Fork && !r.resumes():
		return &UsageError{Message: "fork needs a session", Remedy: "jcode run -c --fork …"}
	case r.MaxTurns < 0 || r.Timeout < 0 || r.MaxTokensTotal < 0 || r.MaxCostUSD < 0:
		return &UsageError{Message: "a limit cannot be below zero"}
	case r.Ephemeral && r.Name != "":
		return &UsageError{Message: "an ephemeral run has no name: nothing is kept"}
	case r.SessionID != "" && r.resumes() && !r.Fork:
		return &UsageError{Message: "a session that is resumed keeps its id", Remedy: "jcode run -c --fork …"}
	}
	return r.checkSession()
}

func (r *run) resumes() bool { return r.Continue || r.Resume != "" }

// run starts the plugin while session and instructions are read, and then lets
// the turn loop work.
func (r *run) run(ctx context.Context) (err error) {
	ready := make(chan struct{})
	go func() { defer close(ready); r.prepared = r.prepare() }()
	supervisor, err := r.start(ctx, ready)
	<-ready
	defer func() { err = errors.Join(err, r.prepared.close()) }()
	if r.prepared.err != nil { // a session that is not there stays so after a login
		return r.prepared.err
	}
	if err != nil {
		return err
	}
	if err := r.checkProvider(); err != nil {
		return err
	}
	r.resumeModel()
	if err := r.checkEffort(); err != nil {
		return err
	}
	if err := r.checkBudget(ctx); err != nil {
		return err
	}
	if _, err := r.input(); err != nil { // before a session is begun for it
		return err
	}
	if err := r.openSession(); err != nil {
		return err
	}
	if err := r.movePiped(); err != nil {
		return err
	}
	input, err := r.input()
	if err != nil {
		return err
	}
	return r.converse(ctx, supervisor, withNote(input, r.begin()))
}

// start chooses the provider and starts its plugin. ready is closed when a resumed
// session is there.
func (r *run) start(ctx context.Context, ready <-chan struct{}) (*launch.Supervisor, error) {
	if err := r.resumeProvider(ctx, ready); err != nil {
		return nil, err
	}
	found, err := r.chooseWarm(ctx)
	if err != nil {
		return nil, err
	}
	name := found.name
	r.result.Provider = name
	r.host.log().Info("provider chosen", "provider", name, "why", firstOf(found.why, "named"))
	if found.why != "" {
		r.chosen, _, _ = strings.Cut(found.why, ", from ")
		r.warnOfAbsent()
		r.warnings = append(r.warnings, Warning{
			Code: "provider_chosen", Message: fmt.Sprintf("provider %s (%s); --provider names another", name, found.why),
		})
	}
	if !r.ModelUnchecked {
		if err := r.host.checkModel(name, r.Model, r.config); err != nil {
			return nil, err
		}
	}
	supervisor, err := r.host.supervisor(name, r.config)
	if err != nil {
		return nil, err
	}
	provider, facts, err := supervisor.Provider(ctx)
	if err != nil {
		return nil, err
	}
	r.facts = facts
	if facts.Attached {
		r.warnings = append(r.warnings, Warning{
			Code: "plugin_attached", Message: fmt.Sprintf("plugin %s is attached, unverified: process %d, which somebody else started", facts.Name, facts.PID),
		})
	}
	if found.auth != nil {
		r.auth = *found.auth
		return supervisor, ctx.Err()
	}
	return supervisor, r.askAuth(ctx, provider)
}

// askAuth asks the provider whether somebody is logged in. A failure to say so is none
// of the run: the model is asked all the same.
func (r *run) askAuth(ctx context.Context, provider sdk.Provider) error {
	status, err := provider.AuthStatus(ctx, false)
	if r.auth = status; r.auth.State != sdk.AuthMissing || err != nil {
		return ctx.Err()
	}
	name := r.result.Provider
	return &sdk.Error{
		Kind: sdk.KindUnauthenticated, Message: firstOf(r.auth.Detail, name+" is not logged in"),
		Remedy: firstOf(r.auth.Remedy, "jcode login --provider "+name),
	}
}

// checkProvider refuses flags that the provider could not enforce.
func (r *run) checkProvider() error { return r.enforceable(r.result.Provider, r.facts.Info) }

func (r *run) enforceable(provider string, info sdk.Info) error {
	if !info.Has(sdk.CapabilityNativeTools) {
		return nil
	}
	refused := func(flag string) error {
		return &ConfigError{Key: flag, Message: "provider " + provider + " cannot enforce it", Remedy: "leave it out, or choose another provider: jcode plugins list"}
	}
	switch {
	case r.PermissionModeExplicit && !info.Has(sdk.CapabilityPermissionModes):
		return refused("--permission-mode")
	case r.MaxTurns > 0 && !info.Has(sdk.CapabilityMaxTurns):
		return refused("--max-turns")
	case len(r.Deny) > 0:
		return refused("--deny")
	case r.readOnlyFlag:
		return refused("--add-dir DIR:ro")
	}
	return nil
}

// converse runs the turn loop and collects what is left behind.
func (r *run) converse(ctx context.Context, supervisor *launch.Supervisor, input sdk.Message) error {
	options, err := r.agentOptions(supervisor)
	if err != nil {
		return err
	}
	r.result.SessionID, r.result.SessionPath = r.prepared.session.ID(), r.prepared.session.Path()
	result, err := agent.Run(ctx, options, input)
	r.collect(ctx, result)
	if r.result.Provider == options.ProviderName {
		err = r.host.suggestModels(ctx, err, options.ProviderName, r.Model, r.config)
	}
	return err
}

// jobsTime is how long background jobs may take to end.
const jobsTime = 200 * time.Millisecond

func (r *run) collect(ctx context.Context, result agent.Result) {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobsTime)
	defer cancel()
	out := &r.result
	out.Provider = firstOf(result.Provider, out.Provider)
	out.Model, out.Text, out.StopReason, out.StopDetail = result.Model, result.Text, result.StopReason, result.StopDetail
	out.Turns, out.APIDuration = result.Turns, result.APIDuration
	out.Usage, out.ModelUsage, out.CostSource = result.Usage, result.ModelUsage, result.CostSource
	out.Denials, out.FilesChanged = result.Denials, result.FilesChanged
	for _, todo := range r.prepared.session.Todos() {
		if todo.Status != "completed" && todo.Status != "cancelled" {
			out.OpenTodos = append(out.OpenTodos, todo)
		}
	}
	r.keepSeen()
	for _, job := range r.closeTools(ctx, limited) {
		out.BackgroundJobs = append(out.BackgroundJobs, BackgroundJob{
			ID: job.ID, PID: job.PID, Command: job.Command, Output: job.LogPath, Kept: job.Kept,
		})
	}
}

// closeTools ends the background jobs, or lets them go on if the user wants that
// and did not end the run himself.
func (r *run) closeTools(ctx, limited context.Context) []tool.BackgroundJob {
	if !r.KeepBackground || ctx.Err() != nil {
		return r.tools.Close(limited)
	}
	left := r.tools.Release(limited)
	if len(left) > 0 {
		r.prepared.session.KeepSpool()
	}
	return left
}

// keepSeen lets the session know which files the model has seen, so that a later
// run of it need not read them again. Without that it only reads more.
func (r *run) keepSeen() {
	if err := r.prepared.session.AddFiles(r.tools.SeenFiles()); err != nil {
		r.warnings = append(r.warnings, Warning{Code: "session_write", Message: err.Error()})
	}
}
