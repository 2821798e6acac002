package acmename

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/doctor"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// askLimit bounds the small questions.
const askLimit = 30 * time.Second

// account asks whose key it is.
func (p *Provider) account(ctx context.Context, key sdk.Secret) (string, error) {
	var me struct {
		Account string `json:"account"`
	}
	err := p.get(ctx, "/v1/me", key, &me)
	return me.Account, err
}

// ListModels asks for the models of the account.
func (p *Provider) ListModels(ctx context.Context) ([]sdk.Model, error) {
	found, err := p.credential(ctx)
	if err != nil {
		return nil, err
	}
	var list struct {
		Models []struct {
			ID      string `json:"id"`
			Context int    `json:"context"`
		} `json:"models"`
	}
	if err := p.get(ctx, "/v1/models", found.key, &list); err != nil {
		return nil, err
	}
	models := make([]sdk.Model, 0, len(list.Models))
	for _, m := range list.Models {
		models = append(models, sdk.Model{ID: m.ID, ContextTokens: m.Context, Default: m.ID == defaultModel})
	}
	return models, nil
}

// Diagnose checks the key and asks the API for the account, for `jcode doctor`.
func (p *Provider) Diagnose(ctx context.Context) ([]sdk.Check, error) {
	found, err := p.credential(ctx)
	if err != nil {
		return []sdk.Check{doctor.Failed("credentials", err)}, nil
	}
	checks := []sdk.Check{{ID: "credentials", OK: true, Detail: "key from " + found.source}}
	account, err := p.account(ctx, found.key)
	if err != nil {
		return append(checks, doctor.Failed("api", err)), nil
	}
	return append(checks, sdk.Check{ID: "api", OK: true, Detail: "logged in as " + account}), nil
}

func (p *Provider) get(ctx context.Context, path string, key sdk.Secret, out any) error {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	response, err := p.send(ctx, http.MethodGet, path, key, nil)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(response.Body).Decode(out); err != nil {
		return httpapi.NetworkError(ctx, "read "+path, response.Request.URL.Host, err)
	}
	return nil
}
