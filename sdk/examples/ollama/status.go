package ollama

import (
	"context"
	"net/http"

	"github.com/jcode-go/jcode/sdk"
)

const loginRemedy = "jcode login --provider ollama"

// AuthStatus is ok with a key, and without one on this machine. Elsewhere only the
// server knows whether it wants one.
func (p *Provider) AuthStatus(ctx context.Context, probe bool) (sdk.AuthStatus, error) {
	s, err := p.setup(ctx)
	if err != nil {
		e := sdk.AsError(err)
		return sdk.AuthStatus{State: sdk.AuthUnknown, Method: "none", Detail: e.Error(), Remedy: e.Remedy}, nil
	}
	status := s.status()
	if !probe {
		return status, nil
	}
	status.CheckedAt = p.clock.Now()
	if _, err := p.list(ctx, s); err != nil {
		e := sdk.AsError(err)
		if e.Kind == sdk.KindCancelled {
			return sdk.AuthStatus{}, err
		}
		status.State, status.Detail, status.Remedy = sdk.AuthUnknown, e.Error(), e.Remedy
		if e.HTTPStatus == http.StatusUnauthorized {
			status.State = sdk.AuthMissing
		}
		return status, nil
	}
	status.State = sdk.AuthOK
	return status, nil
}

func (s setup) status() sdk.AuthStatus {
	status := sdk.AuthStatus{State: sdk.AuthOK, Method: "none", Account: s.place.Host, Source: s.place.source, Billing: "your own machine: costs nothing"}
	switch {
	case !s.key.IsZero():
		status.Method, status.Source, status.Billing = "api_key", s.keySource, "as the server at "+s.place.Host+" has it"
	case s.place.local():
		status.Detail = "no key is needed on this machine"
	default:
		status.State, status.Billing = sdk.AuthUnknown, "as the server at "+s.place.Host+" has it"
		status.Detail, status.Remedy = "no key is set; whether the server wants one shows at the first request", loginRemedy
	}
	return status
}
