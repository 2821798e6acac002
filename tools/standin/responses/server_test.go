package responses

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// syncBuffer is a log that is read while the server may write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestRecordsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	var log syncBuffer
	s, base := serve(t, Options{Log: &log})
	do(t, http.MethodPost, base+chatGPTPath, body(nil), map[string]string{"authorization": "Bearer sk-secret"})
	do(t, http.MethodPost, base+chatGPTPath, "{broken", map[string]string{"authorization": "Bearer sk-secret"})
	if got := s.Violated(); len(got) != 1 || got[0].Violation != "json_invalid" || string(got[0].Body) != `"{broken"` {
		t.Errorf("%+v", got)
	}
	for _, path := range []string{"requests", "violations", "rules"} {
		_, list := do(t, http.MethodGet, base+"/_standin/"+path, "", nil)
		if bytes.Contains(list, []byte("sk-secret")) || !json.Valid(list) {
			t.Errorf("%s: %s", path, list)
		}
	}
	if strings.Contains(log.String(), "sk-secret") || strings.Count(log.String(), "\n") != 2 {
		t.Errorf("log = %s", log.String())
	}
	do(t, http.MethodPost, base+"/_standin/reset", "", nil)
	if len(s.Requests()) != 0 {
		t.Error("nothing was forgotten")
	}
}

func TestCatalog(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{ChatGPTBase: "/b/codex"})
	header := map[string]string{"authorization": "Bearer t", "chatgpt-account-id": "a", "originator": "o"}
	slugs := func(version string) []string {
		_, b := do(t, http.MethodGet, base+"/b/codex/models?client_version="+version, "", header)
		var list struct {
			Models []struct{ Slug, Visibility string }
		}
		if err := json.Unmarshal(b, &list); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, m := range list.Models {
			all = append(all, m.Slug+" "+m.Visibility)
		}
		return all
	}
	if got := strings.Join(slugs("0.152.9"), ", "); strings.Contains(got, "astra") || !strings.Contains(got, "codex-auto-review hide") || strings.Contains(got, "gpt-4.1") {
		t.Error(got)
	}
	if got := strings.Join(slugs("999.0.0"), ", "); !strings.Contains(got, "gpt-6-astra list") {
		t.Error(got)
	}
	res, _ := do(t, http.MethodGet, base+"/b/codex/models?client_version=1", "", header)
	header["if-none-match"] = res.Header.Get("Etag")
	if res, b := do(t, http.MethodGet, base+"/b/codex/models?client_version=1", "", header); res.StatusCode != http.StatusNotModified || len(b) != 0 {
		t.Errorf("%d %s", res.StatusCode, b)
	}
	header["upgrade"] = "websocket"
	if res, _ := do(t, http.MethodGet, base+"/b/codex/responses", "", header); res.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("%d", res.StatusCode)
	}
	for _, path := range []string{"/b/wham/usage", "/b/wham/accounts/check"} {
		delete(header, "upgrade")
		if res, b := do(t, http.MethodGet, base+path, "", header); res.StatusCode != 200 || !json.Valid(b) {
			t.Errorf("%s: %d %s", path, res.StatusCode, b)
		}
	}
}

func TestPlatformModels(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{})
	_, b := do(t, http.MethodGet, base+"/v1/models", "", nil)
	if !bytes.Contains(b, []byte(`{"id":"gpt-4.1","object":"model"`)) || bytes.Contains(b, []byte("gpt-6-astra")) {
		t.Errorf("%s", b)
	}
	for id, want := range map[string]int{"gpt-4.1": 200, "gpt-6-astra": 404} {
		if res, _ := do(t, http.MethodGet, base+"/v1/models/"+id, "", nil); res.StatusCode != want {
			t.Errorf("%s: %d", id, res.StatusCode)
		}
	}
}

func TestLenientServerTakesWhatIsWrong(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{Lenient: true, Account: accounts})
	res, b := do(t, http.MethodPost, base+chatGPTPath, `{"model":"any","stream":true,"input":[{"role":"user","content":"ho"}]}`, map[string]string{"originator": "", "accept": ""})
	if res.StatusCode != http.StatusOK || !bytes.Contains(b, []byte(`"text":"echo: ho"`)) {
		t.Errorf("%d %s", res.StatusCode, b)
	}
	if res, _ := do(t, http.MethodPost, base+chatGPTPath, body(nil), map[string]string{"authorization": "Bearer key"}); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a foreign token: %d", res.StatusCode)
	}
}

// A client that leaves in the middle is noticed.
func TestHangEndsWithTheClient(t *testing.T) {
	t.Parallel()
	s, base := serve(t, Options{})
	ctx, leave := context.WithCancel(t.Context())
	res, err := http.DefaultClient.Do(request(t, http.MethodPost, base+chatGPTPath, talk(user("@hang")), nil).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	leave()
	for deadline := time.Now().Add(10 * time.Second); ; <-time.After(time.Millisecond) {
		if got := s.Requests(); len(got) == 1 && got[0].Outcome == ClientGone {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v", s.Requests())
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, opts := range []Options{{Flush: "x"}, {Scenario: &Scenario{}}} {
		if _, err := New(opts); err == nil {
			t.Errorf("New(%+v) gave no error", opts)
		}
	}
}
