package messages

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/tools/standin/internal/script"
)

// ask sends messages to a server with this scenario and returns the reply's
// blocks, or the error's message as the one text.
func ask(t *testing.T, base string, messages ...string) (status int, blocks []wireBlock) {
	t.Helper()
	res, reply := do(t, http.MethodPost, base+"/v1/messages", talk(messages...), nil)
	var m struct {
		Content []wireBlock
		Error   struct{ Message string }
	}
	if err := json.Unmarshal(reply, &m); err != nil {
		t.Fatalf("reply %s: %v", reply, err)
	}
	if m.Error.Message != "" {
		return res.StatusCode, []wireBlock{{Text: m.Error.Message}}
	}
	return res.StatusCode, m.Content
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
	return fmt.Sprintf(`{"name":%q,"when":%s,"reply":{"blocks":[{"type":"text","text":%q}]}}`, name, when, name)
}

const (
	plainHi  = `{"role":"user","content":"hi there"}`
	callBash = `{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"bash","input":{"command":"go test"}}]}`
	callRead = `{"role":"assistant","content":[{"type":"tool_use","id":"b","name":"read","input":{"file_path":"x"}}]}`
)

func gives(id, text, rest string) string {
	return fmt.Sprintf(`{"role":"user","content":[{"type":"tool_result","tool_use_id":%q,"content":%q%s}]}`, id, text, rest)
}

func TestWhenPicksTheStep(t *testing.T) {
	t.Parallel()
	bash := []string{plainHi, callBash, gives("a", "FAIL x\nexit 1", "")}
	later := append(append([]string{}, bash...), callRead, `{"role":"user","content":[{"type":"tool_result","tool_use_id":"b","content":"ok"},{"type":"text","text":"hurry up"}]}`)
	for name, c := range map[string]struct {
		when string
		talk []string
		want bool
	}{
		"anything":          {`{}`, bash, true},
		"user text":         {`{"user":"there"}`, bash, true},
		"other user text":   {`{"user":"where"}`, bash, false},
		"user regex":        {`{"user_regex":"^hi \\w+$"}`, bash, true},
		"other user regex":  {`{"user_regex":"^there"}`, bash, false},
		"turn":              {`{"turn":2}`, bash, true},
		"other turn":        {`{"turn":1}`, bash, false},
		"turn 3":            {`{"turn":3}`, later, true},
		"new task":          {`{"turn":1,"user":"again"}`, append(append([]string{}, later...), `{"role":"assistant","content":"done"}`, `{"role":"user","content":"again"}`), true},
		"no results":        {`{"no_results":true}`, bash, false},
		"no results at all": {`{"no_results":true}`, []string{plainHi}, true},
		"result":            {`{"results":[{}]}`, bash, true},
		"result of none":    {`{"results":[{}]}`, []string{plainHi}, false},
		"tool":              {`{"results":[{"tool":"bash"}]}`, bash, true},
		"other tool":        {`{"results":[{"tool":"read"}]}`, bash, false},
		"input":             {`{"results":[{"input_regex":"go test"}]}`, bash, true},
		"other input":       {`{"results":[{"input_regex":"go vet"}]}`, bash, false},
		"contains":          {`{"results":[{"contains":"FAIL"}]}`, bash, true},
		"not contains":      {`{"results":[{"not_contains":"FAIL"}]}`, bash, false},
		"regex":             {`{"results":[{"regex":"exit [1-9]"}]}`, bash, true},
		"other regex":       {`{"results":[{"regex":"exit 0"}]}`, bash, false},
		"no error":          {`{"results":[{"is_error":false}]}`, bash, true},
		"error":             {`{"results":[{"is_error":true}]}`, bash, false},
		"is error":          {`{"results":[{"is_error":true}]}`, []string{plainHi, callBash, gives("a", "x", `,"is_error":true`)}, true},
		"called":            {`{"called":{"bash":1,"edit":0}}`, bash, true},
		"called otherwise":  {`{"called":{"bash":0}}`, bash, false},
		"extra":             {`{"extra":"hurry"}`, later, true},
		"other extra":       {`{"extra":"slow"}`, later, false},
		"model":             {`{"model":"claude-opus-4-5-20251101"}`, bash, true},
		"other model":       {`{"model":"claude-opus-5"}`, bash, false},
		"system":            {`{"system_regex":"x"}`, bash, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, base := serve(t, Options{Scenario: scenario(t, `{"steps":[`+step("yes", c.when)+`]}`)})
			status, blocks := ask(t, base, c.talk...)
			if (status == http.StatusOK) != c.want {
				t.Errorf("%d %v, want a match: %v", status, blocks, c.want)
			}
			if !c.want && !strings.HasPrefix(blocks[0].Text, "no scenario step matches") {
				t.Errorf("message = %q", blocks[0].Text)
			}
		})
	}
}

func TestStepsAnswerInOrderAndAsOftenAsAllowed(t *testing.T) {
	t.Parallel()
	once := strings.Replace(step("once", `{}`), `"reply"`, `"times":1,"reply"`, 1)
	twice := strings.Replace(step("twice", `{}`), `"reply"`, `"times":2,"reply"`, 1)
	server, base := serve(t, Options{Scenario: scenario(t, `{"steps":[`+once+","+twice+","+step("ever", `{}`)+`]}`)})
	want := []string{"once", "twice", "twice", "ever", "ever"}
	for range 2 {
		for i, name := range want {
			if _, blocks := ask(t, base, plainHi); blocks[0].Text != name {
				t.Errorf("answer %d = %q, want %q", i, blocks[0].Text, name)
			}
		}
		if got := server.Requests(); len(got) != len(want) || got[0].Step != "once" {
			t.Errorf("records %d, first step %q", len(got), got[0].Step)
		}
		server.Reset()
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	_, base := serve(t, Options{Scenario: scenario(t, `{
		"captures":[{"name":"where","tool":"bash","regex":"at (\\S+)"},{"name":"whole","regex":"ex\\w+"}],
		"steps":[
			{"name":"unknown","when":{"user":"unknown"},"reply":{"blocks":[{"type":"text","text":"${nobody}"}]}},
			{"name":"all","when":{"user_regex":"^(?P<greeting>\\w+)","results":[{"regex":"(?P<word>\\w+)$"}]},"reply":{"blocks":[
				{"type":"text","text":"${greeting} ${where} ${whole} ${word} $${where}"},
				{"type":"tool_use","name":"read","input":{"a":"x${where}y","b":"${word}"}}]}}]}`)})
	_, blocks := ask(t, base, plainHi, callBash, gives("a", `at "q"\n exits`, ""), callRead, gives("b", "the end", ""))
	if want := `hi "q"\n exits end ${where}`; blocks[0].Text != want {
		t.Errorf("text = %q, want %q", blocks[0].Text, want)
	}
	if len(blocks) < 2 || blocks[1].Input["a"] != `x"q"\ny` {
		t.Errorf("input = %v", blocks)
	}
	if status, blocks := ask(t, base, `{"role":"user","content":"unknown"}`); status != 400 || !strings.Contains(blocks[0].Text, "no value for ${nobody}") {
		t.Errorf("%d %v", status, blocks)
	}
}

func TestBrokenScenariosAreRefused(t *testing.T) {
	t.Parallel()
	reply := `"reply":{"blocks":[]}`
	for want, doc := range map[string]string{
		"unexpected EOF": `{"steps":[`, "unknown field": `{"steps":[],"stepz":1}`, "no steps": `{"steps":[]}`,
		"is empty or taken": `{"steps":[{` + reply + `}]}`,
		"either reply":      `{"steps":[{"name":"a"}]}`,
		"is no error":       `{"steps":[{"name":"a","http":{"status":200}}]}`,
		"user_regex":        `{"steps":[{"name":"a","when":{"user_regex":"("},` + reply + `}]}`,
		"input_regex":       `{"steps":[{"name":"a","when":{"results":[{"input_regex":"("}]},` + reply + `}]}`,
		"unknown type":      `{"steps":[{"name":"a","reply":{"blocks":[{"type":"song"}]}}]}`,
		"needs a name":      `{"steps":[{"name":"a","reply":{"blocks":[{"type":"tool_use"}]}}]}`,
		"needs start":       `{"steps":[{"name":"a","reply":{"blocks":[{"type":"block"}]}}]}`,
		"needs event":       `{"steps":[{"name":"a","reply":{"blocks":[{"type":"event"}]}}]}`,
		"negative":          `{"steps":[{"name":"a","reply":{"blocks":[{"type":"pause","ms":-1}]}}]}`,
		`flush "often"`:     `{"steps":[{"name":"a","reply":{"blocks":[],"flush":"often"}}]}`,
		"capture x":         `{"captures":[{"name":"x","regex":"("}],"steps":[{"name":"a",` + reply + `}]}`,
		"capture 0":         `{"captures":[{"regex":"x"}],"steps":[{"name":"a",` + reply + `}]}`,
	} {
		if _, err := Parse([]byte(doc)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%s) = %v, want %q", doc, err, want)
		}
	}
}

// FuzzParse: whatever the file says, a scenario that loads can answer.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"steps":[` + step("a", `{"turn":1,"results":[{"regex":"(?P<x>.)"}]}`) + `]}`))
	f.Add([]byte(`{"steps":[{"name":"a","reply":{"blocks":[{"type":"tool_use","name":"x","input":{"a":"${b}"},"ascii":true,"chunk":1},{"type":"thinking"},{"type":"error"}]}}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		s, err := Parse(doc)
		if err != nil {
			return
		}
		for i := range s.Steps {
			if r := s.Steps[i].Reply; r != nil && !large(r) {
				c := composer{values: script.ValuesOf(nil, s.Captures, &script.Talk{})}
				if out, err := c.compose(r); err == nil && !json.Valid(out.message) {
					t.Errorf("message %s", out.message)
				}
			}
		}
	})
}

func large(r *Reply) bool {
	n := 0
	for _, b := range r.Blocks {
		n += b.Repeat * (len(b.Text) + 1)
	}
	return n > 1<<20
}
