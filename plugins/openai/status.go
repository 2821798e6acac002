package openai

import (
	"context"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/oauth"
)

const probeLimit = 10 * time.Second

// AuthStatus tells which credential authenticates requests, where it was found, and
// why what comes before it was passed over. Only a probe asks the vendor whether it
// accepts it. Settings that no login would mend are an error of kind configuration.
func (p *Provider) AuthStatus(ctx context.Context, probe bool) (sdk.AuthStatus, error) {
	s := p.settings(ctx)
	if s.fault != nil {
		return sdk.AuthStatus{}, s.fault
	}
	status := s.status(p.clock.Now())
	if err := s.usable(); err != nil {
		return explain(status, err), nil
	}
	if _, err := target(s.credential, p.configuration().Variables); err != nil {
		return sdk.AuthStatus{}, err
	}
	if probe {
		status = p.probe(ctx, s, status)
	}
	return status, nil
}

// status is what the files and variables tell.
func (s settings) status(now time.Time) sdk.AuthStatus {
	c := s.credential
	status := sdk.AuthStatus{State: sdk.AuthOK, Passed: s.passed}
	if c.secret.IsZero() {
		status.State = sdk.AuthMissing
		if c = s.unusable; s.why != "" && !unreadable(s.why) {
			status.State = sdk.AuthExpired
		}
	}
	if c.source == "" || c.secret.IsZero() && unreadable(s.why) {
		return status
	}
	status.Method, status.Source, status.Billing = c.method(), c.source, c.mode.billing()
	status.Account, status.Plan = c.account, c.plan
	if !c.guessed {
		status.ExpiresAt = c.expires
	}
	if status.State == sdk.AuthOK && !c.guessed && !oauth.Fresh(c.expires, now, 0) {
		status.Detail = "expired; renewed with the next request"
	}
	return status
}

func explain(status sdk.AuthStatus, err error) sdk.AuthStatus {
	e := sdk.AsError(err)
	status.Detail, status.Remedy = e.Message, e.Remedy
	return status
}

func (p *Provider) probe(ctx context.Context, s settings, status sdk.AuthStatus) sdk.AuthStatus {
	ctx, cancel := context.WithTimeoutCause(ctx, probeLimit, httpapi.ErrIdle)
	defer cancel()
	c, err := p.catalogOf(ctx, s)
	if err == nil {
		_, err = c.fetch(ctx, cachedModels{})
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
