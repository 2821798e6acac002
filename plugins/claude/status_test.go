package claude

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

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
	var w httpapi.LimitWatch
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
		if limit, ok := readLimit(step.header, step.status); ok && w.News(limit) {
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
	data, _ := json.Marshal([]any{status, checks, p.settings(t.Context())})
	if text := string(data) + fmt.Sprintf("%+v %#v %v", p.settings(t.Context()), p.settings(t.Context()), err); strings.Contains(text, testKey) {
		t.Errorf("the key is shown: %s", text)
	}
}
