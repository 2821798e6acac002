package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

// maxKey is the longest API key that is read, in bytes.
const maxKey = 64 << 10

func (c *command) loginCommand() *cli.Command {
	return &cli.Command{
		Name: "login", Usage: "log in to a provider",
		Description: `Without --provider it asks which one. A page to visit is always printed, and
opened where that can work. Without a terminal nothing waits: the exit code is
4 then, with the command to run.

Examples:
  jcode login
  jcode login --provider NAME
  jcode login --provider NAME --no-browser
  printenv NAME_API_KEY | jcode login --provider NAME --with-api-key`,
		Flags: []cli.Flag{
			yes("with-api-key", "", "read an API key from standard input"),
			yes("no-browser", "", "only print the page to visit"),
			text("method", "", "ID", "how to log in; the provider knows which"),
		},
		Action: c.loginAction,
	}
}

func (c *command) logoutCommand() *cli.Command {
	return &cli.Command{
		Name: "logout", Usage: "remove the credentials that login stored",
		Description: "Credentials of other programs are never touched.\n\nExamples:\n  jcode logout --provider NAME",
		Action:      c.logoutAction,
	}
}

func (c *command) loginAction(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 0); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	provider, err := c.whichProvider(flags, h)
	if err != nil {
		return err
	}
	request, err := c.loginRequest(flags)
	if err != nil {
		return err
	}
	return c.loginTo(flags.Context, h, provider, request, flags.String("provider") == "")
}

// loginTo logs in. With menu, for somebody who has named nothing, it asks for the
// method where there are several; otherwise the provider knows which is best here.
func (c *command) loginTo(ctx context.Context, h *host.Host, provider string, request sdk.LoginRequest, menu bool) error {
	ui := c.newLoginUI(request.CanOpenBrowser)
	defer ui.close()
	ctx, ui.end = context.WithCancelCause(ctx)
	defer ui.end(nil)
	if menu && request.Method == "" && request.APIKey.IsZero() && !request.Headless {
		method, err := c.chooseMethod(ctx, h, provider, ui)
		if err != nil {
			return err
		}
		request.Method = method
	}
	account, err := h.Login(ctx, provider, request, ui)
	if ui.interrupted() {
		return errInterrupted()
	}
	if err != nil {
		return err
	}
	ui.clear()
	text := "logged in to " + provider
	if account.Label != "" {
		text += " as " + oneLine(account.Label)
	}
	if account.Plan != "" {
		text += " (" + oneLine(account.Plan) + ")"
	}
	if account.Stored != "" {
		text += ", kept in " + oneLine(account.Stored)
	}
	_, err = fmt.Fprintln(c.progressOut(), text)
	return err
}

// progressOut is where a login reports: stdout belongs to the answer when a
// prompt is to be run afterwards.
func (c *command) progressOut() io.Writer {
	if len(c.inv.verbs) > 0 && c.inv.verbs[0] == "run" {
		return c.err
	}
	return c.out
}

func (c *command) chooseMethod(ctx context.Context, h *host.Host, provider string, ui *loginUI) (string, error) {
	methods, err := h.LoginMethods(ctx, provider)
	if err != nil || len(methods) < 2 {
		return "", err
	}
	options := make([]sdk.Option, 0, len(methods))
	for _, m := range methods {
		options = append(options, sdk.Option(struct{ ID, Label string }{m.ID, m.Label}))
	}
	return ui.Choose(ctx, sdk.Choice{Label: "How do you want to log in to " + provider + "?", Options: options})
}

func (c *command) loginRequest(flags *cli.Context) (sdk.LoginRequest, error) {
	request := sdk.LoginRequest{
		Method: flags.String("method"), Headless: !c.interactive(), HasTerminal: c.interactive(),
		RemoteShell: c.remote(), CanOpenBrowser: !flags.Bool("no-browser") && c.browser() != nil,
		Terminal: c.terminalSize(), TerminalType: c.env["TERM"],
	}
	if !flags.Bool("with-api-key") {
		return request, nil
	}
	key, err := c.readKey(flags.Context)
	request.APIKey = key
	return request, err
}

// readKey reads an API key: typed unseen at a terminal, else all of stdin.
func (c *command) readKey(ctx context.Context) (sdk.Secret, error) {
	if c.inTerminal {
		ui := c.newLoginUI(false)
		defer ui.close()
		return ui.Prompt(ctx, sdk.Prompt{Label: "API key", Secret: true})
	}
	var data []byte
	var err error
	if c.in != nil {
		data, err = io.ReadAll(io.LimitReader(c.in, maxKey+1))
	}
	if err != nil {
		return sdk.Secret{}, readInput(err)
	}
	key := string(bytes.TrimSpace(data))
	switch {
	case key == "":
		return sdk.Secret{}, usagef("printenv NAME_API_KEY | jcode login --with-api-key",
			"--with-api-key: nothing came on standard input")
	case len(data) > maxKey, strings.ContainsAny(key, "\x00\r\n"):
		return sdk.Secret{}, usagef("", "--with-api-key: what came on standard input is no key")
	}
	return sdk.NewSecret(key), nil
}

// whichProvider is the flag, or a choice among the plugins that can be used.
func (c *command) whichProvider(flags *cli.Context, h *host.Host) (string, error) {
	if name := flags.String("provider"); name != "" {
		return name, nil
	}
	plugins, err := h.Plugins(flags.Context)
	if err != nil {
		return "", err
	}
	var names []string
	for _, p := range plugins {
		if p.Status == "ok" || p.Status == "unverified" {
			names = append(names, p.Name)
		}
	}
	if len(names) == 1 && c.interactive() {
		return names[0], nil
	}
	if len(names) == 0 || !c.interactive() {
		return "", &host.NoProviderError{Found: names}
	}
	return c.chooseProvider(flags.Context, h, names)
}

func (c *command) chooseProvider(ctx context.Context, h *host.Host, names []string) (string, error) {
	plugins, err := h.Plugins(ctx)
	if err != nil {
		return "", err
	}
	labels := map[string]string{}
	for _, p := range plugins {
		if p.Experimental {
			labels[p.Name] = p.Name + " (experimental)"
		}
	}
	ui := c.newLoginUI(false)
	defer ui.close()
	options := make([]sdk.Option, 0, len(names))
	for _, name := range ranked(names, plugins) {
		options = append(options, sdk.Option{ID: name, Label: cmp.Or(labels[name], name)})
	}
	return ui.Choose(ctx, sdk.Choice{Label: "Which provider?", Options: options})
}

// ranked are the names as a run would try them: Enter takes the first.
func ranked(names []string, plugins []host.Plugin) []string {
	ranks := map[string]int{}
	for _, p := range plugins {
		ranks[p.Name] = p.Rank
	}
	return slices.SortedStableFunc(slices.Values(names), func(a, b string) int { return cmp.Compare(ranks[a], ranks[b]) })
}

// loginChoice logs in before a run that found nobody logged in.
func (c *command) loginChoice(ctx context.Context, h *host.Host, names []string) (string, error) {
	name := names[0]
	if len(names) > 1 {
		var err error
		if name, err = c.chooseProvider(ctx, h, names); err != nil {
			return "", err
		}
	}
	return name, c.loginTo(ctx, h, name, sdk.LoginRequest{
		HasTerminal: true, RemoteShell: c.remote(), CanOpenBrowser: c.browser() != nil,
		Terminal: c.terminalSize(), TerminalType: c.env["TERM"],
	}, true)
}

func (c *command) logoutAction(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 0); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	provider, err := c.whichProvider(flags, h)
	if err != nil {
		return err
	}
	removed, err := h.Logout(flags.Context, provider)
	if err != nil {
		return err
	}
	if len(removed) == 0 {
		_, err := fmt.Fprintln(c.out, "nothing to remove for "+provider)
		return err
	}
	for _, r := range removed {
		if _, err := fmt.Fprintf(c.out, "removed %s from %s\n", oneLine(r.Entry), oneLine(r.Path)); err != nil {
			return err
		}
	}
	return nil
}

func (c *command) terminalSize() sdk.TerminalSize {
	if c.in == nil || !c.inTerminal {
		return sdk.TerminalSize{}
	}
	columns, rows, err := term.GetSize(int(c.in.Fd()))
	if err != nil {
		return sdk.TerminalSize{}
	}
	return sdk.TerminalSize{Rows: rows, Columns: columns}
}
