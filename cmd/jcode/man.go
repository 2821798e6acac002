package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

func (c *command) manCommand() *cli.Command {
	return &cli.Command{
		Name: "man", Usage: "print a page of the manual", ArgsUsage: "[COMMAND...]",
		Description: `It says what help says, in the form that man reads. With --dir all pages are
written to a folder, jcode.1 and one for each command.

Examples:
  jcode man sessions export | man -l -
  jcode man --dir ~/.local/share/man/man1`,
		Flags:  []cli.Flag{text("dir", "", "DIR", "write all pages to DIR")},
		Action: c.manAction,
	}
}

func (c *command) manAction(flags *cli.Context) error {
	topic := flags.Args().Slice()
	if dir := flags.String("dir"); dir != "" {
		if len(topic) > 0 {
			return usagef("jcode man --dir DIR", "--dir writes every page: no command goes with it")
		}
		return c.writePages(flags.Context, dir)
	}
	if err := c.knownTopic(topic); err != nil {
		return err
	}
	_, err := io.WriteString(c.out, c.page(topic))
	return err
}

// writePages writes the whole manual.
func (c *command) writePages(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a manual is for everybody
		return err
	}
	topics := [][]string{nil}
	eachCommand(c.app.Commands, func(path []string, _ *cli.Command) { topics = append(topics, path) })
	var errs []error
	for _, topic := range topics {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		file := filepath.Join(dir, pageName(topic)+".1")
		errs = append(errs, os.WriteFile(file, []byte(c.page(topic)), 0o644))
	}
	return errors.Join(errs...)
}

func pageName(topic []string) string {
	return strings.Join(append([]string{programName}, topic...), "-")
}

// page is the manual's page on a command, or on the program.
func (c *command) page(topic []string) string {
	p := &manPage{}
	name := pageName(topic)
	p.line(`.TH "%s" "1" "" "%s %s" "%s"`, strings.ToUpper(roff(name)), programName, roff(thisVersion().Version), "User Commands")
	if at := c.leaf(topic); at != nil {
		p.command(name, topic, at)
	} else {
		p.program(c.app)
	}
	return p.out.String()
}

// manPage is a page while it is written.
type manPage struct{ out strings.Builder }

func (p *manPage) line(format string, args ...any) { fmt.Fprintf(&p.out, format+"\n", args...) }

func (p *manPage) section(title string) { p.line(".SH %s", title) }

func (p *manPage) program(app *cli.App) {
	about, examples := splitExamples(rootHelp)
	p.section("NAME")
	p.line(`%s \- %s`, programName, roff(app.Usage))
	p.section("SYNOPSIS")
	p.line(".B jcode\n[flags]\n.I COMMAND\n[flags] [arguments]")
	p.section("DESCRIPTION")
	p.paragraphs(about)
	p.commands(nil, app.Commands)
	p.section("OPTIONS")
	p.line("They may stand before and after the command.")
	p.flags(globalFlags())
	p.exits()
	p.files()
	p.examples(examples)
	p.seeAlso(nil, app.Commands)
}

func (p *manPage) command(name string, topic []string, command *cli.Command) {
	about, examples := splitExamples(command.Description)
	p.section("NAME")
	p.line(`%s \- %s`, roff(name), roff(command.Usage))
	p.section("SYNOPSIS")
	p.line(".B %s\n%s", roff(command.HelpName), roff(strings.TrimPrefix(usageLine(command), command.HelpName+" ")))
	if about != "" {
		p.section("DESCRIPTION")
		p.paragraphs(about)
	}
	if len(command.Subcommands) > 0 {
		p.commands(topic, command.Subcommands)
	} else {
		own, global := splitFlags(command)
		if len(own) > 0 {
			p.section("OPTIONS")
			p.flags(own)
		}
		p.section("GLOBAL OPTIONS")
		p.flags(global)
	}
	p.examples(examples)
	p.seeAlso(topic, command.Subcommands)
}

func (p *manPage) commands(above []string, commands []*cli.Command) {
	p.section("COMMANDS")
	for _, command := range commands {
		if !command.Hidden {
			p.line(".TP\n.BR %s (1)\n%s", roff(pageName(append(slices.Clone(above), command.Name))), roff(command.Usage))
		}
	}
}

func (p *manPage) flags(flags []cli.Flag) {
	for _, flag := range flags {
		what, usage := describeFlag(flag)
		names := flag.Names()
		spelled := `\fB` + roff(dashed(names[0])) + `\fR`
		if len(names) > 1 {
			spelled = `\fB` + roff(dashed(names[1])) + `\fR, ` + spelled
		}
		if what != "" {
			spelled += ` \fI` + roff(what) + `\fR`
		}
		p.line(".TP\n%s\n%s", spelled, roff(usage))
	}
}

func (p *manPage) exits() {
	p.section("EXIT STATUS")
	for _, row := range exitCodes {
		p.line(".TP\n.B %d\n%s", row.code, roff(row.meaning))
	}
	p.line(".PP")
	p.paragraphs(exitCodesMore)
}

func (p *manPage) files() {
	p.section("FILES")
	for _, row := range [][2]string{
		{"~/.jcode", "everything that is kept; JCODE_HOME names another folder"},
		{"~/.jcode/config.toml", "the settings: see jcode config list"},
		{"~/.jcode/sessions", "the conversations, one file of JSON lines each"},
		{"~/.jcode/plugins", "installed plugins"},
	} {
		p.line(".TP\n.I %s\n%s", roff(row[0]), roff(row[1]))
	}
}

// examples come as the help has them, indented by two.
func (p *manPage) examples(lines string) {
	if lines == "" {
		return
	}
	p.section("EXAMPLES")
	p.block(lines)
}

func (p *manPage) block(lines string) {
	p.line(".RS 4\n.nf")
	for line := range strings.Lines(lines) {
		p.line("%s", roff(strings.TrimPrefix(strings.TrimRight(line, "\n"), "  ")))
	}
	p.line(".fi\n.RE")
}

// paragraphs keeps indented lines as they are.
func (p *manPage) paragraphs(text string) {
	for i, paragraph := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		if i > 0 {
			p.line(".PP")
		}
		if strings.HasPrefix(paragraph, " ") {
			p.block(paragraph)
			continue
		}
		for line := range strings.Lines(paragraph) {
			p.line("%s", roff(strings.TrimSpace(line)))
		}
	}
}

// seeAlso names the page above and those below.
func (p *manPage) seeAlso(topic []string, below []*cli.Command) {
	var pages []string
	for n := range topic {
		pages = append(pages, pageName(topic[:n]))
	}
	for _, command := range below {
		if !command.Hidden {
			pages = append(pages, pageName(append(slices.Clone(topic), command.Name)))
		}
	}
	p.section("SEE ALSO")
	for i, page := range pages {
		comma := " ,"
		if i == len(pages)-1 {
			comma = ""
		}
		p.line(".BR %s (1)%s", roff(page), comma)
	}
}

// roff makes any text text of a page.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, `"`, `\(dq`).Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
