package cliprovider

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// LoginContext is what the command that logs in depends on.
type LoginContext struct {
	Help Help
	// CommandHelp is the help of the command "login", where Help lists it.
	CommandHelp Help
	// Browser says that a browser can be opened here.
	Browser bool
	// Terminal says that the user's terminal can be lent.
	Terminal bool
	// Settings are those of the user for this provider.
	Settings map[string]string
}

// LoginCommand is a command that logs in.
type LoginCommand struct {
	Args []string
	// Set are variables for it.
	Set map[string]string
	// Why tells what is better about it than the specified command; "" for that
	// one itself.
	Why string
	// NeedsTerminal says that it cannot do without one.
	NeedsTerminal bool
	// Leave says how to leave it, for a program that does not leave by itself.
	Leave string
	// Otherwise takes its place when the program does not know it.
	Otherwise *LoginCommand
}

const (
	// defaultLoginLimit bounds a login without a terminal, where nobody can see
	// that it waits. The setting login_timeout changes it.
	defaultLoginLimit = 3 * time.Minute
	// watchEvery is how often a program that does not leave by itself is asked
	// whether it is logged in by now.
	watchEvery = 5 * time.Second
)

// login is one Login call.
type login struct {
	*setup
	provider *Provider
	program  program
	request  sdk.LoginRequest
	ui       sdk.LoginUI
}

// Login runs the program's own login: on the user's terminal, or without one with
// its lines shown and a limit. What its exit status says is not believed; the
// program is asked afterwards.
func (p *Provider) Login(ctx context.Context, request sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	ctx, done := p.runs.Begin(ctx)
	defer done()
	account, err := p.login(ctx, request, ui)
	if err != nil {
		e := *sdk.AsError(err)
		if e.Op == "" {
			e.Op = "login"
		}
		return sdk.Account{}, &e
	}
	return account, nil
}

func (p *Provider) login(ctx context.Context, request sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	if !request.APIKey.IsZero() {
		return sdk.Account{}, &sdk.Error{
			Kind: sdk.KindInvalidRequest, Remedy: firstOf(p.cli.KeyHint, "jcode login --provider "+p.cli.Name),
			Message: p.cli.Display + " keeps its login itself; jcode stores no key for it",
		}
	}
	l := &login{setup: p.setup(), provider: p, request: request, ui: ui}
	var err error
	if l.program, err = l.find(ctx); err != nil {
		return sdk.Account{}, err
	}
	command, err := l.choose(ctx)
	if err != nil {
		return sdk.Account{}, err
	}
	exit, err := l.perform(ctx, command)
	if err == nil && command.Otherwise != nil && unknownCommand(exit) {
		command = *command.Otherwise
		exit, err = l.perform(ctx, command)
	}
	if err != nil {
		return sdk.Account{}, err
	}
	return l.verify(ctx, command, exit)
}

// unknownCommand reports whether a program left as one does that was misused.
func unknownCommand(exit shellout.Exit) bool { return exit.Code == 2 }

// choose finds the command, and says what it is.
func (l *login) choose(ctx context.Context) (LoginCommand, error) {
	c := LoginContext{
		Help: l.program.help, Browser: l.request.CanOpenBrowser && !l.request.RemoteShell,
		Terminal: l.request.HasTerminal, Settings: l.config.Settings,
	}
	if c.Help.Lists("login") {
		var err error
		if c.CommandHelp, err = l.help(ctx, l.program, "login"); err != nil {
			return LoginCommand{}, err
		}
	}
	command := l.cli.Login(c)
	lines := []string{l.cli.Display + " is an experimental provider: it stands on its vendor's own program."}
	if l.program.why != "" {
		lines = append(lines, l.program.path+" is used: "+l.program.why)
	}
	if command.Why != "" {
		lines = append(lines, l.line(command)+" takes the place of the usual command: "+command.Why)
	}
	if command.Leave != "" {
		lines = append(lines, "It does not leave by itself: "+command.Leave)
	}
	for _, line := range lines {
		if err := l.ui.Notice(ctx, line); err != nil {
			return LoginCommand{}, err
		}
	}
	return command, nil
}

// line is the command as a user would type it.
func (l *login) line(command LoginCommand) string {
	words := []string{strings.TrimSuffix(baseName(l.program.path), ".exe")}
	words = append(words, l.program.prefix...)
	return strings.Join(append(words, command.Args...), " ")
}

// perform runs the command.
func (l *login) perform(ctx context.Context, command LoginCommand) (shellout.Exit, error) {
	c := l.command(l.program, command.Args...)
	c.Dir = l.config.StateDir // not in a project, which the program may want to be trusted
	if l.request.HasTerminal {
		return l.onTerminal(ctx, command, c)
	}
	return l.withoutTerminal(ctx, command, c)
}

func (l *login) onTerminal(ctx context.Context, command LoginCommand, c shellout.Command) (shellout.Exit, error) {
	set := map[string]string{}
	for name, value := range command.Set {
		set[name] = value
	}
	if l.request.TerminalType != "" {
		set["TERM"] = l.request.TerminalType
	}
	drop := []string{}
	if value, _ := shellout.Value(l.config.ChildEnvironment, "NO_COLOR"); value == "" {
		drop = append(drop, "NO_COLOR") // it is a terminal
	}
	c.Environment = shellout.Environment(l.environment, drop, set)
	lent, err := l.ui.Terminal(ctx, "running "+l.line(command)+"; Ctrl-C goes to it, three times at once ends it")
	if err != nil {
		e := *sdk.AsError(err)
		if e.Kind == sdk.KindInteractionRequired {
			e.Remedy = l.again()
		}
		return shellout.Exit{}, &e
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	if command.Leave != "" {
		go l.watch(watching, lent, command.Leave)
	}
	exit, err := shellout.RunTerminal(ctx, c, lent, l.request.Terminal)
	return exit, l.startable(err, command)
}

// startable says for a system without pseudo-terminals what can be done instead.
func (l *login) startable(err error, command LoginCommand) error {
	if sdk.KindOf(err) != sdk.KindInteractionRequired {
		return err
	}
	e := *sdk.AsError(err)
	e.Remedy = l.line(command) + ", by hand; then jcode auth status --provider " + l.cli.Name + " --probe"
	return &e
}

// again is the command for somebody who has a terminal.
func (l *login) again() string { return "jcode login --provider " + l.cli.Name + ", in a terminal" }

// watch says how to leave once the program is logged in.
func (l *login) watch(ctx context.Context, lent sdk.Terminal, leave string) {
	if l.cli.Probe.Args == nil || l.cli.Probe.Args(l.program.help) == nil {
		return
	}
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		if l.ask(ctx, l.program).State == sdk.AuthOK && ctx.Err() == nil {
			_, _ = lent.Write([]byte("\r\n\x1b[0m[jcode: you are logged in. " + leave + "]\r\n"))
			return
		}
	}
}

// withoutTerminal shows the program's lines and waits for it, but not for ever.
func (l *login) withoutTerminal(ctx context.Context, command LoginCommand, c shellout.Command) (shellout.Exit, error) {
	if command.NeedsTerminal {
		return shellout.Exit{}, &sdk.Error{
			Kind: sdk.KindInteractionRequired, Message: l.line(command) + " needs a terminal", Remedy: l.again(),
		}
	}
	limit := durationOf(l.config.Settings["login_timeout"], defaultLoginLimit)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	show := func(line string) error { return l.ui.Notice(ctx, shellout.Redact(line, c.Redact...)) }
	if err := show("running " + l.line(command) + " without a terminal, for at most " + limit.String()); err != nil {
		return shellout.Exit{}, err
	}
	c.StartLimit, c.IdleLimit, c.OnStderr = shellout.NoLimit, shellout.NoLimit, func(line string) { _ = show(line) }
	c.Environment = shellout.Environment(l.environment, nil, command.Set)
	exit, err := shellout.RunLines(limited, c, func(line []byte) (bool, error) {
		// It holds a code or a page that somebody must see, so nothing is taken
		// out of it but control bytes.
		return false, l.ui.Notice(ctx, shellout.PlainText(string(line)))
	})
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return exit, &sdk.Error{
			Kind: sdk.KindInteractionRequired, Message: l.line(command) + " did not end in " + limit.String(), Remedy: l.again(),
		}
	}
	return exit, err
}

// verify asks the program who is logged in. An exit status proves nothing: some
// leave with 0 whatever happened, some never leave but by force.
func (l *login) verify(ctx context.Context, command LoginCommand, exit shellout.Exit) (sdk.Account, error) {
	if err := l.ui.Progress(ctx, sdk.Progress{Text: "asking " + l.program.name + " whether it is logged in"}); err != nil {
		return sdk.Account{}, err
	}
	said := l.ask(ctx, l.program)
	if ctx.Err() != nil {
		return sdk.Account{}, &sdk.Error{Kind: sdk.KindCancelled, Err: ctx.Err()}
	}
	l.keepLogin(l.program.path, said, l.provider.now())
	byHand := l.line(command) + ", by hand"
	if l.cli.KeyHint != "" {
		byHand += "; or " + l.cli.KeyHint
	}
	switch {
	case said.State == sdk.AuthOK:
		return sdk.Account{Label: said.Account, Plan: said.Plan}, nil
	case said.State == sdk.AuthMissing || !exit.Success():
		message := l.line(command) + " " + exit.String()
		if said.State == sdk.AuthMissing {
			message += "; " + l.program.name + " is not logged in"
		}
		e := &sdk.Error{Kind: sdk.KindUnauthenticated, Message: message, Remedy: byHand}
		if !l.request.HasTerminal { // which may be all that it lacked
			e.Kind, e.Remedy = sdk.KindInteractionRequired, l.again()
		}
		if last := exit.LastWords(maxExcerpt); last != "" {
			e.Message += ": " + last
		}
		return sdk.Account{}, e
	}
	err := l.ui.Notice(ctx, "whether the login took cannot be told before the first run: "+said.Detail)
	return sdk.Account{}, err
}
