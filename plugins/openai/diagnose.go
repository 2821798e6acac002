package openai

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// largestSkew is how far the clocks may differ before certificates and expiries go
// wrong.
const largestSkew = 5 * time.Minute

// Diagnose checks the credentials, their file, the port of a login, the addresses,
// whether the vendor answers, and the clock.
func (p *Provider) Diagnose(ctx context.Context) ([]sdk.Check, error) {
	s := p.settings(ctx)
	variables := p.configuration().Variables
	checks := []sdk.Check{s.check()}
	checks = append(checks, p.fileChecks(ctx)...)
	checks = append(checks, p.redirectCheck(ctx))
	if _, err := authBase(variables); err != nil {
		checks = append(checks, failed("auth_url", err))
	}
	if _, err := p.httpClient(); err != nil {
		return append(checks, failed("certificates", err)), nil
	}
	at, err := target(s.credential, variables)
	if err != nil {
		return append(checks, failed("base_url", err)), nil
	}
	checks = append(checks, sdk.Check{ID: "base_url", OK: true, Detail: at.URL})
	if s.credential.secret.IsZero() {
		return checks, nil
	}
	return append(checks, p.reach(ctx, s)...), nil
}

func (s settings) check() sdk.Check {
	if err := s.usable(); err != nil {
		return failed("credentials", err)
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
		if file.path == "" {
			continue
		}
		_, info, err := credfile.Read(ctx, file.path)
		check := sdk.Check{ID: file.id, OK: true, Detail: file.path + " is private and can be read"}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			check = sdk.Check{ID: file.id, Detail: err.Error(), Remedy: loginRemedy}
		case info.WiderThanOwner():
			check = sdk.Check{ID: file.id, Detail: info.Warnings()[0], Remedy: "chmod 600 " + info.Target}
		}
		checks = append(checks, check)
	}
	return checks
}

// redirectCheck tries the port that a login needs.
func (p *Provider) redirectCheck(ctx context.Context) sdk.Check {
	wanted, err := parseRedirect(p.configuration().Variables.Get(redirectVariable))
	if err != nil {
		return failed("redirect", err)
	}
	callback, used, err := wanted.listen(ctx, "doctor")
	if err != nil {
		return sdk.Check{ID: "redirect", Detail: wanted.trouble(err), Remedy: "free port " + portOf(wanted) + " before the next login"}
	}
	_ = callback.Close() // nobody came
	return sdk.Check{ID: "redirect", OK: true, Detail: "port " + portOf(used) + " is free for a login"}
}

func failed(id string, err error) sdk.Check {
	e := sdk.AsError(err)
	detail := e.Message
	if e.Err != nil {
		detail += ": " + e.Err.Error()
	}
	return sdk.Check{ID: id, Detail: detail, Remedy: e.Remedy}
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
		return []sdk.Check{failed("reachable", err)}
	}
	defer func() { _ = response.Body.Close() }() // its head says it all
	check := sdk.Check{ID: "reachable", OK: true, Detail: c.endpoint.Host + " answers and accepts the credentials"}
	if response.StatusCode != http.StatusOK {
		check = failed("reachable", readFault(response, p.clock.Now()).error(c.credential.what(), p.clock.Now()))
	}
	checks := []sdk.Check{check}
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		checks = append(checks, clockCheck(p.clock.Now().Sub(date)))
	}
	return checks
}

func clockCheck(skew time.Duration) sdk.Check {
	check := sdk.Check{ID: "clock", OK: skew.Abs() <= largestSkew, Detail: "agrees with the service"}
	if !check.OK {
		check.Detail = fmt.Sprintf("differs from the service's by %s", skew.Round(time.Second))
		check.Remedy = "set the clock of this machine"
	}
	return check
}
