package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

func (c *command) pluginsDevCommand() *cli.Command {
	return &cli.Command{
		Name: "dev", Usage: "build a plugin at every change, and use it", ArgsUsage: "[DIR] [-- COMMAND...]",
		Description: `Builds the plugin in DIR, or here, now and whenever its sources change, until
Ctrl-C. Meanwhile every jcode of this JCODE_HOME uses it in the place of what
is installed; a session that runs takes the new build at its next turn. What
does not compile is shown, and the build before it stays.

A command of jcode after -- runs once the first build is there, with the
plugin as its provider; when it ends, so does this.

--debug builds without optimisation and starts the plugin by itself, under dlv
if that is on PATH. jcode attaches to it and waits as long as you sit at a
breakpoint.

Examples:
  jcode plugins dev ./acme
  jcode plugins dev ./acme -- run "say hello"
  jcode plugins dev --debug ./acme`,
		Flags:  []cli.Flag{yes("debug", "", "start it for a debugger, and attach")},
		Action: c.pluginsDev,
	}
}

func (c *command) pluginsDev(flags *cli.Context) error {
	args, then := flags.Args().Slice(), []string(nil)
	if at := c.inv.literalFrom; at < len(args) {
		args, then = args[:at], args[at:]
	}
	dir := "."
	if len(args) > 1 {
		return usagef("jcode plugins dev "+shellWord(args[0])+" -- "+strings.Join(args[1:], " "), "unexpected argument %s", quote(args[1]))
	}
	if len(args) == 1 {
		dir = args[0]
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	ctx, cancel := context.WithCancelCause(flags.Context)
	defer cancel(nil)
	session := devSession{command: c, end: cancel, then: then, signalled: flags.Context, done: make(chan struct{})}
	request := host.DevRequest{Dir: dir, Debug: flags.Bool("debug"), Told: session.told}
	if request.Debug {
		request.Log = os.Stderr
	}
	err = h.DevPlugin(ctx, request)
	if session.started {
		<-session.done
	}
	var ended *commandEndError
	switch {
	case errors.As(context.Cause(ctx), &ended):
		return ended.err
	case err == nil && flags.Err() != nil:
		return nil // Ctrl-C, which is how it ends
	}
	return err
}

// commandEndError says that the command has ended: the end of the command that was to run.
type commandEndError struct{ err error }

// Error is never shown.
func (e *commandEndError) Error() string { return "the command has ended" }

// devSession is one `plugins dev` as the user sees it.
type devSession struct {
	*command
	end     context.CancelCauseFunc
	then    []string
	started bool // then runs
	built   bool // a build has worked
	// signalled ends at a signal.
	signalled context.Context
	done      chan struct{} // closed when the command has ended
}

// told says what came of a build. It speaks on standard error: standard output is the
// command's that runs.
func (s *devSession) told(b host.DevBuild) {
	p := s.paint(s.errTerminal)
	line := func(format string, args ...any) {
		_, _ = fmt.Fprintln(s.err, p.bold("dev:")+" "+oneLine(fmt.Sprintf(format, args...)))
	}
	if b.Err != nil {
		s.tellFailure(b, line)
		return
	}
	s.built = true
	verb := "rebuilt"
	if b.Count == 1 {
		verb = "built"
	}
	took := b.Took.Round(100 * time.Millisecond).Seconds()
	line("%s %s (%.1f s)%s", b.Name, verb, took, parenthesisAfter(b.Cause))
	if d := b.Debugging; d != nil {
		line("it runs as process %d; in an editor or a terminal: %s", d.PID, debuggerCommand(d))
		line("for another JCODE_HOME: --plugin %s=%s", b.Name, d.Attach)
	}
	if b.Count == 1 && len(s.then) == 0 {
		line("in another terminal: jcode run --provider %s \"say hello\"; Ctrl-C ends", b.Name)
	}
	if b.Count == 1 && len(s.then) > 0 {
		s.started = true
		go s.run(b.Name)
	}
}

func (s *devSession) tellFailure(b host.DevBuild, line func(string, ...any)) {
	stays := "nothing is built yet"
	var author *host.AuthorError
	if s.built {
		stays = "the build before it stays"
	}
	line("%v; %s", b.Err, stays)
	if errors.As(b.Err, &author) && author.Output != "" {
		for text := range strings.Lines(author.Output) {
			_, _ = fmt.Fprintln(s.err, "  "+strings.TrimRight(cleanText(text), "\r\n"))
		}
	}
	if len(s.then) > 0 && !s.started {
		s.end(&commandEndError{b.Err})
	}
}

func debuggerCommand(d *host.Debugging) string {
	if d.Dlv != "" {
		return "dlv connect " + d.Dlv
	}
	return fmt.Sprintf("dlv attach %d (go install github.com/go-delve/delve/cmd/dlv@latest: then it starts under dlv)", d.PID)
}

func parenthesisAfter(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

// childGrace is how long a command may take to end after a signal.
const childGrace = 10 * time.Second

// run runs the command that was given, as this program, and ends the session with it.
func (s *devSession) run(name string) {
	defer close(s.done)
	child := exec.CommandContext(s.signalled, executable(), s.then...)
	child.WaitDelay = childGrace
	child.Cancel = func() error {
		var cause *signalError
		if s.inTerminal && errors.As(context.Cause(s.signalled), &cause) && cause.signal == syscall.SIGINT {
			return nil // Ctrl-C has reached it already, and a second one would cut it off
		}
		return terminate(child.Process)
	}
	child.Env = append(append([]string(nil), s.environ...), "JCODE_PROVIDER="+name)
	child.Stdin, child.Stdout, child.Stderr = s.in, s.out, s.err
	err := child.Run()
	var exited *exec.ExitError
	if errors.As(err, &exited) {
		err = &childError{code: exited.ExitCode()}
	}
	s.end(&commandEndError{err})
}

// childError is the failure of a command of jcode that has told the user itself.
type childError struct{ code int }

// Error is never shown.
func (e *childError) Error() string { return fmt.Sprintf("exit status %d", e.code) }
