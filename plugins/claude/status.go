package claude

import (
	"context"
	"net/http"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/doctor"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/oauth"
)

// AuthStatus tells which credential authenticates requests, where it was found,
// and why what comes before it was passed over. Only a probe asks the vendor
// whether it accepts it. Settings that no login would mend are an error of kind
// configuration.
func (p *Provider) AuthStatus(ctx context.Context, probe bool) (sdk.AuthStatus, error) {
	s := p.settings(ctx)
	if !s.direct {
		return p.cliAuthStatus(ctx, s, probe)
	}
	status := s.status(p.clock.Now())
	e, err := p.target(s)
	switch {
	case sdk.KindOf(err) == sdk.KindUnauthenticated:
		return explain(status, err), nil
	case err != nil:
		return sdk.AuthStatus{}, err
	}
	if probe {
		status = p.probe(ctx, s, e, status)
	}
	return status, nil
}

// status is what the files and variables tell.
func (s settings) status(now time.Time) sdk.AuthStatus {
	c := s.credential
	status := sdk.AuthStatus{State: sdk.AuthOK, Passed: s.passed}
	if c.secret.IsZero() {
		status.State = sdk.AuthMissing
		if c = s.unusable; s.why != "" {
			status.State = sdk.AuthExpired
		}
	}
	status.Method, status.Source, status.Billing = c.method, c.source, c.billing
	status.Account, status.Plan, status.ExpiresAt = c.account, c.plan, c.expires
	if status.State == sdk.AuthOK && !oauth.Fresh(c.expires, now, 0) {
		status.Detail = "expired; renewed with the next request"
	}
	if c.exposed != "" && status.Detail == "" {
		status.Detail = c.exposed
	}
	return status
}

func explain(status sdk.AuthStatus, err error) sdk.AuthStatus {
	e := sdk.AsError(err)
	status.Detail, status.Remedy = e.Message, e.Remedy
	return status
}

func (p *Provider) probe(ctx context.Context, s settings, e endpoint, status sdk.AuthStatus) sdk.AuthStatus {
	ctx, cancel := context.WithTimeoutCause(ctx, probeTimeout, httpapi.ErrIdle)
	defer cancel()
	l, err := p.listing(ctx, s, e)
	if err == nil {
		_, _, err = l.page(ctx, 1, "")
	}
	if err == nil {
		status.CheckedAt = p.clock.Now()
		return status
	}
	status = explain(status, err)
	if status.State = sdk.AuthUnknown; sdk.KindOf(err) == sdk.KindUnauthenticated {
		status.State, status.CheckedAt = sdk.AuthExpired, p.clock.Now()
	}
	return status
}

// Diagnose checks the mode, the credentials, the address, whether it answers, and
// the clock.
func (p *Provider) Diagnose(ctx context.Context) ([]sdk.Check, error) {
	s := p.settings(ctx)
	if !s.direct {
		return p.cliDiagnose(ctx, s), nil
	}
	checks := []sdk.Check{{ID: "mode", OK: true, Detail: "Messages API (" + directVariable + ")"}, s.check()}
	usable := checks[1].OK
	checks = append(checks, p.fileChecks(ctx)...)
	e, err := parseEndpoint(p.baseURL())
	if err == nil {
		err = e.admits(s.credential)
	}
	if err != nil {
		return append(checks, doctor.Failed("base_url", err)), nil
	}
	checks = append(checks, sdk.Check{ID: "base_url", OK: true, Detail: e.base})
	if !usable {
		return checks, nil
	}
	return append(checks, p.reach(ctx, s, e)...), nil
}

// fileChecks looks at the credential files that are there: whether they can be
// read, and whether others can read them too.
func (p *Provider) fileChecks(ctx context.Context) []sdk.Check {
	at := placesOf(p.configuration(), p.home())
	var checks []sdk.Check
	for _, file := range []struct{ id, path string }{
		{"file_own", at.own}, {"file_claude_code", at.claudeCode}, {"file_opencode", at.openCode},
	} {
		if check, there := doctor.File(ctx, file.id, file.path, loginRemedy); there {
			checks = append(checks, check)
		}
	}
	return checks
}

func (s settings) check() sdk.Check {
	if err := s.usable(); err != nil {
		return doctor.Failed("credentials", err)
	}
	return sdk.Check{ID: "credentials", OK: true, Detail: s.credential.source + "; " + s.credential.billing}
}

func (p *Provider) reach(ctx context.Context, s settings, e endpoint) []sdk.Check {
	ctx, cancel := context.WithTimeoutCause(ctx, probeTimeout, httpapi.ErrIdle)
	defer cancel()
	l, err := p.listing(ctx, s, e)
	var header http.Header
	if err == nil {
		_, header, err = l.page(ctx, 1, "")
	}
	check := sdk.Check{ID: "reachable", OK: true, Detail: e.host + " answers and accepts the credentials"}
	if err != nil {
		check = doctor.Failed("reachable", err)
	}
	checks := []sdk.Check{check}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		checks = append(checks, doctor.Clock(p.clock.Now().Sub(date)))
	}
	return checks
}
