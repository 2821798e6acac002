package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

const runHelp = `The words are the prompt; flags may stand anywhere before "--". What comes on
standard input goes along as context, or is the prompt when there are no words.
A pipe that stays silent never hangs a run: after a grace it goes on without.

stdout has the answer and nothing else; progress and warnings go to stderr.

Examples:
  jcode run "why does TestParse fail?"
  git diff | jcode run "review this change"
  jcode run -f shot.png "what is wrong in this picture?"
  jcode run -c "and now fix it"
  jcode run -o json --max-turns 20 "update the changelog" | jq -r .result
  jcode run --permission-mode edit --allow 'bash(go test *)' "mend the test"
  jcode run --max-cost-usd 0.50 --timeout 10m -u "find the leak"
  jcode run --fallback acme/large,other "go over the whole module"
  jcode run --permission-mode read-only -- -v is a strange flag, why?`

func (c *command) runCommand() *cli.Command {
	return &cli.Command{
		Name: "run", Usage: "answer one prompt, working in this folder",
		ArgsUsage: "PROMPT...", Description: runHelp, Action: c.runAction,
		Flags: []cli.Flag{
			list("file", "f", "FILE", "attach a text file or image"),
			list("prompt-file", "", "FILE", "take the prompt from FILE; - is stdin"),
			text("output-format", "o", "FORM", "text, json or stream-json"),
			yes("include-partial-messages", "", "stream-json: every delta too"),
			yes("continue", "c", "go on with the last session of this project"),
			text("resume", "r", "ID", "go on with this session (id, name or prefix)"),
			yes("all-projects", "", "with -c or -r: among the sessions of every folder"),
			yes("fork", "", "with -c or -r: go on with a copy"),
			text("name", "", "NAME", "name the session, for -r NAME"),
			text("session-id", "", "UUID", "the id of the new session"),
			yes("ephemeral", "", "keep no session"),
			text("permission-mode", "", "MODE", "read-only, edit, auto or bypass"),
			list("allow", "", "RULE", "allow calls, as in 'bash(git *)'"),
			list("deny", "", "RULE", "refuse calls, as in 'write(src/**)'; beats all else"),
			yes("no-ask", "", "never ask on the terminal before a refusal"),
			text("on-deny", "", "WHAT", "continue, report (exit 6) or fail at once"),
			text("max-turns", "", "N", "ask the model at most N times"),
			text("max-tokens-total", "", "N", "use at most N tokens in all, as in 200k"),
			text("max-cost-usd", "", "N", "spend at most N dollars, as far as prices are known"),
			text("timeout", "", "TIME", "end after TIME, as in 90s or 10m (exit 124)"),
			list("fallback", "", "P/MODEL", "go on there when the first is overloaded or at a limit; best first, split at commas"),
			yes("model-unchecked", "", "the model is new: no list of models has it yet"),
			text("effort", "", "LEVEL", "reasoning effort, one of the model's"),
			text("system", "", "TEXT", "replace the system prompt; @FILE reads it"),
			text("append-system", "", "TEXT", "add to the system prompt; @FILE reads it"),
			yes("no-instructions", "", "do not read the project's instructions"),
			list("add-dir", "", "DIR[:ro]", "tools may write in DIR too; with :ro only read"),
			yes("keep-background", "", "let background jobs go on after the run"),
			list("pass-env", "", "NAME", "the shell may see this variable"),
			yes("usage", "u", "say on stderr what the run used"),
			text("usage-file", "", "FILE", "write what the run used to FILE, as JSON"),
			yes("stdin", "", "wait for standard input, however long"),
			yes("no-stdin", "", "do not look at standard input"),
			text("stdin-grace", "", "TIME", "how long to wait for a silent pipe"),
			text("stdin-limit", "", "SIZE", "how much of stdin goes to the model"),
		},
	}
}

// runAction is `jcode run`: flags, one call, a result.
func (c *command) runAction(flags *cli.Context) error {
	options, err := c.runOptions(flags)
	if err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	if err := c.splitModel(flags.Context, h, &options); err != nil {
		return err
	}
	began := time.Now()
	input, err := c.runInput(flags, h, options)
	if err != nil {
		return err
	}
	if input.piped != nil && input.piped.Spool != "" {
		defer func() { _ = os.Remove(input.piped.Spool) }()
	}
	options.Prompt, options.Piped, options.Attachments = input.prompt, input.piped, input.attachments
	if options.Timeout > 0 {
		options.Elapsed = time.Since(began)
	}
	return c.runRendered(flags, h, options, input)
}

// runInput reads the prompt. The run's time limit holds for that too.
func (c *command) runInput(flags *cli.Context, h *host.Host, options host.RunOptions) (promptInput, error) {
	settings, err := h.Settings()
	if err != nil {
		return promptInput{}, err
	}
	if err := c.stdinFlags(flags, &settings); err != nil {
		return promptInput{}, err
	}
	ctx := flags.Context
	if timeout := options.Timeout; timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, timeout, &host.TimeoutError{After: timeout})
		defer cancel()
	}
	return c.readPrompt(ctx, flags, settings, func() {
		if options.Provider == "" && (options.Continue || options.Resume != "") {
			return // the session says whom to ask
		}
		h.Warm(flags.Context, options.Provider, options.Settings)
	})
}

// runRendered runs the prompt and shows it. The result is printed whatever
// happens, also when jcode itself breaks.
func (c *command) runRendered(flags *cli.Context, h *host.Host, options host.RunOptions, input promptInput) error {
	s := c.newScreen(flags)
	forget := c.signals.atExit(s.abandon)
	defer forget()
	for _, warning := range input.warnings {
		_ = s.event(warning)
	}
	stop := watchLate(s, input.late)
	defer stop()
	options.OnEvent = s.event
	if c.canAsk() {
		options.Ask = c.questions(s)
	}
	result, err := c.runOnce(flags, h, options)
	result, err = c.afterLogin(flags, h, options, result, err)
	if s.gone() {
		err = errReaderGone
	}
	if cause := c.signals.cause(); cause != nil && err != nil && !errors.Is(err, errReaderGone) {
		err = errors.Join(cause, err)
	}
	c.provider = result.Provider
	f := c.explain(err)
	c.printed = true
	if text := deniedLine(len(result.Denials), f); text != "" && c.wantsResult() {
		_, _ = fmt.Fprintln(c.err, text)
	}
	if writeErr := s.finish(result, f); writeErr != nil {
		if isReaderGone(writeErr) {
			return errReaderGone
		}
		return errors.Join(err, fmt.Errorf("write stdout: %w", writeErr))
	}
	if usageErr := c.tellUsage(flags, result, f); err == nil {
		return usageErr
	}
	return err
}

func (c *command) runOnce(flags *cli.Context, h *host.Host, options host.RunOptions) (result host.RunResult, err error) {
	err = c.protect(func() error {
		result, err = h.Run(flags.Context, options)
		return err
	})
	return result, err
}

// afterLogin offers a login when there is none and somebody can be asked, and
// then runs the prompt.
func (c *command) afterLogin(flags *cli.Context, h *host.Host, options host.RunOptions,
	result host.RunResult, err error,
) (host.RunResult, error) {
	var none *host.NoProviderError
	if !errors.As(err, &none) || len(none.Found) == 0 || !c.interactive() ||
		c.wantsResult() || c.inv.count("quiet") > 0 {
		return result, err
	}
	name, loginErr := c.loginChoice(flags.Context, h, none.Found)
	if loginErr != nil {
		return result, errors.Join(err, loginErr)
	}
	options.Provider = name
	return c.runOnce(flags, h, options)
}

// watchLate warns once about input that came too late to be used.
func watchLate(s *screen, late <-chan struct{}) (stop func()) {
	done := make(chan struct{})
	go func() {
		select {
		case <-late:
			_ = s.event(host.Warning{
				Code:    "stdin_late",
				Message: "standard input arrived too late and is not used; pass --stdin to wait for it",
			})
		case <-done:
		}
	}()
	return func() { close(done) }
}

// newScreen makes the renderer for the output format.
func (c *command) newScreen(flags *cli.Context) *screen {
	switch flags.String("output-format") {
	case formatJSON:
		return newScreen(&jsonRenderer{command: c, inputs: inputs{}, warned: map[string]bool{}}, false)
	case formatStream:
		return newScreen(c.newStreamRenderer(flags.Bool("include-partial-messages")), false)
	}
	r := c.newTextRenderer()
	return newScreen(r, r.status.on)
}
