package claude

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// profileLimit bounds the question who logged in, which no login waits for.
const profileLimit = 5 * time.Second

type profile struct{ account, plan string }

// profile asks the vendor for the labels of an account. It is a help and never an
// error. A token of one installation is not shown to another: either both the
// login and the API are the vendor's, or neither is.
func (p *Provider) profile(ctx context.Context, at authPlace, c credential) profile {
	e, err := parseEndpoint(p.baseURL())
	if err != nil || e.custom != at.custom || e.admits(c) != nil {
		return profile{}
	}
	ctx, cancel := context.WithTimeout(ctx, profileLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.base+"/api/oauth/profile", nil)
	if err != nil {
		return profile{}
	}
	request.Header.Set("User-Agent", "jcode/"+p.version)
	request.Header.Set("Accept", "application/json")
	c.authorize(request.Header)
	response, err := p.client().Do(request)
	if err != nil {
		return profile{}
	}
	defer func() { _ = response.Body.Close() }() // it was read
	var wire struct {
		Account      struct{ Email credfile.Text }
		Organization struct {
			Type credfile.Text `json:"organization_type"`
		}
	}
	if response.StatusCode != http.StatusOK || json.NewDecoder(io.LimitReader(response.Body, maxErrorBody)).Decode(&wire) != nil {
		return profile{}
	}
	return profile{account: httpapi.Excerpt(string(wire.Account.Email)), plan: httpapi.Excerpt(planOf(string(wire.Organization.Type)))}
}
