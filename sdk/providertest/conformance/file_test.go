package conformance

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

const goodFile = `{
  "schema": 1, "comment": "for people", "$schema": "https://example.com/x.json",
  "variables": {"ACME_KEY": "sk-conformance-0123", "ACME_URL": "{url}/v1", "ACME_DIR": "{dir}/x"},
  "settings": {"model": "{url}"},
  "programs": ["bin"],
  "model": "large",
  "prompts": {"text": "say {token} to {url}", "image": {"text": "what?", "model": "eyes"}, "state": "remember"},
  "failures": [{"kind": "rate_limited", "prompt": "fail", "retry_after": "1.5s", "retryable": true, "http_status": 429}],
  "without": ["panic"],
  "large_request_mib": 2
}`

func TestFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), FileName)
	if err := os.WriteFile(path, []byte(goodFile), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var s Subject
	file.Apply(&s, map[string]string{"url": "http://127.0.0.1:1"})
	folder := filepath.Dir(path)
	request := s.Fixtures.Text("T1")
	want := map[string]string{
		s.Config.Variables.Get("ACME_URL"): "http://127.0.0.1:1/v1", s.Config.Variables.Get("ACME_DIR"): folder + "/x",
		s.Config.Settings["model"]: "http://127.0.0.1:1", s.Programs[0]: filepath.Join(folder, "bin"),
		request.Model: "large", said(request): "say T1 to http://127.0.0.1:1", s.Fixtures.Image.Model: "eyes",
		said(s.Fixtures.State(nil)): "remember", strings.Join(s.Fixtures.Without, " "): "panic",
	}
	for got, want := range want {
		if got != want {
			t.Errorf("%q is not %q", got, want)
		}
	}
	if len(s.Fixtures.Image.Messages[0].Blocks) != 2 || s.Fixtures.Tool != nil || s.LargeRequest != 2<<20 || len(request.Tools) != 2 {
		t.Errorf("%+v", s.Fixtures)
	}
	if len(s.Public) != 2 { // ACME_URL and ACME_DIR
		t.Errorf("public: %v", s.Public)
	}
	fail, wanted := s.Fixtures.Failure(sdk.KindRateLimited)
	if said(fail) != "fail" || wanted.RetryAfter != 1500*time.Millisecond || wanted.HTTPStatus != 429 || !wanted.Retryable {
		t.Errorf("%+v", wanted)
	}
	if none, _ := s.Fixtures.Failure(sdk.KindBilling); none != nil {
		t.Error("a failure that is not there")
	}
}

func said(r *sdk.Request) string {
	text, _ := r.Messages[0].Blocks[0].(sdk.Text)
	return text.Text
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                                                          "1: EOF",
		"{\n\"schema\": 2\n}":                                       "schema 2 is not 1",
		"{\n\"schema\": 1,\n\"promts\": {}}":                        `unknown field "promts"`,
		"{\n\"schema\": 1,\n}":                                      "3: invalid character",
		"{\n\"schema\": \"x\"}":                                     "2: cannot unmarshal string",
		`{"schema":1} {}`:                                           "something follows",
		`{"schema":1,"prompts":{"txt":"x"}}`:                        "there is no such fixture",
		`{"schema":1,"prompts":{"failures":"x"}}`:                   "there is no such fixture",
		`{"schema":1,"prompts":{"tool":""}}`:                        "prompts.tool is empty",
		`{"schema":1,"prompts":{"tool":{"txt":"x"}}}`:               `unknown field "txt"`,
		`{"schema":1,"prompts":{"text":"hello"}}`:                   "no {token}",
		`{"schema":1,"failures":[{"kind":"bad","prompt":"x"}]}`:     `no error kind "bad"`,
		`{"schema":1,"failures":[{"kind":"internal","prompt":""}]}`: "prompt of internal is empty",
		`{"schema":1,"failures":[{"kind":"internal","prompt":"x","retry_after":"2"}]}`: "missing unit",
		`{"schema":1,"without":["nothing"]}`:                                           `no fixture "nothing"`,
		`{"schema":1,"stand_in":{"command":[]}}`:                                       "command is empty",
	} {
		if _, err := ParseFile([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := ReadFile(filepath.Join(t.TempDir(), "none.json")); err == nil {
		t.Error("a file that is not there was read")
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add([]byte(goodFile))
	f.Add([]byte(`{"schema":1,"prompts":{"text":{"text":"{token}"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := ParseFile(data)
		if err != nil {
			return
		}
		var s Subject
		file.Apply(&s, map[string]string{"url": "u"})
		if s.Fixtures.Text != nil && s.Fixtures.Text("t") == nil {
			t.Error("a text without a request")
		}
	})
}

func TestStandIn(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is no sh")
	}
	for name, test := range map[string]struct{ script, wantURL, wantErr string }{
		"ready":        {"echo url=http://x; echo noise; echo ready; echo more; exec cat >/dev/null", "http://x", ""},
		"stays":        {"echo url=$ADDRESS; echo ready; sleep 300 & trap '' HUP; sleep 300", "given", ""},
		"ends":         {"echo url=x; exit 3", "", "before it said"},
		"is not there": {"", "", "no such file"},
	} {
		file := &File{dir: t.TempDir(), StandIn: &StandIn{
			Command: []string{"/bin/sh", "-c", test.script}, Environment: map[string]string{"ADDRESS": "given"},
		}}
		if test.script == "" {
			file.StandIn.Command = []string{"./none"}
		}
		running, err := file.StartStandIn(t.Context(), os.Environ(), os.Stderr)
		if test.wantErr != "" {
			if err == nil || !strings.Contains(err.Error(), test.wantErr) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || running.Placeholders()["url"] != test.wantURL {
			t.Errorf("%s: %v, %v", name, running.Placeholders(), err)
		}
		running.Stop()
		select {
		case <-running.ended:
		default:
			t.Errorf("%s: it lives on", name)
		}
	}
	none, err := (&File{}).StartStandIn(t.Context(), nil, nil)
	none.Stop()
	if none.Placeholders() != nil || err != nil {
		t.Error("a stand-in that nobody named")
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		s    Selection
		want int
		err  string
	}{
		"all":        {Selection{}, len(Cases()), ""},
		"a case":     {Selection{IDs: []string{"usage"}}, 1, ""},
		"both":       {Selection{IDs: []string{"usage"}, Suites: []Suite{Login}}, 1 + len(loginCases), ""},
		"no suite":   {Selection{Suites: []Suite{"x"}}, 0, "there are core, login"},
		"no case":    {Selection{IDs: []string{"cancel_promt"}}, 0, "did you mean cancel_prompt"},
		"no similar": {Selection{IDs: []string{"zzzz"}}, 0, `there is no case "zzzz"`},
	} {
		cases, err := Select(test.s)
		if len(cases) != test.want || (err != nil) != (test.err != "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %d cases, %v", name, len(cases), err)
		}
	}
}
