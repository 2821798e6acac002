package responses

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// read is an independent reader of server-sent events, as the standard has it.
func read(t *testing.T, r io.Reader) (events []wireEvent, err error) {
	t.Helper()
	lines := bufio.NewReader(r)
	var e wireEvent
	var data []string
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return events, err
		}
		line = strings.TrimRight(line, "\r\n")
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if e.data = strings.Join(data, "\n"); len(data) > 0 && e.data != "[DONE]" {
				if err := json.Unmarshal([]byte(e.data), &e.body); err != nil {
					t.Errorf("event %s is no JSON: %v", e.name, err)
				}
				events = append(events, e)
			}
			e, data = wireEvent{}, nil
		case field == "event":
			e.name = value
		case field == "data":
			data = append(data, value)
		}
	}
}

type wireEvent struct {
	name, data string
	body       struct {
		Type     string
		Sequence *int `json:"sequence_number"`
		Delta    string
		Item     wireItem
		Response struct {
			Status string
			Output []wireItem
			Usage  map[string]any
			Error  *struct{ Code, Message string }
		}
	}
}

var goldens = sync.OnceValues(GoldenStreams)

// Every golden stream is what it says: numbered throughout, its last event by its
// outcome, and its output that of the items that were done.
func TestGoldenStreams(t *testing.T) {
	t.Parallel()
	all, err := goldens()
	if err != nil {
		t.Fatal(err)
	}
	again, _ := GoldenStreams()
	for i, g := range all {
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			if !bytes.Equal(g.Stream, again[i].Stream) {
				t.Error("differs from run to run")
			}
			if strings.Contains(g.Name, "garbage") {
				return
			}
			events, _ := read(t, bytes.NewReader(g.Stream))
			checkGolden(t, g, events)
		})
	}
}

func checkGolden(t *testing.T, g Golden, events []wireEvent) {
	t.Helper()
	var done []string
	for n, e := range events {
		if e.body.Sequence == nil || *e.body.Sequence != n {
			t.Errorf("event %d, %s: sequence number %v", n, e.name, e.body.Sequence)
		}
		if e.name != e.body.Type && g.Name != "framing-nameless" && g.Name != "misnamed-event" {
			t.Errorf("event %s is of type %s", e.name, e.body.Type)
		}
		if e.body.Type == "response.output_item.done" {
			done = append(done, e.body.Item.Type)
		}
	}
	var whole struct {
		Output []wireItem
		Status string
	}
	if err := json.Unmarshal(g.Response, &whole); err != nil {
		t.Fatal(err)
	}
	last := events[len(events)-1].body
	if g.Outcome == Complete && last.Type != "response."+whole.Status {
		t.Errorf("ends with %s, status %s", last.Type, whole.Status)
	}
	if g.Outcome == EndedEarly && strings.HasPrefix(last.Type, "response.completed") {
		t.Error("ended early and completed")
	}
	if g.Outcome == Complete && len(done) != len(whole.Output) {
		t.Errorf("%v are done, the output has %d", done, len(whole.Output))
	}
}

func TestFraming(t *testing.T) {
	t.Parallel()
	all, err := goldens()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"framing-crlf": "\r\ndata: {", "framing-no_space": "\ndata:{", "framing-multiline": ",\ndata: ", "framing-id": "id: 0\nretry: ",
		"framing-done": "data: [DONE]\n\n", "keepalives": "\n: keep-alive\n", "rate-limits": `"used_percent":25`,
		"error-event": `{"type":"error","code":"server_error",`, "error-event-nested": `{"type":"error","error":{"type":"server_error",`,
	} {
		i := slices.IndexFunc(all, func(g Golden) bool { return g.Name == name })
		if i < 0 || !bytes.Contains(all[i].Stream, []byte(want)) {
			t.Errorf("%s does not have %q", name, want)
		}
	}
	for _, g := range all {
		if g.Name == "framing-nameless" && bytes.Contains(g.Stream, []byte("event:")) {
			t.Error("nameless events have names")
		}
		if g.Name == "reasoning-large" && len(g.Stream) < 3<<20 {
			t.Errorf("%d bytes", len(g.Stream))
		}
	}
}

func open(t *testing.T, base, path, task string) *http.Response {
	t.Helper()
	res, err := http.DefaultClient.Do(request(t, http.MethodPost, base+path, talk(user(task)), nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// The ChatGPT face leaves the output of the last event empty; the items tell.
func TestFacesDiffer(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{})
	for path, want := range map[string]int{chatGPTPath: 0, platformPath: 2} {
		res := open(t, base, path, "@reasoning deeply")
		events, _ := read(t, res.Body)
		last := events[len(events)-1].body
		if last.Type != "response.completed" || len(last.Response.Output) != want || last.Response.Usage["input_tokens"] == nil {
			t.Errorf("%s: %+v", path, last)
		}
		limited := res.Header.Get("X-Codex-Primary-Used-Percent") != ""
		if limited != (path == chatGPTPath) || (res.Header.Get("X-Ratelimit-Limit-Requests") != "") == limited {
			t.Errorf("%s: limits %v", path, res.Header)
		}
	}
}

// Reasoning comes back to the account and model that it was made for, and only with
// what was asked for.
func TestReasoningIsSealed(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{})
	events, _ := read(t, open(t, base, chatGPTPath, "@tool bash {}").Body)
	var sealed, callID string
	for _, e := range events {
		if e.body.Type == "response.output_item.done" {
			sealed += e.body.Item.Encrypted
			callID += e.body.Item.CallID
		}
	}
	input := `[` + user("@tool bash {}") + `,{"type":"reasoning","summary":[],"encrypted_content":"` + sealed + `"},` +
		calls(callID, "bash", "{}") + `,` + gives(callID, "done it") + `]`
	for name, c := range map[string]struct {
		body, account, violation string
	}{
		"same":          {with("input", input), "acc", ""},
		"other account": {with("input", input), "acc2", "encrypted_content_foreign"},
		"other model":   {body(map[string]string{"input": input, "model": `"gpt-6.1-sol"`}), "acc", "encrypted_content_foreign"},
	} {
		res, reply := do(t, http.MethodPost, base+chatGPTPath, c.body, map[string]string{"chatgpt-account-id": c.account})
		if got := res.Header.Get("Standin-Violation"); got != c.violation {
			t.Errorf("%s: %q %s", name, got, reply)
		}
		if c.violation == "" && !bytes.Contains(reply, []byte("last result: done it")) {
			t.Errorf("%s: %s", name, reply)
		}
	}
	events, _ = read(t, strings.NewReader(post(t, base, with("include", ""))))
	for _, e := range events {
		if e.body.Item.Encrypted != "" {
			t.Error("encrypted content that was not asked for")
		}
	}
}

func post(t *testing.T, base, body string) string {
	t.Helper()
	_, reply := do(t, http.MethodPost, base+chatGPTPath, body, nil)
	return string(reply)
}

// Bytes leave as told, through the middle of characters, and join to the same.
func TestFlushCutsCharacters(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{Flush: "3", FirstResponse: 1})
	res := open(t, base, platformPath, "@golden unicode")
	broken := false
	var whole []byte
	for piece := make([]byte, 3); ; {
		n, err := io.ReadFull(res.Body, piece)
		whole = append(whole, piece[:n]...)
		broken = broken || !utf8.Valid(piece[:n])
		if err != nil {
			break
		}
	}
	events, _ := read(t, bytes.NewReader(whole))
	all := ""
	for _, e := range events {
		all += e.body.Delta
	}
	if !broken || !strings.Contains(all, "日本語") || !strings.Contains(all, "👩‍👩‍👧") {
		t.Errorf("cut: %v, text %q", broken, all)
	}
}

func TestHTTPErrors(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{Scenario: scenario(t, `{"steps":[
		{"name":"limit","when":{"user":"limit"},"http":{"status":429,"type":"usage_limit_reached","resets_in":7200,"strings":true,"extra":{"plan_type":"plus"}},"headers":{"retry-after":"7"}},
		{"name":"status","when":{"user":"status"},"http":{"status":401,"shape":"error_status"}},
		{"name":"event","when":{"user":"event"},"http":{"status":400,"shape":"error_event","code":"context_length_exceeded"}},
		{"name":"code","when":{"user":"code"},"http":{"status":402,"shape":"detail_code"}},
		{"name":"list","when":{"user":"list"},"http":{"status":422,"shape":"detail_list","message":"Field required","param":"x"}},
		{"name":"detail","when":{"user":"detail"},"http":{"status":400,"shape":"detail","message":"Unsupported parameter: x"}},
		{"name":"html","when":{"user":"html"},"http":{"status":502,"shape":"html"}},
		{"name":"cloudflare","when":{"user":"cloudflare"},"http":{"status":403,"shape":"cloudflare"}},
		{"name":"body","when":{"user":"body"},"http":{"status":500,"body":"{oops","content_type":"application/json"}},
		{"name":"empty","http":{"status":503,"shape":"empty"}}]}`)})
	for task, want := range map[string]struct {
		status int
		text   string
	}{
		"limit": {429, `"plan_type":"plus"`}, "status": {401, `"code":"token_invalidated"},"status":401}`},
		"event": {400, `{"type":"error","status":400,"error":{`}, "code": {402, `{"detail":{"code":"deactivated_workspace"}}`},
		"list": {422, `{"detail":[{"type":"missing","loc":["query","x"]`}, "detail": {400, `{"detail":"Unsupported parameter: x"}`},
		"html": {502, "<title>502 Bad Gateway</title>"}, "cloudflare": {403, "Just a moment"}, "body": {500, "{oops"}, "other": {503, ""},
	} {
		res := open(t, base, chatGPTPath, task)
		b, _ := io.ReadAll(res.Body)
		if res.StatusCode != want.status || !bytes.Contains(b, []byte(want.text)) {
			t.Errorf("%s: %d %s", task, res.StatusCode, b)
		}
		if task == "limit" && (res.Header.Get("Retry-After") != "7" || !bytes.Contains(b, []byte(`"resets_in_seconds":"7200"`))) {
			t.Errorf("%v %s", res.Header, b)
		}
		if task == "cloudflare" && res.Header.Get("Cf-Mitigated") != "challenge" {
			t.Errorf("%v", res.Header)
		}
	}
}

func TestMagicWords(t *testing.T) {
	t.Parallel()
	server, base := serve(t, Options{})
	for task, want := range map[string]struct{ last, text, outcome string }{
		"hello": {"response.completed", "echo: hello", Complete}, "@text 3x4": {"response.completed", "lorelorelore", Complete},
		"@drip 2x3x1": {"response.completed", "lorlor", Complete}, "@reasoning why": {"response.completed", "why.", Complete},
		"@refusal never": {"response.completed", "never", Complete}, "@incomplete max_output_tokens": {"response.incomplete", "stopped", Complete},
		"@failed server_error": {"response.failed", "", Errored}, "@error nested invalid_prompt": {"error", "partial ", Errored},
		"@error": {"error", "partial ", Errored}, "@eof": {"response.output_text.delta", "partial ", EndedEarly},
		"@cut": {"response.output_text.delta", "partial ", Aborted}, "@golden phases": {"response.completed", "I look.Done.", Complete},
		"@parallel 2 bash": {"response.completed", "", Complete}, "@custom patch x": {"response.completed", "x", Complete},
	} {
		events, err := read(t, open(t, base, chatGPTPath, task).Body)
		all := ""
		for _, e := range events {
			if !strings.Contains(e.body.Type, "reasoning") && !strings.Contains(e.body.Type, "arguments") {
				all += e.body.Delta
			}
		}
		if last := events[len(events)-1].body.Type; last != want.last || all != want.text {
			t.Errorf("%s: ends with %s, says %q", task, last, all)
		}
		if records := server.Requests(); records[len(records)-1].Outcome != want.outcome && want.outcome == Errored {
			t.Errorf("%s: %s", task, records[len(records)-1].Outcome)
		}
		if (want.outcome == Aborted) != (!errors.Is(err, io.EOF)) {
			t.Errorf("%s: %v", task, err)
		}
	}
	for _, task := range []string{"@text 5", "@drip 1x2", "@status", "@status 200", "@status 500 x", "@tool", "@tool x {", "@tools x bash", "@golden nothing", "@incomplete", "@failed", "@limit", "@custom"} {
		if _, items := ask(t, base, user(task)); !strings.HasPrefix(textOf(items), strings.Fields(task)[0]+": ") {
			t.Errorf("%s: %+v", task, items)
		}
	}
	for _, want := range []int{503, 503, 200} {
		if res := open(t, base, chatGPTPath, "@status 503 2 retry-after=1"); res.StatusCode != want {
			t.Errorf("%d, want %d", res.StatusCode, want)
		}
	}
	if res := open(t, base, chatGPTPath, "@limit 60"); res.StatusCode != 429 {
		t.Errorf("%d", res.StatusCode)
	}
}
