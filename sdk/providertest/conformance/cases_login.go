package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

var loginCases = []Case{
	{ID: "login_headless", Section: sectionLogin, Modes: everywhere, run: loginHeadless, Proves: "a login that nobody can answer ends at once: done, or interaction_required (or cli_missing) with the command to run"},
	{ID: "login_cancel", Section: sectionLogin, Modes: onTheWire, run: loginCancel, Proves: "a login that the user gives up ends within 250 ms, and the plugin goes on working"},
	{ID: "secrets", Section: sectionErrors, Modes: everywhere, run: secrets, Proves: "no granted secret comes back in an event, an error, a status or the log"},
}

const loginLimit = 5 * time.Second

func loginHeadless(c *check) {
	s := c.open()
	info, err := s.provider.Info(c.ctx)
	if err != nil {
		c.fatalf("info: %v", err)
	}
	ctx, cancel := context.WithTimeout(c.ctx, c.limit(loginLimit))
	defer cancel()
	_, err = s.provider.Login(ctx, sdk.LoginRequest{Headless: true}, nobody{})
	switch {
	case ctx.Err() != nil:
		c.failf("the login waited for %v, though nobody can answer", c.limit(loginLimit))
	case err == nil, len(info.LoginMethods) == 0 && sdk.KindOf(err) == sdk.KindInvalidRequest:
	case sdk.KindOf(err) != sdk.KindInteractionRequired && sdk.KindOf(err) != sdk.KindCLIMissing:
		c.failf("the login gave %v (kind %v)", err, sdk.KindOf(err))
	case sdk.AsError(err).Remedy == "":
		c.failf("%v without the command to run: %v", sdk.KindOf(err), err)
	}
}

// giveUpTime is how long a login may take to ask for something that is waited for.
const giveUpTime = 300 * time.Millisecond

func loginCancel(c *check) {
	s := c.open()
	info, err := s.provider.Info(c.ctx)
	if err != nil {
		c.fatalf("info: %v", err)
	}
	methods := []string{""}
	for _, method := range info.LoginMethods {
		methods = append(methods, method.ID)
	}
	for _, method := range methods {
		c.giveUp(s, method)
	}
	if _, err := s.provider.Info(c.ctx); err != nil {
		c.failf("the call after it: %v", err)
	}
}

// giveUp begins a login and gives up as soon as it waits for somebody. Over gRPC
// the far side is looked at, because the near one ends at once.
func (c *check) giveUp(s *session, method string) {
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	person := &hesitant{asked: make(chan struct{}, 1)}
	over := make(chan error, 1)
	go func() {
		_, err := s.provider.Login(ctx, sdk.LoginRequest{
			Method: method, HasTerminal: true, Terminal: sdk.TerminalSize{Rows: 24, Columns: 80}, TerminalType: "xterm",
		}, person)
		over <- err
	}()
	wait := time.NewTimer(giveUpTime)
	defer wait.Stop()
	select {
	case <-over: // it needs nobody
		return
	case <-person.asked:
	case <-wait.C:
	}
	cancel()
	begin := time.Now()
	if err := <-over; err == nil || sdk.KindOf(err) != sdk.KindCancelled {
		c.failf("a login by %q that was given up gave %v", method, err)
	}
	if s.answering != nil && !eventually(c.limit(cancelLimit), func() bool { return s.answering.Load() == 0 }) {
		c.failf("the login by %q went on %v after it had been given up", method, time.Since(begin).Round(time.Millisecond))
	}
	if s.process != nil && !eventually(c.limit(cancelLimit), func() bool { n, _ := others(s); return n == 0 }) {
		c.failf("the login by %q left a process behind", method)
	}
}

// hesitant is somebody who is asked and never answers.
type hesitant struct {
	nobody
	asked chan struct{}
}

func (h *hesitant) wait(ctx context.Context) error {
	select {
	case h.asked <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return ctx.Err()
}

func (h *hesitant) Prompt(ctx context.Context, _ sdk.Prompt) (sdk.Secret, error) {
	return sdk.Secret{}, h.wait(ctx)
}

func (h *hesitant) Choose(ctx context.Context, _ sdk.Choice) (string, error) { return "", h.wait(ctx) }

func (h *hesitant) Terminal(context.Context, string) (sdk.Terminal, error) { return nil, errNobody }

// nobody is the login UI of a machine without a person.
type nobody struct{}

var errNobody = &sdk.Error{Kind: sdk.KindInteractionRequired, Op: "login", Message: "nobody can answer here"}

func (nobody) Notice(context.Context, string) error                  { return nil }
func (nobody) OpenURL(context.Context, sdk.OpenURL) (bool, error)    { return false, nil }
func (nobody) DeviceCode(context.Context, sdk.DeviceCode) error      { return nil }
func (nobody) Progress(context.Context, sdk.Progress) error          { return nil }
func (nobody) CallbackListening(context.Context, sdk.Callback) error { return nil }
func (nobody) Prompt(context.Context, sdk.Prompt) (sdk.Secret, error) {
	return sdk.Secret{}, errNobody
}
func (nobody) Choose(context.Context, sdk.Choice) (string, error) { return "", errNobody }
func (nobody) Terminal(context.Context, string) (sdk.Terminal, error) {
	return nil, errNobody
}

// minSecret keeps "1" and "true" from being taken for secrets.
const minSecret = 8

func secrets(c *check) {
	var values []string
	for name, secret := range c.config().Variables {
		if text := secret.Reveal(); len(text) >= minSecret && !slices.Contains(c.subject.Public, name) {
			values = append(values, text)
		}
	}
	if len(values) == 0 {
		c.missing = true
		c.skip("needs a variable of at least eight bytes that stands for a secret")
	}
	s := c.open()
	for where, text := range c.everythingSaid(s) {
		for _, value := range values {
			if strings.Contains(text, value) {
				c.failf("a granted secret is in the %s", where)
			}
		}
	}
}

// everythingSaid calls whatever needs no person and returns what came back.
func (c *check) everythingSaid(s *session) map[string]string {
	said := map[string]string{}
	note := func(where string, value any, err error) {
		said[where] += fmt.Sprintf("%+v %v %+v", value, err, unwrapped(err))
	}
	for _, probe := range []bool{false, true} {
		auth, err := s.provider.AuthStatus(c.ctx, probe)
		note("auth status", auth, err)
	}
	checks, err := s.provider.Diagnose(c.ctx)
	note("checks", checks, err)
	models, err := s.provider.ListModels(c.ctx)
	note("models", models, err)
	account, err := s.provider.Login(c.ctx, sdk.LoginRequest{Headless: true}, nobody{})
	note("login", account, err)
	if c.subject.Fixtures.Text != nil {
		stream, result, err := c.generate(s, c.subject.Fixtures.Text("secret"))
		note("events", stream.events, err)
		note("result", result, nil)
		note("provider state", string(result.ProviderState), nil)
	}
	for _, kind := range sdk.Kinds() {
		if c.subject.Fixtures.Failure == nil {
			break
		}
		if request, _ := c.subject.Fixtures.Failure(kind); request != nil {
			_, _, err := c.generate(s, request)
			note("errors", nil, err)
		}
	}
	said["log"] = s.stdout.String() + s.stderr.String() + s.printed.String()
	return said
}

func unwrapped(err error) sdk.Error {
	var e *sdk.Error
	if errors.As(err, &e) {
		return *e
	}
	return sdk.Error{}
}
