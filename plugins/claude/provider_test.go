package claude

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
)

func configured(t *testing.T, variables map[string]string) *Provider {
	t.Helper()
	p := New("1.2.3")
	config := sdk.Config{Variables: sdk.Variables{}}
	for name, value := range variables {
		config.Variables[name] = sdk.NewSecret(value)
	}
	if err := p.Configure(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSettings(t *testing.T) {
	t.Parallel()
	direct := func(more ...string) map[string]string {
		out := map[string]string{directVariable: "1"}
		for i := 0; i < len(more); i += 2 {
			out[more[i]] = more[i+1]
		}
		return out
	}
	for _, tt := range []struct {
		name      string
		variables map[string]string
		kind      sdk.Kind
		remedy    string
		status    sdk.AuthState
		source    string
	}{
		{"nothing", nil, sdk.KindConfiguration, "JCODE_USE_DIRECT_API=1 and ANTHROPIC_API_KEY", sdk.AuthMissing, ""},
		{"key without direct", map[string]string{keyVariable: testKey}, sdk.KindConfiguration, "JCODE_USE_DIRECT_API", sdk.AuthMissing, keyVariable},
		{"direct is 0", map[string]string{directVariable: "0", keyVariable: testKey}, sdk.KindConfiguration, "", sdk.AuthMissing, keyVariable},
		{"no key", direct(), sdk.KindUnauthenticated, "jcode login --provider claude", sdk.AuthMissing, ""},
		{"empty key", direct(keyVariable, "", tokenVariable, " "), sdk.KindUnauthenticated, "", sdk.AuthMissing, ""},
		{"broken key", direct(keyVariable, "sk\nx"), sdk.KindConfiguration, "copy", sdk.AuthMissing, keyVariable},
		{"plain http", direct(keyVariable, testKey, baseVariable, "http://example.com"), sdk.KindConfiguration, "ANTHROPIC_BASE_URL", sdk.AuthMissing, keyVariable},
		{"no URL", direct(keyVariable, testKey, baseVariable, "http://[::1"), sdk.KindConfiguration, "ANTHROPIC_BASE_URL", sdk.AuthMissing, keyVariable},
		{"key", direct(keyVariable, testKey, tokenVariable, "t"), 0, "", sdk.AuthOK, keyVariable},
		{"token", direct(tokenVariable, "t"), 0, "", sdk.AuthOK, tokenVariable},
		{"true", map[string]string{directVariable: "TRUE", keyVariable: testKey}, 0, "", sdk.AuthOK, keyVariable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := configured(t, tt.variables)
			status, err := p.AuthStatus(t.Context(), false)
			if err != nil || status.State != tt.status || status.Source != tt.source {
				t.Errorf("%+v, %v", status, err)
			}
			if printed := fmt.Sprintf("%+v", status); strings.Contains(printed, testKey) {
				t.Errorf("the key is shown: %s", printed)
			}
			_, err = p.exchange(hello(), &recorder{})
			if tt.kind == 0 {
				if err != nil || status.Billing == "" {
					t.Errorf("%v, billing %q", err, status.Billing)
				}
				return
			}
			if sdk.KindOf(err) != tt.kind || !strings.Contains(sdk.AsError(err).Remedy, tt.remedy) || status.Detail == "" {
				t.Errorf("%v (%s), detail %q", err, sdk.AsError(err).Remedy, status.Detail)
			}
		})
	}
}

func TestPassedSources(t *testing.T) {
	t.Parallel()
	status, err := configured(t, map[string]string{directVariable: "1", tokenVariable: "t"}).AuthStatus(t.Context(), false)
	if d := cmp.Diff([]sdk.PassedSource{{Source: keyVariable, Reason: "not set"}}, status.Passed); d != "" || err != nil {
		t.Error(d, err)
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                vendorBase + "/v1/messages",
		"https://example.com":             "https://example.com/v1/messages",
		"https://example.com/":            "https://example.com/v1/messages",
		"https://example.com/v1":          "https://example.com/v1/messages",
		"https://example.com/v1/":         "https://example.com/v1/messages",
		" https://example.com/proxy/v1//": "https://example.com/proxy/v1/messages",
		"http://localhost:8080":           "http://localhost:8080/v1/messages",
		"http://127.3.2.1:1/x":            "http://127.3.2.1:1/x/v1/messages",
		"http://[::1]:1":                  "http://[::1]:1/v1/messages",
		"http://localhost.example.com":    "",
		"http://10.0.0.1":                 "",
		"ftp://example.com":               "",
		"example.com":                     "",
		"https://":                        "",
		"https://user:pw@example.com":     "",
		"https://example.com?key=1":       "",
		"https://exa mple.com":            "",
		"://":                             "",
	} {
		e, err := parseEndpoint(in)
		if want == "" {
			if sdk.KindOf(err) != sdk.KindConfiguration || strings.Contains(err.Error(), "pw") {
				t.Errorf("%q: %v", in, err)
			}
			continue
		}
		if err != nil || e.messages() != want || e.custom != (in != "") {
			t.Errorf("%q: %q, %v", in, e.messages(), err)
		}
	}
}

func TestModels(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, id, family string
		version, max     int
		style            thinkingStyle
		betas            []string
	}{
		{"claude-opus-4-5-20251101", "claude-opus-4-5-20251101", "claude-opus-4-5", 45, 64_000, thinkingBudget, nil},
		{"claude-opus-4-6[1m]", "claude-opus-4-6", "claude-opus-4-6", 46, 128_000, thinkingAdaptive, []string{betaLongContext}},
		{"claude-opus-4-7[1m]", "claude-opus-4-7", "claude-opus-4-7", 47, 128_000, thinkingAdaptive, nil},
		{"claude-opus-4-5[1m]", "claude-opus-4-5", "claude-opus-4-5", 45, 64_000, thinkingBudget, nil},
		{"claude-sonnet-5", "claude-sonnet-5", "claude-sonnet-5", 50, 128_000, thinkingAdaptive, nil},
		{"claude-haiku-5-5", "claude-haiku-5-5", "claude-haiku-5-5", 55, 128_000, thinkingAdaptive, nil},
		{"claude-haiku-4-5-20251001", "claude-haiku-4-5-20251001", "claude-haiku-4-5", 45, 64_000, thinkingBudget, nil},
		{"claude-sonnet-4-20250514", "claude-sonnet-4-20250514", "claude-sonnet-4", 40, 32_000, thinkingBudget, nil},
		{"claude-3-7-sonnet-latest", "claude-3-7-sonnet-latest", "claude-3-7-sonnet", 37, 64_000, thinkingBudget, nil},
		{"claude-3-5-haiku-20241022", "claude-3-5-haiku-20241022", "claude-3-5-haiku", 35, 8_192, thinkingNone, nil},
		{"anthropic/claude-opus-4.6", "anthropic/claude-opus-4.6", "claude-opus-4-6", 46, 128_000, thinkingAdaptive, nil},
		{"claude-opus-4-5@20251101", "claude-opus-4-5@20251101", "claude-opus-4-5", 45, 64_000, thinkingBudget, nil},
		{"claude-next", "claude-next", "claude-next", 0, 32_000, thinkingAdaptive, nil},
		{"house-model", "house-model", "house-model", 0, 32_000, thinkingBudget, nil},
	} {
		m := resolveModel(tt.name)
		if m.id != tt.id || m.family != tt.family || m.version != tt.version || m.figures.maxOutput != tt.max ||
			m.figures.style != tt.style || !slices.Equal(m.betas, tt.betas) {
			t.Errorf("%s: %+v", tt.name, m)
		}
	}
}

func TestToolNames(t *testing.T) {
	t.Parallel()
	tools := []sdk.ToolSpec{{Name: "bash"}, {Name: "a.b"}, {Name: "a/b"}, {Name: strings.Repeat("n", 80)}, {Name: "é"}, {Name: ""}}
	names, err := newToolNames(map[string]string{"bash": "shell_exec"}, tools)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range tools {
		wire := names.wire(tool.Name)
		if !nameForm.MatchString(wire) || names.host(wire) != tool.Name {
			t.Errorf("%q: %q, back %q", tool.Name, wire, names.host(wire))
		}
	}
	if names.wire("bash") != "shell_exec" || names.host("unknown") != "unknown" {
		t.Error("the table is not used")
	}
	_, err = newToolNames(map[string]string{"bash": "shell_exec"}, []sdk.ToolSpec{{Name: "bash"}, {Name: "shell_exec"}})
	if sdk.KindOf(err) != sdk.KindInvalidRequest || !strings.Contains(err.Error(), `"bash" and "shell_exec"`) {
		t.Error(err)
	}
}

func TestForcedToolMustExist(t *testing.T) {
	t.Parallel()
	request := hello()
	request.ToolChoice = sdk.ToolChoice{Mode: sdk.ToolChoiceTool, Name: "gone"}
	if _, err := turnOf(t, request).build(without{}); sdk.KindOf(err) != sdk.KindInvalidRequest {
		t.Error(err)
	}
}

func TestThinkingPlan(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		model  string
		req    sdk.Request
		max    int
		leave  without
		style  thinkingStyle
		budget int
		effort string
	}{
		{"off by default", "claude-opus-4-6", sdk.Request{}, 9000, without{}, thinkingNone, 0, ""},
		{"effort", "claude-opus-4-6", sdk.Request{Effort: "low"}, 9000, without{}, thinkingAdaptive, 0, "low"},
		{"effort, thinking off", "claude-opus-4-6", sdk.Request{Effort: "low", ThinkingTokens: -1}, 9000, without{}, thinkingNone, 0, "low"},
		{"tokens, adaptive", "claude-opus-4-6", sdk.Request{ThinkingTokens: 10}, 9000, without{}, thinkingAdaptive, 0, ""},
		{"effort as a budget", "claude-opus-4-5", sdk.Request{Effort: "max"}, 64000, without{}, thinkingBudget, 31999, ""},
		{"unknown effort", "claude-opus-4-5", sdk.Request{Effort: "odd"}, 64000, without{}, thinkingBudget, 10000, ""},
		{"tokens", "claude-opus-4-5", sdk.Request{ThinkingTokens: 5000, Effort: "max"}, 64000, without{}, thinkingBudget, 5000, ""},
		{"too few tokens", "claude-opus-4-5", sdk.Request{ThinkingTokens: 5}, 64000, without{}, thinkingBudget, 1024, ""},
		{"more than the answer", "claude-opus-4-5", sdk.Request{ThinkingTokens: 9000}, 4000, without{}, thinkingBudget, 2000, ""},
		{"no room", "claude-opus-4-5", sdk.Request{ThinkingTokens: 9000}, 1500, without{}, thinkingNone, 0, ""},
		{"forced call", "claude-opus-4-5", sdk.Request{Effort: "low", ToolChoice: sdk.ToolChoice{Mode: "any"}}, 64000, without{}, thinkingNone, 0, ""},
		{"forced call, adaptive", "claude-opus-5", sdk.Request{Effort: "low", ToolChoice: sdk.ToolChoice{Mode: "any"}}, 64000, without{}, thinkingAdaptive, 0, "low"},
		{"too old", "claude-3-5-haiku-20241022", sdk.Request{Effort: "low"}, 8000, without{}, thinkingNone, 0, ""},
		{"refused", "claude-opus-4-6", sdk.Request{Effort: "low"}, 9000, without{thinking: true}, thinkingNone, 0, "low"},
		{"effort refused", "claude-opus-4-6", sdk.Request{Effort: "low"}, 9000, without{effort: true}, thinkingAdaptive, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := planThinking(&tt.req, resolveModel(tt.model), tt.max, tt.leave)
			if got.style != tt.style || got.budget != tt.budget || got.effort != tt.effort {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestLoginExplains(t *testing.T) {
	t.Parallel()
	_, err := New("1").Login(t.Context(), sdk.LoginRequest{}, nil)
	if sdk.KindOf(err) != sdk.KindInteractionRequired || !strings.Contains(sdk.AsError(err).Remedy, keyVariable) {
		t.Error(err)
	}
}

func TestInfo(t *testing.T) {
	t.Parallel()
	info, err := New("1.2.3").Info(t.Context())
	if err != nil || info.Name != "claude" || info.Version != "1.2.3" || !info.Has(sdk.CapabilityThinking) {
		t.Errorf("%+v, %v", info, err)
	}
	if i := slices.IndexFunc(info.DefaultModels, func(m sdk.Model) bool { return m.Default }); info.DefaultModels[i].ID != defaultModel {
		t.Error("the default model is not marked")
	}
}

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
	x, err := other.exchange(request, &recorder{})
	if err != nil || x.turn.maxTokens != 128_000 {
		t.Errorf("%v", err)
	}
	request.Model = "claude-opus-4-5"
	if x, err = other.exchange(request, &recorder{}); err != nil || x.turn.maxTokens != 5000 {
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
		cache := newModelCache(dir, e, "api_key")
		if err := cache.store([]sdk.Model{{ID: "old", DisplayName: "Old"}}, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		expect(t, p, "old", "Old")
	})
	t.Run("broken file", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		p, _ := newTestProvider(t, closedPort(t), testSetup{cacheDir: dir})
		e, _ := parseEndpoint(p.baseURL())
		if err := os.WriteFile(newModelCache(dir, e, "api_key").path, []byte("{"), 0o600); err != nil {
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

// A cached list leaves nothing else behind.
func TestModelCacheIsSwapped(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cache := newModelCache(dir, endpoint{base: "b"}, "m")
	for range 3 {
		if err := cache.store([]sdk.Model{{ID: "x"}}, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 || len(cache.load().Models) != 1 {
		t.Errorf("%v, %v", files, err)
	}
	if err := newModelCache(filepath.Join(dir, "gone"), endpoint{}, "").store(nil, time.Now()); err == nil {
		t.Error("stored nowhere")
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	requests := 0
	for _, tt := range []struct {
		name  string
		url   string
		state sdk.AuthState
	}{
		{"accepted", modelServer(t, &requests), sdk.AuthOK},
		{"refused", serve(t, refuse(401)), sdk.AuthExpired},
		{"unreachable", closedPort(t), sdk.AuthUnknown},
		{"broken", serve(t, refuse(500)), sdk.AuthUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newTestProvider(t, tt.url, testSetup{})
			status, err := p.AuthStatus(t.Context(), true)
			if err != nil || status.State != tt.state || (status.Detail == "") != (tt.state == sdk.AuthOK) {
				t.Errorf("%+v, %v", status, err)
			}
		})
	}
}

func TestDiagnose(t *testing.T) {
	t.Parallel()
	requests := 0
	models := modelServer(t, &requests)
	late := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", "Fri, 02 Jan 2026 09:00:00 GMT")
		_, _ = io.WriteString(w, `{"data":[{"id":"x"}]}`)
	}))
	for _, tt := range []struct {
		name      string
		url       string
		variables map[string]string
		want      string
	}{
		{"fine", models, nil, "mode+ credentials+ base_url+ reachable+ clock+"},
		{"no mode", models, map[string]string{directVariable: ""}, "mode-"},
		{"no key", models, map[string]string{keyVariable: ""}, "mode+ credentials- base_url+"},
		{"bad base", "http://example.com", nil, "mode+ credentials+ base_url-"},
		{"unreachable", closedPort(t), nil, "mode+ credentials+ base_url+ reachable-"},
		{"wrong clock", late, nil, "mode+ credentials+ base_url+ reachable+ clock-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newTestProvider(t, tt.url, testSetup{variables: tt.variables})
			checks, err := p.Diagnose(t.Context())
			var got []string
			for _, c := range checks {
				got = append(got, c.ID+map[bool]string{true: "+", false: "-"}[c.OK])
				if c.Detail == "" || !c.OK && c.Remedy == "" && c.ID != "reachable" {
					t.Errorf("%+v", c)
				}
			}
			if d := cmp.Diff(tt.want, strings.Join(got, " ")); d != "" || err != nil {
				t.Errorf("%v\n%s", err, d)
			}
		})
	}
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(limitPrefix+pairs[i], pairs[i+1])
		}
		return h
	}
	calm := header("requests-limit", "100", "requests-remaining", "99", "tokens-limit", "10", "tokens-remaining", "5")
	tight := header("requests-limit", "100", "requests-remaining", "99", "input-tokens-limit", "100", "input-tokens-remaining", "4", "input-tokens-reset", "2026-01-02T03:04:05Z")
	unified := header("unified-status", "allowed_warning", "unified-representative-claim", "five_hour", "unified-5h-utilization", "0.93", "unified-reset", "1767323045")
	var w limitWatch
	for i, step := range []struct {
		header http.Header
		status int
		want   string
	}{
		{http.Header{}, 200, ""},
		{calm, 200, ""},
		{tight, 200, "input_tokens 0.96 warning 2026-01-02T03:04:05Z"},
		{tight, 200, ""},
		{calm, 200, "tokens 0.50 allowed 0001-01-01T00:00:00Z"},
		{calm, 200, ""},
		{calm, 429, "tokens 0.50 rejected 0001-01-01T00:00:00Z"},
		{unified, 200, "five_hour 0.93 warning 2026-01-02T03:04:05Z"},
		{header("unified-status", "rejected"), 200, " -1.00 rejected 0001-01-01T00:00:00Z"},
		{header("tokens-limit", "x", "requests-limit", "0"), 200, ""},
	} {
		got := ""
		if limit, news := w.report(step.header, step.status); news {
			got = fmt.Sprintf("%s %.2f %s %s", limit.Window, limit.Utilization, limit.Status, limit.ResetsAt.UTC().Format(time.RFC3339))
		}
		if got != step.want {
			t.Errorf("step %d: %q, want %q", i, got, step.want)
		}
	}
}

// Everything that leaves the plugin is free of the key.
func TestNoSecretInWhatIsShown(t *testing.T) {
	t.Parallel()
	p, _ := newTestProvider(t, serve(t, refuse(401)), testSetup{})
	status, _ := p.AuthStatus(t.Context(), true)
	checks, _ := p.Diagnose(t.Context())
	_, err := p.Generate(t.Context(), hello(), &recorder{})
	data, _ := json.Marshal([]any{status, checks, p.settings()})
	if text := string(data) + fmt.Sprintf("%+v %#v %v", p.settings(), p.settings(), err); strings.Contains(text, testKey) {
		t.Errorf("the key is shown: %s", text)
	}
}
