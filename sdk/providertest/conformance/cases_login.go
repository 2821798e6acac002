package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

var loginCases = []Case{
	{"login_headless", "a login that nobody can answer ends at once: done, or interaction_required with the command to run", everywhere, loginHeadless},
	{"secrets", "no granted secret comes back in an event, an error, a status or the log", everywhere, secrets},
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
	case sdk.KindOf(err) != sdk.KindInteractionRequired:
		c.failf("the login gave %v (kind %v)", err, sdk.KindOf(err))
	case sdk.AsError(err).Remedy == "":
		c.failf("interaction_required without the command to run: %v", err)
	}
}

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
	for _, secret := range c.config().Variables {
		if text := secret.Reveal(); len(text) >= minSecret {
			values = append(values, text)
		}
	}
	if len(values) == 0 {
		c.skip("the subject's Config has no variable of at least eight bytes")
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
