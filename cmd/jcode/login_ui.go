package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/jcode-go/jcode/sdk"
)

// loginUI is the terminal, lent to a plugin for one login. Everything is shown
// on stderr. Its methods may be called at the same time.
type loginUI struct {
	c       *command
	canOpen bool
	keys    *keyboard

	mu     sync.Mutex
	status statusLine
	paint  paint
	stop   chan struct{}
	done   sync.WaitGroup
	// awaited is what the plugin last said that it waits for; told says that a
	// question has shown it.
	awaited sdk.Progress
	told    bool
	// asking is held by the question that has the keyboard.
	asking chan struct{}
	// editor is that question's; nil when none is open. What is shown meanwhile
	// goes through it, so that the question stays below.
	editor    *term.Terminal
	cancelled atomic.Bool
	// end gives the whole login up; may be nil.
	end context.CancelCauseFunc
}

var _ sdk.LoginUI = (*loginUI)(nil)

func (c *command) newLoginUI(canOpen bool) *loginUI {
	if c.keys == nil {
		c.keys = newKeyboard(c.in)
	}
	ui := &loginUI{
		c: c, canOpen: canOpen, keys: c.keys, paint: c.paint(c.errTerminal),
		status: statusLine{w: c.err, width: c.width, on: c.errTerminal},
		stop:   make(chan struct{}), asking: make(chan struct{}, 1),
	}
	if c.errTerminal {
		ui.done.Go(ui.clock)
	}
	return ui
}

func (ui *loginUI) clock() {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ui.stop:
			return
		case now := <-ticker.C:
			ui.mu.Lock()
			if ui.editor == nil {
				ui.status.paint(now, ui.paint)
			}
			ui.mu.Unlock()
		}
	}
}

// close ends what runs by itself.
func (ui *loginUI) close() {
	close(ui.stop)
	ui.done.Wait()
	ui.clear()
}

func (ui *loginUI) clear() {
	ui.mu.Lock()
	defer ui.mu.Unlock()
	ui.status.set(nil)
}

// interrupted reports whether the user gave up with Ctrl-C.
func (ui *loginUI) interrupted() bool { return ui.cancelled.Load() }

// giveUp ends the login, whatever the plugin is doing.
func (ui *loginUI) giveUp() {
	ui.cancelled.Store(true)
	if ui.end != nil {
		ui.end(errInterrupted())
	}
}

func errInterrupted() error { return &signalError{syscall.SIGINT} }

func (ui *loginUI) show(lines ...string) error {
	ui.mu.Lock()
	defer ui.mu.Unlock()
	text := strings.Join(lines, "\n") + "\n"
	if ui.editor != nil {
		_, err := io.WriteString(ui.editor, text)
		return err
	}
	ui.status.clear()
	_, err := io.WriteString(ui.c.err, text)
	return err
}

// Notice shows a line.
func (ui *loginUI) Notice(_ context.Context, text string) error {
	return ui.show(strings.TrimRight(cleanText(text), "\n"))
}

// OpenURL always shows the URL, and opens it where that can work.
func (ui *loginUI) OpenURL(ctx context.Context, url sdk.OpenURL) (bool, error) {
	purpose := oneLine(url.Purpose)
	if purpose == "" {
		purpose = "log in"
	}
	address := strings.Join(strings.Fields(cleanText(url.URL)), "")
	if err := ui.show("To "+purpose+", visit:", "", "  "+address, ""); err != nil {
		return false, err
	}
	return ui.canOpen && ui.c.openBrowser(ctx, url.URL), nil
}

// DeviceCode shows a code to be typed at a URL.
func (ui *loginUI) DeviceCode(_ context.Context, code sdk.DeviceCode) error {
	lines := []string{"Visit " + oneLine(code.VerificationURL) + " and enter the code", "", "  " + ui.paint.bold(oneLine(code.UserCode)), ""}
	if code.CompleteURL != "" {
		lines = append(lines, "or visit "+oneLine(code.CompleteURL))
	}
	if code.ExpiresIn > 0 {
		lines = append(lines, "The code holds for "+shortDuration(code.ExpiresIn)+".")
	}
	return ui.show(lines...)
}

// CallbackListening says where the browser must reach this machine.
func (ui *loginUI) CallbackListening(_ context.Context, callback sdk.Callback) error {
	text := "waiting for the browser on " + oneLine(callback.Address)
	if ui.c.remote() {
		text += "; a browser on another machine needs that port forwarded (ssh -L)"
	} else if ui.c.inv.count("verbose") == 0 {
		return nil
	}
	return ui.show(text)
}

// Progress shows what is being waited for, with a countdown on a terminal.
func (ui *loginUI) Progress(_ context.Context, progress sdk.Progress) error {
	text := oneLine(progress.Text)
	if !ui.status.on {
		return ui.show(text)
	}
	ui.mu.Lock()
	defer ui.mu.Unlock()
	ui.awaited, ui.told = progress, false
	ui.status.set(func(now time.Time) string { return text + timeLeft(progress.Deadline, now) })
	return nil
}

// timeLeft is the countdown to a deadline; empty where there is none.
func timeLeft(deadline, now time.Time) string {
	if deadline.IsZero() {
		return ""
	}
	return " (" + shortDuration(max(deadline.Sub(now), 0).Truncate(time.Second)) + " left)"
}

// Prompt asks for a line. Cancelling ctx withdraws the question.
func (ui *loginUI) Prompt(ctx context.Context, prompt sdk.Prompt) (sdk.Secret, error) {
	label := oneLine(prompt.Label)
	if prompt.Default != "" && !prompt.Secret {
		label += " [" + oneLine(prompt.Default) + "]"
	}
	answer, err := ui.ask(ctx, label+": ", prompt.Secret)
	if err != nil {
		return sdk.Secret{}, err
	}
	if answer = strings.TrimSpace(answer); answer == "" {
		answer = prompt.Default
	}
	return sdk.NewSecret(answer), nil
}

// Choose asks for one of the options, by number or name.
func (ui *loginUI) Choose(ctx context.Context, choice sdk.Choice) (string, error) {
	if len(choice.Options) == 0 {
		return "", &sdk.Error{Kind: sdk.KindInternal, Op: "choose", Message: "there are no options"}
	}
	if err := ui.canAsk(); err != nil {
		return "", err
	}
	lines := []string{oneLine(choice.Label)}
	for i, option := range choice.Options {
		lines = append(lines, fmt.Sprintf("  %d  %s", i+1, oneLine(option.Label)))
	}
	if err := ui.show(lines...); err != nil {
		return "", err
	}
	for {
		answer, err := ui.ask(ctx, fmt.Sprintf("1-%d [1]: ", len(choice.Options)), false)
		if err != nil {
			return "", err
		}
		if id, ok := chosen(choice.Options, strings.TrimSpace(answer)); ok {
			return id, nil
		}
		if err := ui.show("none of these: " + quote(answer)); err != nil {
			return "", err
		}
	}
}

func chosen(options []sdk.Option, answer string) (string, bool) {
	if answer == "" {
		return options[0].ID, true
	}
	if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(options) {
		return options[n-1].ID, true
	}
	for _, option := range options {
		if strings.EqualFold(answer, option.ID) || strings.EqualFold(answer, option.Label) {
			return option.ID, true
		}
	}
	return "", false
}

func (ui *loginUI) canAsk() error {
	if ui.c.interactive() {
		return nil
	}
	return &sdk.Error{
		Kind: sdk.KindInteractionRequired, Op: "login", Message: "there is no terminal to ask on",
		Remedy: "jcode login, in a terminal",
	}
}

// ask shows a question and reads one line. The terminal is restored on every
// way out.
func (ui *loginUI) ask(ctx context.Context, label string, secret bool) (string, error) {
	if err := ui.canAsk(); err != nil {
		return "", err
	}
	select {
	case ui.asking <- struct{}{}:
		defer func() { <-ui.asking }()
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	restore, err := ui.c.rawMode()
	if err != nil {
		return "", fmt.Errorf("prepare terminal: %w", err)
	}
	defer restore()
	editor, label, stop := ui.edit(ctx, label)
	read := editor.ReadLine
	if secret {
		read = func() (string, error) { return editor.ReadPassword(label) }
	}
	answer, err := read()
	restore()
	answered := err == nil || errors.Is(err, term.ErrPasteIndicator)
	withdrawn := !answered && ctx.Err() != nil
	stop(withdrawn)
	switch {
	case answered:
		return answer, nil
	case withdrawn:
		return "", context.Cause(ctx)
	}
	_ = ui.show("") // ends the question's line; the error says the rest
	ui.giveUp()     // Ctrl-C or Ctrl-D
	return "", errInterrupted()
}

// edit opens the line editor of a question. What else is being waited for cannot have
// a line of its own meanwhile: it is told before, and its countdown goes into the
// question. stop closes the editor, and takes a withdrawn question off the screen.
func (ui *loginUI) edit(ctx context.Context, label string) (editor *term.Terminal, first string, stop func(withdrawn bool)) {
	ui.mu.Lock()
	defer ui.mu.Unlock()
	ui.status.set(nil)
	awaited, told := ui.awaited, ui.told
	ui.told = true
	at := func(now time.Time) string {
		return strings.TrimSuffix(label, ": ") + timeLeft(awaited.Deadline, now) + ": "
	}
	first = at(time.Now())
	editor = term.NewTerminal(lineTerminal{ui.c.err, ctx, ui.keys}, first)
	if awaited.Text != "" && !told {
		_, _ = editor.Write([]byte(oneLine(awaited.Text) + "\n")) // the question tells if this cannot
	}
	ui.editor = editor
	over := make(chan struct{})
	if !awaited.Deadline.IsZero() {
		ui.done.Go(func() { ui.countDown(editor, at, over) })
	}
	return editor, first, func(withdrawn bool) {
		ui.mu.Lock()
		defer ui.mu.Unlock()
		ui.editor = nil
		close(over)
		if withdrawn {
			editor.SetPrompt("")
			_, _ = editor.Write(nil)
		}
	}
}

// countDown shows the question anew every second.
func (ui *loginUI) countDown(editor *term.Terminal, prompt func(time.Time) string, over <-chan struct{}) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-over:
			return
		case now := <-ticker.C:
			ui.mu.Lock()
			if ui.editor == editor {
				editor.SetPrompt(prompt(now))
				_, _ = editor.Write(nil)
			}
			ui.mu.Unlock()
		}
	}
}
