package messages

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/jcode-go/jcode/tools/standin/internal/wire"
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
	do(t, http.MethodPost, base+"/v1/messages?beta=true", body(nil), map[string]string{"x-api-key": "sk-secret"})
	do(t, http.MethodPost, base+"/v1/messages", "{broken", map[string]string{"x-api-key": "", "authorization": "Bearer sk-secret"})
	outcome(t, s, Errored)
	for _, path := range []string{"/_standin/requests", "/_standin/violations"} {
		_, list := do(t, http.MethodGet, base+path, "", nil)
		var all []Record
		if err := json.Unmarshal(list, &all); err != nil {
			t.Fatal(err)
		}
		last := all[len(all)-1]
		if last.Violation != "json_invalid" || string(last.Body) != `"{broken"` || last.Status != 400 {
			t.Errorf("%s: last = %+v", path, last)
		}
		if bytes.Contains(list, []byte("sk-secret")) || !bytes.Contains(list, []byte("[redacted]")) {
			t.Errorf("%s: %s", path, list)
		}
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	var first Record
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || len(lines) != 2 {
		t.Fatalf("log %q: %v", lines, err)
	}
	if first.Query != "beta=true" || first.Outcome != Complete || first.Step != "echo" || strings.Contains(log.String(), "sk-secret") {
		t.Errorf("log = %s", log.String())
	}
}

func TestModelsPageBothWays(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{})
	all := DefaultModels()
	for query, want := range map[string]struct {
		first, last string
		more        bool
	}{
		"":                                {all[0].ID, all[len(all)-1].ID, false},
		"?limit=2":                        {all[0].ID, all[1].ID, true},
		"?limit=2&after_id=" + all[1].ID:  {all[2].ID, all[3].ID, true},
		"?limit=99&after_id=" + all[1].ID: {all[2].ID, all[len(all)-1].ID, false},
		"?limit=2&before_id=" + all[3].ID: {all[1].ID, all[2].ID, true},
		"?limit=9&before_id=" + all[3].ID: {all[0].ID, all[2].ID, false},
	} {
		_, b := do(t, http.MethodGet, base+"/v1/models"+query, "", nil)
		var got struct {
			First string `json:"first_id"`
			Last  string `json:"last_id"`
			More  bool   `json:"has_more"`
		}
		if err := json.Unmarshal(b, &got); err != nil || got.First != want.first || got.Last != want.last || got.More != want.more {
			t.Errorf("%s: %+v, want %+v (%v)", query, got, want, err)
		}
	}
	if res, _ := do(t, http.MethodGet, base+"/v1/models?limit=0", "", nil); res.StatusCode != http.StatusBadRequest {
		t.Errorf("limit 0: %d", res.StatusCode)
	}
}

func TestStatusWords(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{})
	say := func(text string) string { return talk(`{"role":"user","content":"` + text + `"}`) }
	res, b := do(t, http.MethodPost, base+"/v1/messages", say("@status 429 retry-after=7"), nil)
	if res.StatusCode != 429 || res.Header.Get("Retry-After") != "7" || !bytes.Contains(b, []byte("rate_limit_error")) {
		t.Errorf("%d %s", res.StatusCode, b)
	}
	res, b = do(t, http.MethodPost, base+"/v1/messages", say("@status 502"), nil)
	if res.StatusCode != 502 || !bytes.HasPrefix(b, []byte("<html>")) {
		t.Errorf("%d %s", res.StatusCode, b)
	}
	for _, want := range []int{529, 529, 200, 200} {
		if res, _ = do(t, http.MethodPost, base+"/v1/messages", say("@status 529 2"), nil); res.StatusCode != want {
			t.Errorf("got %d, want %d", res.StatusCode, want)
		}
	}
	res, b = do(t, http.MethodPost, base+"/v1/messages", say("@error overloaded_error"), nil)
	if res.StatusCode != 529 || !bytes.Contains(b, []byte("overloaded_error")) {
		t.Errorf("whole reply of a stream with an error: %d %s", res.StatusCode, b)
	}
}

func TestWrongMagicSaysSo(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{})
	for _, task := range []string{"@text 5", "@text 2x3 flush=x", "@drip 1x2", "@status", "@status 200", "@status 500 x", "@tool", "@tool x {", "@tools x bash", "@golden nothing"} {
		if _, blocks := ask(t, base, string(wire.Encode(map[string]string{"role": "user", "content": task}))); !strings.HasPrefix(blocks[0].Text, strings.Fields(task)[0]+": ") {
			t.Errorf("%s: %q", task, blocks[0].Text)
		}
	}
}

func TestLenientServerTakesWhatIsWrong(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{Lenient: true})
	res, b := do(t, http.MethodPost, base+"/v1/messages", `{"model":"any","messages":[{"role":"user","content":"hi"},{"role":"user","content":"ho"}]}`, map[string]string{"x-api-key": ""})
	if res.StatusCode != http.StatusOK || !bytes.Contains(b, []byte("echo: ho")) {
		t.Errorf("%d %s", res.StatusCode, b)
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
