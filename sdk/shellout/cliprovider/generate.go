package cliprovider

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/marker"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// generation is one Generate call.
type generation struct {
	*setup
	provider *Provider
	request  *sdk.Request
	stream   sdk.Stream
	program  program
	help     Help // less what the program rejected
	dir      string
	model    string
	named    bool // the user named it
	mode     []string
	extra    []string
	resume   string // the program's conversation
	budget   int    // of the prompt in bytes; 0 is none
	tried    map[string]bool
}

// Generate has the program answer.
func (p *Provider) Generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	ctx, done := p.runs.Begin(ctx)
	defer done()
	go func() {
		select {
		case <-stream.Interrupted(): // the ladder begins with an orderly stop
			p.runs.Stop(ctx)
		case <-ctx.Done():
		}
	}()
	result, err := p.generate(ctx, request, stream)
	var gone *callerError
	if errors.As(err, &gone) {
		return sdk.Result{}, gone.err
	}
	if err != nil {
		e := *sdk.AsError(err)
		if e.Op == "" {
			e.Op = "generate"
		}
		return sdk.Result{}, &e
	}
	return result, nil
}

// generate starts nothing before all of it is known to be right.
func (p *Provider) generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	g := &generation{setup: p.setup(), provider: p, request: request, stream: stream, tried: map[string]bool{}}
	g.dir = firstOf(request.Limits.WorkingDir, g.config.WorkingDir)
	var err error
	if g.program, err = g.find(ctx); err != nil {
		return sdk.Result{}, err
	}
	g.help = g.program.help
	if err := g.frame(); err != nil {
		return sdk.Result{}, err
	}
	if err := g.announce(); err != nil {
		return sdk.Result{}, err
	}
	if err := g.chooseModel(ctx); err != nil {
		return sdk.Result{}, err
	}
	if r := shellout.ResumptionOf(request, p.cli.Name, g.dir); !r.Fork { // none of them can copy a conversation
		g.resume = r.Session
	}
	for {
		o := g.attempt(ctx)
		if o.err == nil {
			return o.result, nil
		}
		again, err := g.again(o, ctx.Err() != nil)
		if err != nil || !again {
			return sdk.Result{}, firstError(err, o.err)
		}
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *generation) tell(event sdk.Event) error {
	if err := g.stream.Emit(event); err != nil {
		return &callerError{err}
	}
	return nil
}

func (g *generation) warn(code, message string) error {
	return g.tell(sdk.WarningEvent{Code: code, Message: message})
}

// announce says what the user should know before the program works, once.
func (g *generation) announce() error {
	if g.cli.Notice == "" || !marker.First(g.config.StateDir, "notice "+g.cli.Notice) {
		return nil
	}
	return g.warn("experimental", g.cli.Notice+" Said once.")
}

// chooseModel settles which model is asked for: the user's, the variable's, the
// configuration's, the default.
func (g *generation) chooseModel(ctx context.Context) error {
	variable, _ := g.variables.Get(g.cli.ModelVariable)
	if g.model = firstOf(g.request.Model, variable, g.config.Settings["model"]); g.model != "" {
		g.named = true
	} else {
		g.model = g.cli.DefaultModel
	}
	if g.cli.ListModels == nil || !g.cli.ListModels.Check || g.model == "" || g.model == "default" {
		return nil
	}
	for _, keep := range []time.Duration{listKept, listFresh} {
		models, err := g.models(ctx, g.program, keep)
		if err != nil || len(models) == 0 || hasModel(models, g.model) {
			return err
		}
	}
	e := &sdk.Error{
		Kind: sdk.KindModelNotFound, Message: g.program.name + " has no model " + strconv.Quote(g.model),
		Remedy: g.cli.remedy(sdk.KindModelNotFound),
	}
	if g.useFallback() {
		return g.warnFallback(e)
	}
	return e
}

func hasModel(models []sdk.Model, id string) bool {
	for _, m := range models {
		if strings.EqualFold(m.ID, id) || strings.EqualFold(m.DisplayName, id) {
			return true
		}
	}
	return false
}

// useFallback gives up the default model, which the user did not ask for.
func (g *generation) useFallback() bool {
	if g.named || g.cli.FallbackModel == nil || g.tried["model"] {
		return false
	}
	g.tried["model"] = true
	g.model = *g.cli.FallbackModel
	return true
}

func (g *generation) warnFallback(why error) error {
	instead := "its own choice"
	if g.model != "" {
		instead = g.model
	}
	return g.warn("model_substituted", sdk.AsError(why).Message+"; "+instead+" is used instead; "+g.cli.ModelVariable+" or --model names one")
}

// outcome is how one run went.
type outcome struct {
	result   sdk.Result
	err      error
	lost     bool   // the program does not know the conversation
	rejected string // a flag that it does not take
	stopped  bool   // it began to wait for somebody
	shown    bool
}

// again prepares another run after one that failed before anything was shown. It
// returns false when that cannot help, or the call is over.
func (g *generation) again(o outcome, over bool) (bool, error) {
	kind := sdk.KindOf(o.err)
	if over || o.shown || errors.As(o.err, new(*callerError)) {
		return false, nil
	}
	switch {
	case o.lost && g.resume != "":
		g.resume = ""
		return true, g.warn("session_lost", g.program.name+" no longer has this conversation; it begins a new one and is told the old one")
	case o.rejected != "" && g.help.Has(o.rejected):
		g.help = g.help.without(o.rejected)
		return true, g.frame()
	case kind == sdk.KindModelNotFound && g.useFallback():
		return true, g.warnFallback(o.err)
	case kind == sdk.KindContextTooLong && !g.tried["length"] && len(g.prompt().String()) > shellout.ArgumentLimit:
		g.tried["length"], g.budget = true, shellout.ArgumentLimit
		return true, nil
	case o.stopped && kind == sdk.KindUnauthenticated && !g.tried["login"]:
		g.tried["login"] = true // some take themselves for logged out now and then
		return true, nil
	}
	return false, nil
}

// special begin what some programs take for a command of their own.
const special = "&/!@#-"

// prompt is what the program is sent.
func (g *generation) prompt() shellout.Prompt {
	if g.resume == "" {
		return shellout.Transcript(g.request)
	}
	p := shellout.NewestTurn(g.request)
	if first := strings.TrimSpace(p.Bare); first != "" && strings.ContainsRune(special, rune(first[0])) {
		p.Bare = "User:\n" + p.Bare
	}
	return p
}

// limited is the prompt in as many bytes as there is room for.
func (g *generation) limited(style Style) (shellout.Argument, error) {
	p, limit := g.prompt(), g.budget
	if !style.Stdin {
		limit = shellout.ArgumentLimit
	}
	if limit == 0 {
		return shellout.Argument{Text: p.String()}, nil
	}
	argument, err := p.Argument(limit, firstOf(g.config.StateDir, os.TempDir()))
	if err == nil && argument.Warning != "" {
		err = g.warn("prompt_cut", argument.Warning)
	}
	return argument, err
}

// frame turns the host's limits into arguments, or refuses what the program cannot
// keep.
func (g *generation) frame() error {
	limits := g.request.Limits
	g.mode, g.extra = nil, nil
	if limits.MaxTurns > 0 {
		return g.cannot("--max-turns", "leave it out, and the setting max_turns too")
	}
	if limits.PermissionModeExplicit {
		args, known := g.cli.Modes[limits.PermissionMode]
		if !known || !g.help.hasAll(args) {
			return g.cannot("--permission-mode "+limits.PermissionMode, g.modesHelp())
		}
		g.mode = args
	}
	for _, dir := range limits.AddedDirs {
		if g.cli.AddDirFlag == "" || !g.help.Has(g.cli.AddDirFlag) {
			return g.cannot("--add-dir", "leave it out")
		}
		g.extra = append(g.extra, g.cli.AddDirFlag, dir)
	}
	if g.request.Effort == "" {
		return nil
	}
	if g.cli.EffortFlag == "" || !g.help.Has(g.cli.EffortFlag) {
		return g.warn("effort_unknown", "this "+g.program.name+" takes no effort; it thinks as it is used to")
	}
	g.extra = append(g.extra, g.cli.EffortFlag, g.request.Effort)
	return nil
}

func (g *generation) cannot(flag, remedy string) *sdk.Error {
	return &sdk.Error{
		Kind: sdk.KindConfiguration, Remedy: remedy,
		Message: flag + ": provider " + g.cli.Name + " cannot enforce it (" + g.program.path + ")",
	}
}

// modesHelp names the permission modes that this program can keep.
func (g *generation) modesHelp() string {
	var can []string
	for _, mode := range []string{"read-only", "edit", "auto", "bypass"} {
		if args, known := g.cli.Modes[mode]; known && g.help.hasAll(args) {
			can = append(can, mode)
		}
	}
	if len(can) == 0 {
		return "leave it out; the program's own settings decide then"
	}
	return "one of " + strings.Join(can, ", ") + ", or leave it out"
}
