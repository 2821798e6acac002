package responses

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/tools/standin/internal/responserules"
	"github.com/jcode-go/jcode/tools/standin/internal/script"
)

// wireItem is what tests look for in the output of a response.
type wireItem struct {
	Type, ID, Name, Arguments, Input string
	CallID                           string `json:"call_id"`
	Encrypted                        string `json:"encrypted_content"`
	Content                          []struct{ Type, Text, Refusal string }
	Summary                          []struct{ Text string }
}

// ask sends items to the platform and returns the whole output, or the error's
// message as the one text.
func ask(t *testing.T, base string, items ...string) (int, []wireItem) {
	t.Helper()
	b := body(map[string]string{"stream": "false", "input": "[" + strings.Join(items, ",") + "]"})
	res, reply := do(t, http.MethodPost, base+platformPath, b, nil)
	var m struct {
		Output []wireItem
		Error  *struct{ Message string }
	}
	if err := json.Unmarshal(reply, &m); err != nil {
		t.Fatalf("reply %s: %v", reply, err)
	}
	if m.Error != nil {
		return res.StatusCode, []wireItem{{Arguments: m.Error.Message}}
	}
	return res.StatusCode, m.Output
}

func textOf(items []wireItem) string {
	all := ""
	for _, i := range items {
		for _, c := range i.Content {
			all += c.Text + c.Refusal
		}
	}
	return all
}

func scenario(t *testing.T, doc string) *Scenario {
	t.Helper()
	s, err := Parse([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// step is a scenario step that says its own name.
func step(name, when string) string {
	return fmt.Sprintf(`{"name":%q,"when":%s,"reply":{"items":[{"type":"text","text":%q}]}}`, name, when, name)
}

func user(text string) string { return fmt.Sprintf(`{"role":"user","content":%q}`, text) }

func calls(id, name, arguments string) string {
	return fmt.Sprintf(`{"type":"function_call","call_id":%q,"name":%q,"arguments":%q}`, id, name, arguments)
}

func gives(id, text string) string {
	return fmt.Sprintf(`{"type":"function_call_output","call_id":%q,"output":%q}`, id, text)
}

func TestWhenPicksTheStep(t *testing.T) {
	t.Parallel()
	sealer := responserules.Sealer{}
	id := func(response uint64, index int) string { return sealer.ID("call_", response, index, false) }
	bash := []string{user("hi there"), calls("a", "bash", `{"command":"go test"}`), gives("a", "FAIL x\nexit 1")}
	failed := []string{user("hi there"), calls("a", "bash", `{}`), gives("a", "[Error] no")}
	// Two calls of one response, their outputs between them.
	split := []string{user("hi there"), calls(id(7, 0), "bash", `{}`), gives(id(7, 0), "one"), calls(id(7, 1), "read", `{}`), gives(id(7, 1), "two")}
	later := append(append([]string{}, split...), calls(id(8, 0), "read", `{}`), gives(id(8, 0), "ok"), user("hurry up"))
	again := append(append([]string{}, later...), said, user("again"))
	foreign := append(append([]string{}, bash...), said, calls("b", "read", `{}`), gives("b", "ok"))
	for name, c := range map[string]struct {
		when string
		talk []string
		want bool
	}{
		"anything":           {`{}`, bash, true},
		"user text":          {`{"user":"there"}`, bash, true},
		"other user text":    {`{"user":"where"}`, bash, false},
		"turn 1":             {`{"turn":1,"no_results":true}`, bash[:1], true},
		"turn 2":             {`{"turn":2}`, bash, true},
		"other turn":         {`{"turn":1}`, bash, false},
		"one response split": {`{"turn":2,"results":[{"tool":"bash","contains":"one"},{"tool":"read","contains":"two"}]}`, split, true},
		"turn 3":             {`{"turn":3,"results":[{"tool":"read","contains":"ok"}]}`, later, true},
		"older results":      {`{"results":[{"contains":"two"}]}`, later, false},
		"extra":              {`{"extra":"hurry","user":"hi there"}`, later, true},
		"new task":           {`{"turn":1,"user":"again","no_results":true,"called":{"bash":0}}`, again, true},
		"foreign ids":        {`{"turn":3,"results":[{"tool":"read"}],"called":{"bash":1,"read":1}}`, foreign, true},
		"no results":         {`{"no_results":true}`, bash, false},
		"input":              {`{"results":[{"tool":"bash","input_regex":"go test"}]}`, bash, true},
		"no error":           {`{"results":[{"is_error":false}]}`, bash, true},
		"error":              {`{"results":[{"is_error":true}]}`, failed, true},
		"called":             {`{"called":{"bash":1,"read":2}}`, later, true},
		"model":              {`{"model":"gpt-5.5"}`, bash, true},
		"other model":        {`{"model":"gpt-6.1-sol"}`, bash, false},
		"system":             {`{"system_regex":"kind\\s+more"}`, append([]string{`{"role":"developer","content":"more"}`}, bash...), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, base := serve(t, Options{Scenario: scenario(t, `{"steps":[`+step("yes", c.when)+`]}`)})
			status, items := ask(t, base, c.talk...)
			if (status == http.StatusOK) != c.want {
				t.Errorf("%d %+v, want a match: %v", status, items, c.want)
			}
			if !c.want && !strings.HasPrefix(items[0].Arguments, "no scenario step matches") {
				t.Errorf("message = %q", items[0].Arguments)
			}
		})
	}
}

func TestTemplatesAndTimes(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{Scenario: scenario(t, `{
		"captures":[{"name":"where","tool":"bash","regex":"at (\\S+)"}],
		"steps":[
			{"name":"once","times":1,"reply":{"items":[{"type":"refusal","text":"first"}]}},
			{"name":"all","when":{"user_regex":"^(?P<greeting>\\w+)","results":[{}]},"reply":{"items":[
				{"type":"reasoning","summary":["about ${where}"]},
				{"type":"text","text":"${greeting} ${where} $${where}"},
				{"type":"function_call","name":"read","arguments":{"a":"x${where}y"}},
				{"type":"custom_tool_call","name":"patch","text":"${where}"}]}}]}`)})
	talk := []string{user("hi there"), calls("a", "bash", "{}"), gives("a", `at "q"\n exits`)}
	if _, items := ask(t, base, talk...); textOf(items) != "first" {
		t.Errorf("%+v", items)
	}
	_, items := ask(t, base, talk...)
	if len(items) != 4 || textOf(items) != `hi "q"\n ${where}` || items[2].Arguments != `{"a":"x\"q\"\\ny"}` ||
		items[3].Input != `"q"\n` || items[0].Summary[0].Text != `about "q"\n` {
		t.Errorf("%+v", items)
	}
}

func TestBrokenScenariosAreRefused(t *testing.T) {
	t.Parallel()
	one := func(item string) string { return `{"steps":[{"name":"a","reply":{"items":[` + item + `]}}]}` }
	for want, doc := range map[string]string{
		"unknown field":     `{"steps":[{"name":"a","reply":{"blocks":[]}}]}`,
		"either reply":      `{"steps":[{"name":"a"}]}`,
		"is no error":       `{"steps":[{"name":"a","http":{"status":200}}]}`,
		"http.shape":        `{"steps":[{"name":"a","http":{"status":400,"shape":"round"}}]}`,
		"output":            `{"steps":[{"name":"a","reply":{"items":[],"output":"some"}}]}`,
		"framing":           `{"steps":[{"name":"a","reply":{"items":[],"framing":"gold"}}]}`,
		"either incomplete": `{"steps":[{"name":"a","reply":{"items":[],"incomplete":"x","failed":{"code":"x"}}}]}`,
		"unknown type":      one(`{"type":"song"}`), "needs a name": one(`{"type":"function_call"}`),
		"needs an object": one(`{"type":"item","data":[]}`), "needs event": one(`{"type":"event","data":{}}`),
		"one line": one(`{"type":"comment","text":"a\nb"}`), "negative": one(`{"type":"pause","ms":-1}`),
		"must be objects": one(`{"type":"item","data":{},"events":[1]}`),
	} {
		if _, err := Parse([]byte(doc)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%s) = %v, want %q", doc, err, want)
		}
	}
}

// FuzzParse: whatever the file says, a scenario that loads can answer.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"steps":[` + step("a", `{"turn":1}`) + `]}`))
	f.Add([]byte(`{"steps":[{"name":"a","reply":{"framing":"crlf,multiline","items":[{"type":"function_call","name":"x","arguments":{"a":"${b}"},"ascii":true,"chunk":1},{"type":"reasoning"},{"type":"error"},{"type":"event","event":"x","data":{"type":1}}]}}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		s, err := Parse(doc)
		if err != nil {
			return
		}
		for i := range s.Steps {
			if r := s.Steps[i].Reply; r != nil && !large(r) {
				c := composer{values: script.ValuesOf(nil, s.Captures, &script.Talk{})}
				if out, err := c.compose(r); err == nil && !json.Valid(out.response) {
					t.Errorf("response %s", out.response)
				}
			}
		}
	})
}

func large(r *Reply) bool {
	n := 0
	for _, i := range r.Items {
		n += i.Repeat*(len(i.Text)+1) + i.Size
	}
	return n > 1<<20
}
