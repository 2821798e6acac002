package ollama

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

const (
	opModels = "list models"
	// askLimit bounds a question about the server, which it answers at once or never.
	askLimit = 10 * time.Second
	maxList  = 16 << 20
	// asked is how many models Ollama is asked about, parallel how many at a time.
	asked, parallel = 64, 4
)

// listed is an entry of a server's list. Servers name the context differently.
type listed struct {
	ID            string `json:"id"`
	MaxModelLen   int    `json:"max_model_len"`      // vLLM
	ContextLength int    `json:"context_length"`     // several
	LoadedContext int    `json:"max_context_length"` // LM Studio
	Meta          struct {
		Trained int `json:"n_ctx_train"` // llama.cpp
	} `json:"meta"`
}

func (l listed) model() sdk.Model {
	model := sdk.Model{ID: l.ID}
	for _, n := range []int{l.MaxModelLen, l.ContextLength, l.LoadedContext, l.Meta.Trained} {
		if n > 0 {
			model.ContextTokens = n
			break
		}
	}
	return model
}

// get asks a server for JSON.
func (p *Provider) get(ctx context.Context, s setup, url string, into any) error {
	return p.ask(ctx, s, http.MethodGet, url, "", into)
}

func (p *Provider) ask(ctx context.Context, s setup, method, url, body string, into any) error {
	ctx, cancel := context.WithTimeoutCause(ctx, askLimit, httpapi.ErrIdle)
	defer cancel()
	response, err := httpapi.Send(ctx, p.client, func(traced context.Context) (*http.Request, error) {
		request, err := http.NewRequestWithContext(traced, method, url, strings.NewReader(body))
		if err == nil {
			p.header(request, s.key)
		}
		return request, err
	})
	if err != nil {
		return noAnswer(ctx, opModels, s.place, err)
	}
	defer func() { _ = response.Body.Close() }() // it was read as far as is wanted
	if response.StatusCode != http.StatusOK {
		f := readFault(response, p.clock.Now())
		return f.error(opModels, s.place.Host, "")
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxList))
	if err != nil {
		return noAnswer(ctx, opModels, s.place, err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return &sdk.Error{
			Kind: sdk.KindConfiguration, Op: opModels, Message: s.place.Host + " answers with something else than a list of models",
			Remedy: "check the address, which comes from " + s.place.source,
		}
	}
	return nil
}

// list is the server's own list.
func (p *Provider) list(ctx context.Context, s setup) ([]sdk.Model, error) {
	var answer struct {
		Data []listed `json:"data"`
	}
	if err := p.get(ctx, s, s.place.api()+"/models", &answer); err != nil {
		return nil, err
	}
	models := make([]sdk.Model, 0, len(answer.Data))
	for _, entry := range answer.Data {
		if entry.ID != "" {
			models = append(models, entry.model())
		}
	}
	return models, nil
}

// ListModels asks the server, and Ollama about each of its models too.
func (p *Provider) ListModels(ctx context.Context) ([]sdk.Model, error) {
	s, err := p.setup(ctx)
	if err != nil {
		return nil, err
	}
	models, err := p.list(ctx, s)
	if err != nil {
		return nil, err
	}
	if p.isOllama(ctx, s) {
		models = p.detail(ctx, s, models)
	}
	chosen := s.model
	if chosen == "" {
		chosen = conversational(models)
	}
	for i := range models {
		models[i].Default = models[i].ID == chosen
	}
	return models, nil
}

func (p *Provider) isOllama(ctx context.Context, s setup) bool {
	return p.ollamaVersion(ctx, s) != ""
}

func (p *Provider) ollamaVersion(ctx context.Context, s setup) string {
	var answer struct {
		Version string `json:"version"`
	}
	if p.get(ctx, s, s.place.root()+"/api/version", &answer) != nil {
		return "" // another server
	}
	return answer.Version
}

// detail asks Ollama what each model can do and how much it reads. Those that hold no
// conversation are left out.
func (p *Provider) detail(ctx context.Context, s setup, models []sdk.Model) []sdk.Model {
	facts := make([]shown, len(models))
	var all sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for i := range models[:min(len(models), asked)] {
		slots <- struct{}{}
		all.Go(func() {
			facts[i] = p.show(ctx, s, models[i].ID)
			<-slots
		})
	}
	all.Wait()
	var out []sdk.Model
	for i, model := range models {
		if facts[i].talks() {
			out = append(out, facts[i].add(model))
		}
	}
	return out
}

// shown is what Ollama tells of a model.
type shown struct {
	Capabilities []string                   `json:"capabilities"`
	Info         map[string]json.RawMessage `json:"model_info"`
}

func (p *Provider) show(ctx context.Context, s setup, model string) shown {
	body, _ := json.Marshal(map[string]string{"model": model}) // a map of texts always can
	var answer shown
	if p.ask(ctx, s, http.MethodPost, s.place.root()+"/api/show", string(body), &answer) != nil {
		return shown{} // the list says enough
	}
	return answer
}

func (s shown) talks() bool {
	return len(s.Capabilities) == 0 || slices.Contains(s.Capabilities, "completion")
}

func (s shown) add(model sdk.Model) sdk.Model {
	for key, value := range s.Info {
		var n int
		if strings.HasSuffix(key, ".context_length") && json.Unmarshal(value, &n) == nil && n > 0 {
			model.ContextTokens = n
		}
	}
	if len(s.Capabilities) > 0 {
		model.InputModalities = []string{"text"}
	}
	if slices.Contains(s.Capabilities, "vision") {
		model.InputModalities = append(model.InputModalities, "image")
	}
	if slices.Contains(s.Capabilities, "thinking") {
		model.Efforts = []string{"low", "medium", "high"}
	}
	return model
}
