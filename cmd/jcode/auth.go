package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

type authRow struct {
	Provider  string        `json:"provider"`
	State     sdk.AuthState `json:"state"`
	Method    string        `json:"method"`
	Account   *string       `json:"account"`
	Plan      *string       `json:"plan"`
	ExpiresAt *string       `json:"expires_at"`
	Source    *string       `json:"source"`
	Passed    []passedRow   `json:"passed"`
	Billing   *string       `json:"billing"`
	Detail    *string       `json:"detail"`
	Remedy    *string       `json:"remedy"`
	CheckedAt *string       `json:"checked_at"`
	Methods   []methodRow   `json:"login_methods"`
	Error     *errorInfo    `json:"error"`
}

type passedRow struct {
	Source string `json:"source"`
	Reason string `json:"reason"`
}

type methodRow struct {
	ID            string `json:"id"`
	Label         string `json:"label"`
	NeedsBrowser  bool   `json:"needs_browser"`
	NeedsTerminal bool   `json:"needs_terminal"`
}

func (c *command) authCommand() *cli.Command {
	return &cli.Command{
		Name: "auth", Usage: "the state of the logins",
		Description: "Examples:\n  jcode auth status\n  jcode auth list --json",
		Subcommands: []*cli.Command{
			{
				Name: "status", Usage: "say who is logged in, how, and who pays",
				Description: `Reads files and variables only; --probe asks the vendors, or their programs.
Without a usable login the exit code is 4.

Examples:
  jcode auth status
  jcode auth status --provider NAME --probe
  jcode auth status --json`,
				Flags:  []cli.Flag{jsonFlag(), yes("probe", "", "ask the vendors whether the login holds")},
				Action: c.authStatus,
			},
			{
				Name: "list", Usage: "list the providers and their logins",
				Description: "Examples:\n  jcode auth list\n  jcode auth list --json",
				Flags:       []cli.Flag{jsonFlag()}, Action: c.authList,
			},
		},
	}
}

// authStatus tells everything about each login.
func (c *command) authStatus(flags *cli.Context) error {
	states, err := c.readAuth(flags, flags.Bool("probe"))
	if err != nil {
		return err
	}
	if flags.Bool("json") {
		err = c.printJSON(document("providers", c.authRows(states)))
	} else {
		for i, state := range states {
			if err = c.printAuth(state, i > 0); err != nil {
				break
			}
		}
	}
	if err != nil || anyUsable(states) {
		return err
	}
	none := &host.NoProviderError{}
	for _, state := range states {
		none.Found = append(none.Found, state.Provider)
	}
	return none
}

// authList is one line for each provider.
func (c *command) authList(flags *cli.Context) error {
	states, err := c.readAuth(flags, false)
	if err != nil {
		return err
	}
	if flags.Bool("json") {
		return c.printJSON(document("providers", c.authRows(states)))
	}
	rows := make([][]string, 0, len(states))
	for _, s := range states {
		state := string(s.Status.State)
		if s.Err != nil {
			state = "error: " + explain(s.Err).message
		}
		rows = append(rows, []string{s.Provider, s.Status.Method, s.Status.Account, s.Status.Source, state})
	}
	return c.table([]string{"PROVIDER", "METHOD", "ACCOUNT", "SOURCE", "STATE"}, rows)
}

func (c *command) readAuth(flags *cli.Context, probe bool) ([]host.ProviderAuth, error) {
	if err := wantArgs(flags, 0, 0); err != nil {
		return nil, err
	}
	h, err := c.open(flags)
	if err != nil {
		return nil, err
	}
	defer c.close(h)
	return h.AuthStatus(flags.Context, flags.String("provider"), probe)
}

// anyUsable reports whether one of the logins would do.
func anyUsable(states []host.ProviderAuth) bool {
	for _, s := range states {
		if s.Err == nil && (s.Status.State == sdk.AuthOK || s.Status.State == sdk.AuthUnknown) {
			return true
		}
	}
	return false
}

func (c *command) printAuth(s host.ProviderAuth, gap bool) error {
	p := c.paint(c.outTerminal)
	var out strings.Builder
	if gap {
		out.WriteString("\n")
	}
	state := string(s.Status.State)
	if s.Err != nil {
		state = "error"
	}
	fmt.Fprintf(&out, "%s: %s\n", p.bold(s.Provider), state)
	line := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&out, "  %-8s %s", label, c.broken(oneLine(value), 11))
		}
	}
	if s.Err != nil {
		line("error", explain(s.Err).message)
		line("try", c.explainOf(s.Provider, s.Err).hint)
	}
	line("method", s.Status.Method)
	line("account", strings.TrimSpace(s.Status.Account+" "+parenthesis(s.Status.Plan)))
	line("source", s.Status.Source)
	if !s.Status.ExpiresAt.IsZero() {
		line("expires", s.Status.ExpiresAt.Local().Format(time.RFC3339))
	}
	line("billing", s.Status.Billing)
	line("detail", s.Status.Detail)
	for i, passed := range s.Status.Passed {
		line(either(i == 0, "passed", ""), passed.Source+": "+passed.Reason)
	}
	line("try", s.Status.Remedy)
	_, err := fmt.Fprint(c.out, out.String())
	return err
}

func parenthesis(text string) string {
	if text == "" {
		return ""
	}
	return "(" + text + ")"
}

func (c *command) authRows(states []host.ProviderAuth) []authRow {
	rows := make([]authRow, 0, len(states))
	for _, s := range states {
		row := authRow{
			Provider: s.Provider, State: s.Status.State, Method: s.Status.Method,
			Account: orNull(s.Status.Account), Plan: orNull(s.Status.Plan),
			ExpiresAt: timeOrNull(s.Status.ExpiresAt), Source: orNull(s.Status.Source),
			Passed: []passedRow{}, Billing: orNull(s.Status.Billing), Detail: orNull(s.Status.Detail),
			Remedy: orNull(s.Status.Remedy), CheckedAt: timeOrNull(s.Status.CheckedAt), Methods: []methodRow{},
		}
		if row.State == "" {
			row.State = sdk.AuthUnknown
		}
		for _, passed := range s.Status.Passed {
			row.Passed = append(row.Passed, passedRow(passed))
		}
		for _, m := range s.Methods {
			row.Methods = append(row.Methods, methodRow(m))
		}
		if s.Err != nil {
			row.Error = errorInfoOf(c.explainOf(s.Provider, s.Err))
		}
		rows = append(rows, row)
	}
	return rows
}

func timeOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := timestamp(t)
	return &text
}
