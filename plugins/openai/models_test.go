package openai

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
)

// lister serves a catalog with an ETag, and answers prompts.
type lister struct {
	mu     sync.Mutex
	status int
	body   string
	asked  []string // query and If-None-Match of each question
	models []string // of each prompt
}

func (l *lister) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Method == http.MethodPost {
		body := make([]byte, 64)
		_, _ = r.Body.Read(body)
		name, _, _ := strings.Cut(strings.TrimPrefix(string(body), `{"model":"`), `"`)
		l.models = append(l.models, name)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write([]byte(helloStream))
		return
	}
	l.asked = append(l.asked, r.URL.RawQuery+" "+r.Header.Get("If-None-Match"))
	if l.status != 0 {
		w.WriteHeader(l.status)
		return
	}
	w.Header().Set("Etag", `"1"`)
	if r.Header.Get("If-None-Match") == `"1"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write([]byte(l.body))
}

const catalogBody = `{"models":[
 {"slug":"gpt-hidden","visibility":"hide","priority":0},
 {"slug":"gpt-second","display_name":"Second","visibility":"list","priority":5,"context_window":1000,"input_modalities":["text"],
  "supported_reasoning_levels":[{"effort":"low"},{"effort":"ultra"}],"supports_parallel_tool_calls":false},
 {"slug":"gpt-first","visibility":"list","priority":1,"unknown":{"a":1}}]}`

func newLister(t *testing.T, body string, variables map[string]string) (*world, *lister) {
	t.Helper()
	l := &lister{body: body}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	w := newWorld(t, authJSON("x", testNow.Add(1000*3600e9)))
	w.url = server.URL
	all := map[string]string{modelVariable: ""}
	for name, value := range variables {
		all[name] = value
	}
	w.configure(all, nil)
	w.mu.Lock()
	w.config.CacheDir = t.TempDir()
	w.mu.Unlock()
	return w, l
}

// The list in the vendor's order, kept, and asked for again by its mark.
func TestListModels(t *testing.T) {
	t.Parallel()
	w, l := newLister(t, catalogBody, nil)
	want := []sdk.Model{
		{ID: "gpt-first", Default: true},
		{ID: "gpt-second", DisplayName: "Second", ContextTokens: 1000, InputModalities: []string{"text"}, Efforts: []string{"low", "ultra"}},
	}
	for range 2 { // the second time from the cache
		got, err := w.ListModels(t.Context())
		if d := cmp.Diff(want, got); d != "" || err != nil || len(l.asked) != 1 {
			t.Error(d, err, l.asked)
		}
	}
	age(w)
	if got, err := w.ListModels(t.Context()); err != nil || len(got) != 2 || l.asked[1] != `client_version=999.0.0 "1"` {
		t.Error(got, err, l.asked)
	}
	age(w)
	l.status = http.StatusInternalServerError
	if got, err := w.ListModels(t.Context()); err != nil || len(got) != 2 {
		t.Error("an older list:", got, err)
	}
	l.status = http.StatusUnauthorized
	if _, err := w.ListModels(t.Context()); sdk.KindOf(err) != sdk.KindUnauthenticated {
		t.Error(err)
	}
}

// age makes the stored list old.
func age(w *world) {
	cache := catalog{provider: w.Provider, endpoint: w.endpointOf(), credential: w.settings(w.t.Context()).credential}.cache()
	entry := cache.Load()
	entry.FetchedAt = testNow.Add(-catalogLifetime)
	_ = cache.Store(entry)
}

func (w *world) endpointOf() endpoint {
	at, err := target(w.settings(w.t.Context()).credential, w.configuration().Variables)
	if err != nil {
		w.t.Fatal(err)
	}
	return at
}

// Which model is used when, and what a missing list means.
func TestModelChoice(t *testing.T) {
	t.Parallel()
	const names = `{"object":"list","data":[{"id":"whisper-1"},{"id":"text-embedding-3"},{"id":"gpt-9"},{"id":"gpt-8"}]}`
	key := map[string]string{keyVariable: "sk-x", homeVariable: t.TempDir()}
	for _, tt := range []struct {
		name, body string
		variables  map[string]string
		requested  string
		status     int
		model      string // "" is an error
		kind       sdk.Kind
		asked      int
	}{
		{"the catalog's first", catalogBody, nil, "", 0, "gpt-first", 0, 1},
		{"the variable", catalogBody, map[string]string{modelVariable: "mine"}, "", 0, "mine", 0, 0},
		{"the request", catalogBody, map[string]string{modelVariable: "mine"}, "yours", 0, "yours", 0, 0},
		{"the first of the public list that talks", names, key, "", 0, "gpt-9", 0, 1},
		{"no list", "", nil, "", 404, "", sdk.KindConfiguration, 1},
		{"a broken list", "<html>", nil, "", 0, "", sdk.KindConfiguration, 1},
		{"an empty list", `{"models":[]}`, nil, "", 0, "", sdk.KindConfiguration, 1},
		{"overloaded", "", nil, "", 503, "", sdk.KindOverloaded, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, l := newLister(t, tt.body, tt.variables)
			l.status = tt.status
			_, err := w.Generate(t.Context(), &sdk.Request{Model: tt.requested, Messages: []sdk.Message{
				{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: "hi"}}},
			}}, &stream{})
			if len(l.asked) != tt.asked {
				t.Errorf("asked %v", l.asked)
			}
			if tt.model != "" {
				if err != nil || len(l.models) != 1 || l.models[0] != tt.model {
					t.Errorf("%v %v", l.models, err)
				}
				return
			}
			e := sdk.AsError(err)
			if e == nil || e.Kind != tt.kind || len(l.models) != 0 || tt.kind == sdk.KindConfiguration && !strings.Contains(e.Remedy, modelsRemedy) {
				t.Errorf("%+v", e)
			}
		})
	}
}

// Without a network the model's name is not what is wrong.
func TestModelChoiceWithoutNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, authJSON("x", testNow.Add(time.Hour)))
	w.configure(map[string]string{modelVariable: "", chatGPTVariable: "http://127.0.0.1:" + strconv.Itoa(freePort(t))}, nil)
	if _, _, err := w.ask(); sdk.KindOf(err) != sdk.KindNetwork || !strings.Contains(sdk.AsError(err).Remedy, modelsRemedy) {
		t.Errorf("%+v", err)
	}
}

// What the catalog says of a model decides what is sent to it.
func TestEffortsOfTheCatalog(t *testing.T) {
	t.Parallel()
	m := &listedModel{ID: "m", Efforts: []string{"low", "ultra"}, Serial: true}
	for _, tt := range []struct {
		name     string
		listed   *listedModel
		effort   string
		thinking int
		want     string
		warn     bool
	}{
		{"listed", m, "ultra", 0, "ultra", false},
		{"not listed", m, "high", 0, "", true},
		{"not known", nil, "high", 0, "high", false},
		{"off", m, "", -1, "low", false},
		{"the model's own", m, "", 0, "", false},
	} {
		var out built
		turn := turn{request: &sdk.Request{Effort: tt.effort, ThinkingTokens: tt.thinking}, mode: modeChatGPT, model: "m", listed: tt.listed}
		if got := turn.effort(without{}, &out); got != tt.want || (len(out.warnings) > 0) != tt.warn {
			t.Errorf("%s: %q %v", tt.name, got, out.warnings)
		}
	}
	if m.parallel() || !(*listedModel)(nil).parallel() {
		t.Error("parallel")
	}
}
