package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

// installUI is what an install says and asks on the terminal.
type installUI struct {
	c      *command
	bar    *progressBar
	yes    bool
	grants []string
	// source is for the command that a refusal proposes.
	source string
}

func (c *command) newInstallUI(flags *cli.Context) *installUI {
	return &installUI{
		c: c, bar: c.newProgressBar(), yes: flags.Bool("yes"), grants: flags.StringSlice("grant"),
		source: strings.Join(flags.Args().Slice(), " "),
	}
}

func (ui *installUI) host() host.InstallUI {
	out := host.InstallUI{Ask: ui.ask, Progress: ui.bar.show}
	if ui.c.inv.count("verbose") > 0 {
		out.Step = func(name string) {
			if name != "downloading" {
				ui.bar.clear()
				_, _ = fmt.Fprintln(ui.c.err, "  "+name)
			}
		}
	}
	return out
}

// ask shows what a plugin asks for and asks whether that is all right. A script
// answers by flags; without either nothing is installed.
func (ui *installUI) ask(ctx context.Context, consent host.InstallConsent) (host.InstallDecision, error) {
	ui.bar.clear()
	if err := ui.c.printConsent(consent); err != nil {
		return host.InstallDecision{}, err
	}
	switch {
	case len(ui.grants) > 0:
		return grantOnly(consent, ui.grants)
	case ui.yes:
		return host.InstallDecision{Agreed: true}, nil
	case !ui.c.interactive():
		return host.InstallDecision{}, &host.InstallError{
			Op: "install " + consent.Name, Kind: "consent", Detail: "there is no terminal to ask for your agreement on",
			Remedy: "add --yes to agree to all of it, or --grant ITEM for each thing that you agree to",
		}
	}
	login := ui.c.newLoginUI(false)
	defer login.close()
	answer, err := login.Prompt(ctx, sdk.Prompt{Label: "Install it? [y/N]"})
	if err != nil {
		return host.InstallDecision{}, err
	}
	word := strings.ToLower(strings.TrimSpace(answer.Reveal()))
	return host.InstallDecision{Agreed: word == "y" || word == "yes"}, nil
}

// grantOnly agrees to the items of --grant and denies the rest.
func grantOnly(consent host.InstallConsent, grants []string) (host.InstallDecision, error) {
	decision := host.InstallDecision{Agreed: true}
	var items []string
	for _, ask := range consent.Asks {
		items = append(items, ask.Item())
		if !slices.Contains(grants, ask.Item()) && !slices.Contains(grants, ask.Name) {
			decision.Denied = append(decision.Denied, ask.Item())
		}
	}
	for _, grant := range grants {
		if !slices.ContainsFunc(consent.Asks, func(a host.InstallAsk) bool { return a.Item() == grant || a.Name == grant }) {
			return decision, &usageError{what: "flag --grant", why: consent.Name + " does not ask for " + quote(grant) + "; it asks for " + enumerate(items)}
		}
	}
	return decision, nil
}

var askTitles = map[string]string{
	"env": "environment", "read": "reads", "write": "writes", "program": "runs", "host": "talks to",
}

// printConsent is the consent screen. It goes to stderr: stdout is for results.
func (c *command) printConsent(consent host.InstallConsent) error {
	p := c.paint(c.errTerminal)
	var out strings.Builder
	line := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&out, "  %-12s %s\n", label, oneLine(value))
		}
	}
	title := consent.Name + " " + consent.Version
	if consent.Previous != "" {
		title += ", in place of " + consent.Previous
	}
	out.WriteString(p.bold(oneLine(title)) + "\n")
	line("publisher", consent.Publisher)
	line("homepage", consent.Homepage)
	line("source", consent.Source)
	if consent.URL != consent.Source {
		line("from", consent.URL)
	}
	line("sha256", consent.SHA256)
	line("trust", consent.TrustDetail)
	sandbox := "on: its own folder, the system's libraries and certificates"
	if !consent.Sandboxed {
		sandbox = "off: it runs a vendor's program, with your rights"
	}
	line("sandbox", sandbox)
	if len(consent.Asks) == 0 {
		line("asks for", "nothing")
	}
	for _, ask := range consent.Asks {
		out.WriteString(askLine(p, ask, consent.Previous != ""))
	}
	for _, ask := range consent.Removed {
		fmt.Fprintf(&out, "  - %-10s %s, no longer\n", askTitles[string(ask.Kind)], oneLine(ask.Name))
	}
	for _, warning := range consent.Warnings {
		out.WriteString("  " + p.yellow("warning: "+oneLine(warning)) + "\n")
	}
	_, err := io.WriteString(c.err, out.String())
	return err
}

func askLine(p paint, ask host.InstallAsk, upgrade bool) string {
	mark := " "
	if upgrade && ask.New {
		mark = "+"
	}
	name := ask.Name
	if ask.Kind == "env" && strings.HasSuffix(name, "_") {
		name += "*"
	}
	text := fmt.Sprintf("  %s %-10s %s", mark, askTitles[string(ask.Kind)], oneLine(name))
	if ask.Note != "" {
		text += "  " + p.yellow("("+oneLine(ask.Note)+")")
	}
	return text + "\n"
}
