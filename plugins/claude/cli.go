package claude

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// cliTurn is one Generate call that the claude program answers.
type cliTurn struct {
	provider   *Provider
	request    *sdk.Request
	stream     sdk.Stream
	config     sdk.Config
	settings   cliSettings
	path       string // of the program
	credential credential
	resume     shellout.Resumption
	renewed    bool // the login was renewed after a refusal
	shown      bool // something of the answer was
}

// wordsQuoted is how much of the program's last words an error quotes, in bytes.
const wordsQuoted = 200

// generateByCLI has the claude program answer. Nothing is started before all of
// it is known to be right.
func (p *Provider) generateByCLI(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	ctx, done := p.runs.Begin(ctx)
	defer done()
	t, err := p.cliTurn(ctx, request, stream)
	if err != nil {
		return sdk.Result{}, inGenerate(err)
	}
	go func() {
		select {
		case <-stream.Interrupted(): // the ladder begins with an orderly stop
			p.runs.Stop(ctx)
		case <-ctx.Done():
		}
	}()
	result, err := t.run(ctx)
	return result, inGenerate(err)
}

func (p *Provider) cliTurn(ctx context.Context, request *sdk.Request, stream sdk.Stream) (*cliTurn, error) {
	config, s := p.configuration(), p.settings(ctx)
	t := &cliTurn{
		provider: p, request: request, stream: stream, config: config,
		settings: readCLISettings(config, request, s.model), credential: s.credential,
	}
	if err := t.settings.rootRefusal(os.Geteuid()); err != nil {
		return nil, err
	}
	var err error
	if t.path, err = t.settings.program.Find(t.settings.environment); err != nil {
		return nil, err
	}
	if err := p.admitted(s.credential); err != nil {
		return nil, err
	}
	if err := s.caution(t.tell); err != nil {
		return nil, err
	}
	if err := t.announce(); err != nil {
		return nil, err
	}
	if t.credential, err = p.fresh(ctx, s.credential, t.tell); err != nil {
		return nil, err
	}
	t.resume = shellout.ResumptionOf(request, providerName, t.settings.dir)
	return t, nil
}

// admitted refuses a base URL that a login must not be sent to, or that is none.
func (p *Provider) admitted(c credential) error {
	e, err := parseEndpoint(p.baseURL())
	if err != nil {
		return err
	}
	return e.admits(c)
}

func (t *cliTurn) tell(event sdk.Event) error {
	if err := t.stream.Emit(event); err != nil {
		return &emitError{err}
	}
	return nil
}

// errLost means that the program has no longer the conversation that should go on.
var errLost = &sdk.Error{Kind: sdk.KindInternal, Op: opGenerate, Message: "claude does not find its conversation"}

// run has the program answer, again from the start when it has lost the
// conversation, and once more when our login had to be renewed.
func (t *cliTurn) run(ctx context.Context) (sdk.Result, error) {
	for {
		result, err := t.attempt(ctx)
		switch {
		case errors.Is(err, errLost) && t.resume.Session != "":
			t.resume = shellout.Resumption{}
			err = t.tell(sdk.WarningEvent{
				Code:    "session_lost",
				Message: "claude no longer has this conversation; it begins a new one and is told the old one in short",
			})
		case sdk.KindOf(err) == sdk.KindUnauthenticated && t.credential.origin == fromOwnFile && !t.renewed && !t.shown:
			t.renewed = true
			t.credential, err = t.provider.afterRefusal(ctx, t.credential, t.tell)
		default:
			return result, err
		}
		if err != nil {
			return sdk.Result{}, err
		}
	}
}

// Drain ends what the claude program is still doing, with the time that it needs
// to put its own things in order.
func (p *Provider) Drain(ctx context.Context) error { return p.runs.Drain(ctx) }

// cliLadder ends the program: it closes its tools when interrupted, and survives
// nothing worse, nor do they then end by themselves.
var cliLadder = []shellout.Step{
	{Signal: syscall.SIGINT, Wait: 3 * time.Second},
	{Signal: syscall.SIGTERM, Wait: 2 * time.Second},
}

// attempt is one run of the program.
func (t *cliTurn) attempt(ctx context.Context) (sdk.Result, error) {
	release, err := t.provider.runs.Lock(ctx, t.resume.Session)
	if err != nil {
		return sdk.Result{}, err
	}
	defer release()
	system, err := newSystemPrompt(t.request.System, firstOf(t.config.StateDir, os.TempDir()))
	if err != nil {
		return sdk.Result{}, err
	}
	defer system.remove()
	d := &cliDecoder{
		emit: t.tell, model: resolveModel(t.settings.model), mode: t.settings.frame.mode,
		now: t.provider.clock.Now, ownLogin: t.credential.secret.IsZero() || t.credential.origin == fromClaudeCode,
	}
	command, err := t.command(ctx, system)
	if err != nil {
		return sdk.Result{}, err
	}
	var noise string
	exit, err := shellout.RunLines(ctx, command, func(data []byte) (bool, error) {
		line, ok := parseLine(t.redacted(data))
		if !ok {
			noise = httpapi.Excerpt(shellout.Redact(string(data), command.Redact...))
			return false, nil
		}
		if line.Type == "control_request" {
			line, _ = parseLine(data) // the program gets its own words back
			return false, t.answer(ctx, command.Input, &line)
		}
		return d.line(&line)
	})
	t.shown = t.shown || d.shown
	switch {
	case d.end != nil && err == nil:
		return t.result(d, exit)
	case err != nil:
		return sdk.Result{}, err
	}
	return sdk.Result{}, noAnswer(d, exit, noise)
}

// shortestHidden keeps what is too short for a credential from being taken out of
// all text.
const shortestHidden = 8

// redacted is a line without the credential that the program was given: a tool that
// lists its variables prints it, and what is told of tools is shown and kept. Data
// is not changed.
func (t *cliTurn) redacted(data []byte) []byte {
	secret := []byte(t.credential.secret.Reveal())
	if len(secret) < shortestHidden || !bytes.Contains(data, secret) {
		return data
	}
	return bytes.ReplaceAll(data, secret, []byte(t.credential.secret.String()))
}

// command is what runs. Questions need an open input; without them the program
// sees the end of its input behind the prompt.
func (t *cliTurn) command(ctx context.Context, system systemPrompt) (shellout.Command, error) {
	args := t.settings.arguments(t.request, system, t.resume)
	more, err := t.effort(ctx)
	if err != nil {
		return shellout.Command{}, err
	}
	c := shellout.Command{
		Name: "claude", Path: t.path, Args: append(args, more...), Dir: t.settings.dir,
		Environment: childEnvironment(t.settings, t.credential, t.request.MaxOutputTokens),
		IdleLimit:   t.settings.idle, Ladder: cliLadder, Redact: []sdk.Secret{t.credential.secret},
	}
	line := inputLine(t.request, t.resume)
	if !t.settings.asks() {
		c.Stdin = line
		return c, nil
	}
	c.Input = shellout.NewInput()
	return c, c.Input.Send(line)
}

// effort passes a reasoning effort on where the program's own help lists it.
func (t *cliTurn) effort(ctx context.Context) ([]string, error) {
	if t.request.Effort == "" {
		return nil, nil
	}
	help, err := shellout.Probe{
		Command:  shellout.Command{Name: "claude", Path: t.path, Environment: childEnvironment(t.settings, credential{}, 0)},
		CacheDir: t.config.CacheDir, Off: valueOf(t.settings.environment, probeVariable) == "0",
	}.Text(ctx)
	if err != nil {
		return nil, err
	}
	if shellout.HasFlag(help, "--effort") {
		return []string{"--effort", t.request.Effort}, nil
	}
	return nil, t.tell(sdk.WarningEvent{Code: "effort_unknown", Message: "this claude takes no effort; it thinks as it is used to"})
}

// result is the end of a turn whose last line came.
func (t *cliTurn) result(d *cliDecoder, exit shellout.Exit) (sdk.Result, error) {
	if d.failed() && d.lost(strings.Join(d.end.Errors, " "), d.end.Result, exit.Stderr) {
		return sdk.Result{}, errLost
	}
	out, err := d.result()
	if err != nil {
		return sdk.Result{}, err
	}
	if d.session != "" {
		out.ProviderState = shellout.ConversationAfter(t.request, t.settings.dir, d.session).Bytes()
	}
	return out, nil
}

// noAnswer explains an end without a last line, by what the program said last.
func noAnswer(d *cliDecoder, exit shellout.Exit, noise string) error {
	said := strings.ToLower(exit.Stderr + " " + noise)
	e := exit.Failure()
	e.Op, e.Err = opGenerate, io.ErrUnexpectedEOF
	switch {
	case d.lost(exit.Stderr, noise):
		return errLost
	case strings.Contains(said, "root/sudo"):
		e.Kind, e.Remedy, e.Err = sdk.KindConfiguration, rootRemedy, nil
	case strings.Contains(said, "'--permission-mode") && strings.Contains(said, "is invalid"):
		e.Kind, e.Remedy, e.Err = sdk.KindConfiguration, "set "+modeVariable+" to one of the choices, or unset it", nil
	case strings.Contains(said, "unknown option"), strings.Contains(said, "unknown argument"):
		e.Kind, e.Remedy, e.Err = sdk.KindCLIOutdated, installCommand, nil
		e.Message = "this claude does not know what it was asked, at least " + minVersion + " is needed: " + exit.LastWords(wordsQuoted)
	case d.refused, strings.Contains(said, "please run /login"), strings.Contains(said, "invalid api key"):
		e.Kind, e.Remedy, e.Err = sdk.KindUnauthenticated, loginRemedy, nil
	case d.started:
		e.Kind, e.Retryable = sdk.KindNetwork, !d.shown
	}
	if exit.Stderr == "" && noise != "" {
		e.Message += ": " + noise
	}
	return e
}
