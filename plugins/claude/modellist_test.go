package claude

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
)

// modelServer lists two models on two pages and counts the requests.
func modelServer(t *testing.T, requests *int) string {
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests++
		if r.URL.Path != "/v1/models" || r.Header.Get("X-Api-Key") != testKey || r.Header.Get("Anthropic-Version") == "" {
			t.Errorf("%s %v", r.URL, r.Header)
		}
		w.Header().Set("Date", time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC).Format(http.TimeFormat))
		if r.URL.Query().Get("after_id") == "" {
			_, _ = io.WriteString(w, `{"data":[{"id":"claude-opus-4-5-20251101","display_name":"Opus","max_input_tokens":7,"max_tokens":5000,
				"capabilities":{"image_input":{"supported":false},"effort":{"supported":true,"low":{"supported":true},"high":{"supported":true},"max":{"supported":false}}}}],
				"has_more":true,"last_id":"claude-opus-4-5-20251101"}`)
			return
		}
		_, _ = io.WriteString(w, `{"data":[{"id":"claude-sonnet-5"},{"id":""}],"has_more":false,"last_id":null}`)
	}))
}

func TestListModels(t *testing.T) {
	t.Parallel()
	requests := 0
	url, dir := modelServer(t, &requests), t.TempDir()
	p, _ := newTestProvider(t, url, testSetup{cacheDir: dir})
	want := []sdk.Model{
		{ID: "claude-opus-4-5-20251101", DisplayName: "Opus", ContextTokens: 7, MaxOutputTokens: 5000, InputModalities: []string{"text"}, Efforts: []string{"low", "high"}, Default: true},
		{ID: "claude-sonnet-5", ContextTokens: 1_000_000, MaxOutputTokens: 128_000, InputModalities: []string{"text", "image"}},
	}
	for range 2 { // the second time from memory
		models, err := p.ListModels(t.Context())
		if d := cmp.Diff(want, models); d != "" || err != nil {
			t.Errorf("%v\n%s", err, d)
		}
	}
	other, _ := newTestProvider(t, url, testSetup{cacheDir: dir, variables: map[string]string{modelVariable: "claude-sonnet-5"}})
	models, err := other.ListModels(t.Context()) // from the file
	if err != nil || len(models) != 2 || !models[1].Default || requests != 2 {
		t.Errorf("%+v, %v, %d requests", models, err, requests)
	}
	request := hello()
	x, err := other.exchange(t.Context(), request, &recorder{})
	if err != nil || x.turn.maxTokens != 128_000 {
		t.Errorf("%v", err)
	}
	request.Model = "claude-opus-4-5"
	if x, err = other.exchange(t.Context(), request, &recorder{}); err != nil || x.turn.maxTokens != 5000 {
		t.Errorf("the limit of the list is not used: %v", err)
	}
}

func TestListModelsWithoutTheVendor(t *testing.T) {
	t.Parallel()
	expect := func(t *testing.T, p *Provider, id, name string) {
		t.Helper()
		models, err := p.ListModels(t.Context())
		if err != nil || len(models) == 0 || models[0].ID != id || !strings.HasSuffix(models[0].DisplayName, name) {
			t.Errorf("%+v, %v", models, err)
		}
	}
	t.Run("no key", func(t *testing.T) {
		t.Parallel()
		expect(t, configured(t, nil), "claude-opus-5-5", builtInSuffix)
	})
	t.Run("broken server", func(t *testing.T) {
		t.Parallel()
		for _, body := range []string{"", "{}", "<html>", `{"data":7}`} {
			p, _ := newTestProvider(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })), testSetup{})
			expect(t, p, "claude-opus-5-5", builtInSuffix)
		}
	})
	t.Run("old list", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		p, _ := newTestProvider(t, closedPort(t), testSetup{cacheDir: dir})
		e, _ := parseEndpoint(p.baseURL())
		cache := modelCache(dir, e, "api_key")
		if err := cache.Store(cachedModels{FetchedAt: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Models: []sdk.Model{{ID: "old", DisplayName: "Old"}}}); err != nil {
			t.Fatal(err)
		}
		expect(t, p, "old", "Old")
	})
	t.Run("broken file", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		p, _ := newTestProvider(t, closedPort(t), testSetup{cacheDir: dir})
		e, _ := parseEndpoint(p.baseURL())
		if err := modelCache(dir, e, "api_key").Store(cachedModels{Models: []sdk.Model{{ID: "broken"}}}); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		if err := os.WriteFile(files[0], []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		expect(t, p, "claude-opus-5-5", builtInSuffix)
	})
	t.Run("refused key", func(t *testing.T) {
		t.Parallel()
		p, _ := newTestProvider(t, serve(t, refuse(401)), testSetup{})
		if _, err := p.ListModels(t.Context()); sdk.KindOf(err) != sdk.KindUnauthenticated || !strings.HasPrefix(err.Error(), opListModels) {
			t.Error(err)
		}
	})
}
