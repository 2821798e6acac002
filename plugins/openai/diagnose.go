package openai

import (
	"context"
	"net/http"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/doctor"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// Diagnose checks the credentials, their file, the port of a login, the addresses,
// whether the vendor answers, and the clock.
func (p *Provider) Diagnose(ctx context.Context) ([]sdk.Check, error) {
	s := p.settings(ctx)
	variables := p.configuration().Variables
	checks := []sdk.Check{s.check()}
	checks = append(checks, p.fileChecks(ctx)...)
	checks = append(checks, p.redirectCheck(ctx))
	if _, err := authBase(variables); err != nil {
		checks = append(checks, doctor.Failed("auth_url", err))
	}
	if _, err := p.httpClient(); err != nil {
		return append(checks, doctor.Failed("certificates", err)), nil
	}
	at, err := target(s.credential, variables)
	if err != nil {
		return append(checks, doctor.Failed("base_url", err)), nil
	}
	checks = append(checks, sdk.Check{ID: "base_url", OK: true, Detail: at.URL})
	if s.credential.secret.IsZero() {
		return checks, nil
	}
	return append(checks, p.reach(ctx, s)...), nil
}

func (s settings) check() sdk.Check {
	if err := s.usable(); err != nil {
		return doctor.Failed("credentials", err)
	}
	detail := s.credential.what() + "; " + s.credential.mode.billing()
	if s.credential.mode == modeChatGPT && s.credential.accountID == "" {
		return sdk.Check{
			ID: "credentials", Detail: detail + "; it names no account, which the vendor wants to know", Remedy: loginRemedy,
		}
	}
	return sdk.Check{ID: "credentials", OK: true, Detail: detail}
}

// fileChecks looks at the credential files that are there: whether they can be read,
// and whether others can read them too.
func (p *Provider) fileChecks(ctx context.Context) []sdk.Check {
	at := p.places()
	var checks []sdk.Check
	for _, file := range []struct{ id, path string }{{"file_codex", at.codex.path()}, {"file_own", at.own}} {
		if check, there := doctor.File(ctx, file.id, file.path, loginRemedy); there {
			checks = append(checks, check)
		}
	}
	return checks
}

// redirectCheck tries the port that a login needs.
func (p *Provider) redirectCheck(ctx context.Context) sdk.Check {
	wanted, err := parseRedirect(p.configuration().Variables.Get(redirectVariable))
	if err != nil {
		return doctor.Failed("redirect", err)
	}
	callback, used, err := wanted.listen(ctx, "doctor")
	if err != nil {
		return sdk.Check{ID: "redirect", Detail: wanted.trouble(err), Remedy: "free port " + portOf(wanted) + " before the next login"}
	}
	_ = callback.Close() // nobody came
	return sdk.Check{ID: "redirect", OK: true, Detail: "port " + portOf(used) + " is free for a login"}
}

func (p *Provider) reach(ctx context.Context, s settings) []sdk.Check {
	ctx, cancel := context.WithTimeoutCause(ctx, probeLimit, httpapi.ErrIdle)
	defer cancel()
	c, err := p.catalogOf(ctx, s)
	var response *http.Response
	if err == nil {
		response, err = c.ask(ctx, "")
	}
	if err != nil {
		return []sdk.Check{doctor.Failed("reachable", err)}
	}
	defer func() { _ = response.Body.Close() }() // its head says it all
	check := sdk.Check{ID: "reachable", OK: true, Detail: c.endpoint.Host + " answers and accepts the credentials"}
	if response.StatusCode != http.StatusOK {
		check = doctor.Failed("reachable", readFault(response, p.clock.Now()).error(c.credential.what(), p.clock.Now()))
	}
	checks := []sdk.Check{check}
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		checks = append(checks, doctor.Clock(p.clock.Now().Sub(date)))
	}
	return checks
}
