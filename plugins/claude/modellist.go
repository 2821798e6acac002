package claude

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

const (
	pageSize       = 1000
	maxPages       = 10
	maxPageBytes   = 8 << 20
	listTimeout    = 20 * time.Second
	probeTimeout   = 10 * time.Second
	opListModels   = "list models"
	builtInSuffix  = " (built-in list)"
	modelsLifetime = 24 * time.Hour
)

// wireModel is one entry of the vendor's list.
type wireModel struct {
	ID             string `json:"id"`
	DisplayName    string `json:"display_name"`
	MaxInputTokens int    `json:"max_input_tokens"`
	MaxTokens      int    `json:"max_tokens"`
	Capabilities   struct {
		ImageInput *supported                 `json:"image_input"`
		Effort     map[string]json.RawMessage `json:"effort"`
	} `json:"capabilities"`
}

type supported struct {
	Supported bool `json:"supported"`
}

type wireModelPage struct {
	Data    []wireModel `json:"data"`
	HasMore bool        `json:"has_more"`
	LastID  string      `json:"last_id"`
}

// model fills in what the vendor leaves out from the figures that are built in.
func (w wireModel) model() sdk.Model {
	known := resolveModel(w.ID)
	m := sdk.Model{
		ID: w.ID, DisplayName: w.DisplayName, ContextTokens: w.MaxInputTokens, MaxOutputTokens: w.MaxTokens,
		InputModalities: []string{"text", "image"}, Efforts: w.efforts(),
	}
	if m.ContextTokens == 0 {
		m.ContextTokens = known.figures.context
	}
	if m.MaxOutputTokens == 0 && known.version > 0 {
		m.MaxOutputTokens = known.figures.maxOutput
	}
	if image := w.Capabilities.ImageInput; image != nil && !image.Supported {
		m.InputModalities = []string{"text"}
	}
	// A model without levels may still think with a budget, which they stand for.
	if len(m.Efforts) == 0 && known.figures.style == thinkingBudget {
		m.Efforts = known.figures.efforts
	}
	return m
}

func (w wireModel) efforts() []string {
	var out []string
	for _, level := range allEfforts {
		var s supported
		if json.Unmarshal(w.Capabilities.Effort[level], &s) == nil && s.Supported {
			out = append(out, level)
		}
	}
	return out
}

// listing asks the vendor for models.
type listing struct {
	client     *http.Client
	endpoint   endpoint
	contract   contract
	credential credential
}

// all reads every page.
func (l listing) all(ctx context.Context) ([]sdk.Model, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, listTimeout, httpapi.ErrIdle)
	defer cancel()
	var models []sdk.Model
	after := ""
	for range maxPages {
		page, _, err := l.page(ctx, pageSize, after)
		if err != nil {
			return nil, err
		}
		for _, m := range page.Data {
			if m.ID != "" {
				models = append(models, m.model())
			}
		}
		if !page.HasMore || page.LastID == "" || page.LastID == after {
			break
		}
		after = page.LastID
	}
	if len(models) == 0 {
		return nil, &sdk.Error{Kind: sdk.KindNetwork, Op: opListModels, Message: "the list is empty"}
	}
	return models, nil
}

// page reads one page, and the head of the response, which tells the vendor's
// time.
func (l listing) page(ctx context.Context, limit int, after string) (wireModelPage, http.Header, error) {
	query := url.Values{"limit": {fmt.Sprint(limit)}}
	if after != "" {
		query.Set("after_id", after)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.endpoint.models()+"?"+query.Encode(), nil)
	if err != nil {
		return wireModelPage{}, nil, badBase("is not a URL")
	}
	header(request, l.contract, l.credential)
	request.Header.Set("Accept", "application/json")
	response, err := l.client.Do(request)
	if err != nil {
		return wireModelPage{}, nil, listed(networkError(ctx, l.endpoint.host, err))
	}
	defer func() { _ = response.Body.Close() }() // it was read
	if response.StatusCode != http.StatusOK {
		return wireModelPage{}, response.Header, listed(readFault(response).error(l.credential.what()))
	}
	var page wireModelPage
	if err := json.NewDecoder(io.LimitReader(response.Body, maxPageBytes)).Decode(&page); err != nil {
		return wireModelPage{}, response.Header, &sdk.Error{
			Kind: sdk.KindNetwork, Op: opListModels, Message: "the answer is no list of models", Err: err,
		}
	}
	return page, response.Header, nil
}

// listed corrects the operation of an error that is otherwise the same as when
// generating. A model that is not found is here a server without a list.
func listed(err error) error {
	e := sdk.AsError(err)
	e.Op = opListModels
	if e.Kind == sdk.KindModelNotFound {
		e.Kind, e.Message, e.Remedy = sdk.KindInvalidRequest, "the server has no list of models", ""
	}
	return e
}
