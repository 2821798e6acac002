package claude

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// AuthStatus tells which variable authenticates requests. Only a probe asks the
// vendor whether it accepts it. Settings that no login would mend are an error of
// kind configuration.
func (p *Provider) AuthStatus(ctx context.Context, probe bool) (sdk.AuthStatus, error) {
	s := p.settings()
	status := sdk.AuthStatus{
		State: sdk.AuthMissing, Method: s.credential.method, Source: s.credential.source, Passed: s.passed,
		Billing: s.credential.billing,
	}
	e, err := p.target(s)
	switch {
	case sdk.KindOf(err) == sdk.KindUnauthenticated:
		return explain(status, err), nil
	case err != nil:
		return sdk.AuthStatus{}, err
	}
	status.State = sdk.AuthOK
	if probe {
		status = p.probe(ctx, s, e, status)
	}
	return status, nil
}

func explain(status sdk.AuthStatus, err error) sdk.AuthStatus {
	e := sdk.AsError(err)
	status.Detail, status.Remedy = e.Message, e.Remedy
	return status
}

func (p *Provider) probe(ctx context.Context, s settings, e endpoint, status sdk.AuthStatus) sdk.AuthStatus {
	ctx, cancel := context.WithTimeoutCause(ctx, probeTimeout, errIdle)
	defer cancel()
	_, _, err := p.listing(s, e).page(ctx, 1, "")
	if err == nil {
		status.CheckedAt = p.clock.now()
		return status
	}
	status = explain(status, err)
	if status.State = sdk.AuthUnknown; sdk.KindOf(err) == sdk.KindUnauthenticated {
		status.State, status.CheckedAt = sdk.AuthExpired, p.clock.now()
	}
	return status
}

// largestSkew is how far the clocks may differ before certificates and limits go
// wrong.
const largestSkew = 5 * time.Minute

// Diagnose checks the mode, the credentials, the address, whether it answers, and
// the clock.
func (p *Provider) Diagnose(ctx context.Context) ([]sdk.Check, error) {
	s := p.settings()
	if !s.direct {
		return []sdk.Check{{
			ID: "mode", Detail: directVariable + " is not set: there is only direct mode in this version",
			Remedy: directRemedy,
		}}, nil
	}
	checks := []sdk.Check{{ID: "mode", OK: true, Detail: "Messages API (" + directVariable + ")"}, s.check()}
	e, err := parseEndpoint(p.baseURL())
	if err != nil {
		return append(checks, failed("base_url", err)), nil
	}
	checks = append(checks, sdk.Check{ID: "base_url", OK: true, Detail: e.base})
	if !checks[1].OK {
		return checks, nil
	}
	return append(checks, p.reach(ctx, s, e)...), nil
}

func (s settings) check() sdk.Check {
	if err := s.usable(); err != nil {
		return failed("credentials", err)
	}
	return sdk.Check{ID: "credentials", OK: true, Detail: s.credential.source + "; " + s.credential.billing}
}

func failed(id string, err error) sdk.Check {
	e := sdk.AsError(err)
	detail := e.Message
	if e.Err != nil {
		detail += ": " + e.Err.Error()
	}
	return sdk.Check{ID: id, Detail: detail, Remedy: e.Remedy}
}

func (p *Provider) reach(ctx context.Context, s settings, e endpoint) []sdk.Check {
	ctx, cancel := context.WithTimeoutCause(ctx, probeTimeout, errIdle)
	defer cancel()
	_, header, err := p.listing(s, e).page(ctx, 1, "")
	check := sdk.Check{ID: "reachable", OK: true, Detail: e.host + " answers and accepts the credentials"}
	if err != nil {
		check = failed("reachable", err)
	}
	checks := []sdk.Check{check}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		checks = append(checks, clockCheck(p.clock.now().Sub(date)))
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
