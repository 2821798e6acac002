package openai

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/modelcache"
)

const (
	catalogLimit    = 15 * time.Second
	catalogLifetime = 30 * time.Minute
	maxCatalogBytes = 16 << 20
)

type cachedModels = modelcache.Entry[listedModel]

// wireCatalog is a list of models in both forms: ChatGPT's catalog and the public
// API's list of names.
type wireCatalog struct {
	Models []wireModel `json:"models"`
	Data   []struct {
		ID string `json:"id"`
	} `json:"data"`
}

type wireModel struct {
	Slug          string   `json:"slug"`
	DisplayName   string   `json:"display_name"`
	Visibility    string   `json:"visibility"`
	Priority      *float64 `json:"priority"`
	ContextWindow int      `json:"context_window"`
	Levels        []struct {
		Effort string `json:"effort"`
	} `json:"supported_reasoning_levels"`
	Parallel   *bool    `json:"supports_parallel_tool_calls"`
	Modalities []string `json:"input_modalities"`
}

func (w wireModel) listed() listedModel {
	m := listedModel{
		ID: w.Slug, DisplayName: w.DisplayName, ContextTokens: w.ContextWindow, Modalities: w.Modalities,
		Serial: w.Parallel != nil && !*w.Parallel, Hidden: w.Visibility != "" && w.Visibility != "list",
	}
	for _, level := range w.Levels {
		if level.Effort != "" {
			m.Efforts = append(m.Efforts, level.Effort)
		}
	}
	return m
}

// parseCatalog reads a list, in the vendor's order of preference.
func parseCatalog(body io.Reader) ([]listedModel, error) {
	var wire wireCatalog
	if err := json.NewDecoder(body).Decode(&wire); err != nil {
		return nil, err
	}
	slices.SortStableFunc(wire.Models, func(a, b wireModel) int {
		if a.Priority == nil || b.Priority == nil {
			return 0
		}
		return cmp.Compare(*a.Priority, *b.Priority)
	})
	var models []listedModel
	for _, w := range wire.Models {
		if w.Slug != "" {
			models = append(models, w.listed())
		}
	}
	for _, entry := range wire.Data {
		if entry.ID != "" {
			models = append(models, listedModel{ID: entry.ID, Hidden: !conversational(entry.ID)})
		}
	}
	return models, nil
}

// catalog asks for the models of one account.
type catalog struct {
	provider   *Provider
	client     *http.Client
	endpoint   endpoint
	credential credential
}

func (c catalog) cache() modelcache.Cache[listedModel] {
	return modelcache.New[listedModel](c.provider.configuration().CacheDir, c.endpoint.URL, c.credential.method(), c.credential.accountID)
}

// models returns the list: stored and young, else the vendor's, else an older one
// together with the error.
func (c catalog) models(ctx context.Context) (cachedModels, error) {
	stored := c.cache().Load()
	if stored.Fresh(c.provider.clock.Now(), catalogLifetime) {
		return stored, nil
	}
	fresh, err := c.fetch(ctx, stored)
	if err != nil {
		return stored, err
	}
	_ = c.cache().Store(fresh) // without it the next process asks again
	return fresh, nil
}

// fetch asks for the list, or whether it is still the stored one.
func (c catalog) fetch(ctx context.Context, stored cachedModels) (cachedModels, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, catalogLimit, httpapi.ErrIdle)
	defer cancel()
	response, err := c.ask(ctx, stored.ETag)
	if err != nil {
		return stored, err
	}
	defer func() { _ = response.Body.Close() }() // it was read
	now := c.provider.clock.Now()
	if response.StatusCode == http.StatusNotModified && len(stored.Models) > 0 {
		stored.FetchedAt = now
		return stored, nil
	}
	if response.StatusCode != http.StatusOK || isPage(response.Header) {
		e := readFault(response, now).error(c.credential.what(), now)
		e.Op = opListModels
		return stored, e
	}
	models, err := parseCatalog(io.LimitReader(response.Body, maxCatalogBytes))
	if err == nil && len(models) == 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return stored, &sdk.Error{Kind: sdk.KindNetwork, Op: opListModels, Message: "the answer of " + c.endpoint.Host + " is no list of models"}
	}
	return cachedModels{FetchedAt: now, ETag: response.Header.Get("Etag"), Models: models}, nil
}

func (c catalog) ask(ctx context.Context, etag string) (*http.Response, error) {
	url := c.endpoint.models()
	if c.credential.mode == modeChatGPT {
		url += "?client_version=" + clientVersion
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	if etag != "" {
		request.Header.Set("If-None-Match", etag)
	}
	c.provider.header(request, c.credential)
	response, err := c.client.Do(request)
	if err != nil {
		return nil, noAnswer(ctx, opListModels, c.endpoint.Host, err)
	}
	return response, nil
}
