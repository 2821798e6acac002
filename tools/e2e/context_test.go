//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/tools/standin/messages"
	"github.com/jcode-go/jcode/tools/standin/openaiauth"
	"github.com/jcode-go/jcode/tools/standin/responses"
)

// once is a step that answers one request.
func once(name string, r *messages.Reply) messages.Step {
	return messages.Step{Name: name, Times: 1, Reply: r}
}

// A session of forty tool turns crosses the threshold several times. Every request is
// one that the vendor takes and still holds the task, what the system prompt says, the
// task list and the instructions of a folder; a resumed run goes on from there, and
// the session has lost nothing.
func TestLongSessionIsCompacted(t *testing.T) {
	t.Parallel()
	const task = "TASK-7: rename Foo to Bar, never touch main.go"
	words := strings.Repeat("I look at it. ", 100)
	s := &messages.Scenario{Steps: []messages.Step{
		{Name: "summary", When: messages.When{Extra: "The conversation has become too long"}, Reply: reply(text("SUMMARY: half of the files are done"))},
		once("todos", reply(call("todowrite", `{"todos":[{"content":"TODO-9 rename all","status":"in_progress"}]}`))),
		once("sub", reply(call("read", `{"file_path":"sub/f.txt"}`))),
	}}
	for i := range 38 {
		s.Steps = append(s.Steps, once(fmt.Sprint(i), reply(text(words), call("read", fmt.Sprintf(`{"file_path":"f.txt","offset":%d}`, i+1)))))
	}
	s.Steps = append(s.Steps, messages.Step{Name: "end", Reply: reply(text("All renamed."))})
	b := newBed(t, s)
	b.write("AGENTS.md", "ROOT-RULE: be kind\n")
	b.write("sub/AGENTS.md", "SUB-RULE: be brief\n")
	b.write("sub/f.txt", "x\n")
	b.write("f.txt", strings.Repeat("some text of a line in a file\n", 120))
	const share = "compaction.threshold=0.05" // of 200,000 tokens
	r := b.jcode("run", "-o", "stream-json", "--set", share, task)
	r.want(t, 0)
	checkStream(t, r)
	b.noViolations()
	events := parse(t, r.stdout)
	if n := count(events, "system", "compact_boundary"); n < 2 {
		t.Fatalf("compacted %d times", n)
	}
	last := events[len(events)-1]
	posts := b.server.Requests()
	if last["result"] != "All renamed." || last["num_turns"] != float64(len(posts)) {
		t.Errorf("%v, %v turns of %d requests", last["result"], last["num_turns"], len(posts))
	}
	summaries := 0
	for i, post := range posts {
		body := string(post.Body)
		wants := []string{task, "ROOT-RULE", "TODO-9", "SUB-RULE"}
		for _, want := range wants[:min(len(wants), 2+i)] {
			if i > 2 && !strings.Contains(body, want) || i <= 2 && want == task && !strings.Contains(body, want) {
				t.Errorf("request %d has lost %s", i, want)
			}
		}
		if len(body) > 80_000 {
			t.Errorf("request %d has %d bytes", i, len(body))
		}
		summaries += strings.Count(body, "SUMMARY: half")
	}
	if summaries == 0 {
		t.Error("no summary was ever sent")
	}

	r = b.jcode("run", "-c", "--set", share, "and now?")
	r.want(t, 0)
	b.noViolations()
	body := string(b.server.Requests()[len(posts)].Body)
	for _, want := range []string{task, "SUMMARY: half", "TODO-9", "and now?"} {
		if !strings.Contains(body, want) {
			t.Errorf("the resumed run has lost %s", want)
		}
	}
	if n := strings.Count(body, "tool_use_id"); n > 30 {
		t.Errorf("the resumed run sends %d results", n)
	}
	whole := b.jcode("sessions", "export", "--format", "md")
	if n := strings.Count(whole.stdout, "I look at it. I look"); n < 38 || strings.Contains(whole.stdout, "SUMMARY") {
		t.Errorf("the export has %d of 38 answers", n)
	}
}

// A session begins on one provider, falls back to a second at a rate limit in the
// middle of its work, and is resumed on the first. Neither server is sent what it
// would refuse, and nothing is lost.
func TestFallbackAndBack(t *testing.T) {
	t.Parallel()
	think := func(s string) messages.Block { return messages.Block{Type: messages.Thinking, Text: s} }
	claude := &messages.Scenario{Steps: []messages.Step{
		once("begin", reply(think("Let me look."), text("I begin. "), call("read", `{"file_path":"a.txt"}`))),
		{Name: "limit", Times: 1, HTTP: &messages.HTTPError{Status: 429}, Headers: map[string]string{"retry-after": "3600"}},
		{Name: "back", Reply: reply(think("Back again."), text("claude is back"))},
	}}
	gpt := &responses.Scenario{Steps: []responses.Step{
		{Name: "begin", Times: 1, Reply: output(responses.Item{Type: responses.Reasoning}, calls("bash", `{"command":"echo two"}`), calls("read", `{"file_path":"a.txt"}`))},
		{Name: "end", Reply: output(responses.Item{Type: responses.Reasoning}, says("gpt went on"))},
	}}
	b := newOpenAIBed(t, openaiauth.Options{}, gpt).withLogin()
	b.withClaude(claude)
	b.env = append(b.env, "JCODE_COPILOT_CLI_PATH="+filepath.Join(b.home, "nowhere"))
	b.write("a.txt", "here\n")
	b.jcode("config", "set", "provider", "claude").want(t, 0)

	r := b.jcode("run", "-o", "stream-json", "--effort", "high", "--fallback", "copilot,openai", "look at it")
	r.want(t, 0, "jcode: fallback: copilot/claude-sonnet-4 goes on instead of claude/claude-opus-4-5-20251101 (rate_limited: ", "jcode: fallback: openai goes on instead of copilot/claude-sonnet-4 (cli_missing: ")
	checkStream(t, r)
	events := parse(t, r.stdout)
	last, switched := events[len(events)-1], eventOf(events, "model_fallback")
	if last["result"] != "gpt went on" || last["provider"] != "openai" {
		t.Errorf("%v by %v", last["result"], last["provider"])
	}
	if switched["reason"] != "rate_limited" || switched["to"] != "copilot/claude-sonnet-4" || switched["retry_after_s"] != float64(3600) {
		t.Errorf("%v", switched)
	}
	hash := eventOf(events, "init")["prompt_hash"]

	r = b.jcode("run", "-o", "stream-json", "--effort", "high", "-c", "go on")
	r.want(t, 0)
	events = parse(t, r.stdout)
	if last := events[len(events)-1]; last["result"] != "claude is back" || last["provider"] != "claude" {
		t.Errorf("%v by %v", last["result"], last["provider"])
	}
	b.noViolations()
	b.bed.noViolations()
	posts := b.server.Requests()
	body := string(posts[len(posts)-1].Body)
	for want, n := range map[string]int{`"tool_result"`: 3, `"tool_use"`: 3, "gpt went on": 1, "I begin.": 1} {
		if strings.Count(body, want) != n {
			t.Errorf("the resumed request has %d of %s, want %d", strings.Count(body, want), want, n)
		}
	}

	// What every request begins with is the same in both runs, and can be looked at.
	var prompt struct{ Hash string }
	shown := b.jcode("debug", "prompt", "--json")
	if err := json.Unmarshal([]byte(shown.stdout), &prompt); err != nil {
		t.Fatalf("%v: %s", err, clip(shown.stdout+shown.stderr))
	}
	if again := eventOf(events, "init")["prompt_hash"]; hash != again || prompt.Hash != again {
		t.Errorf("hashes %v, %v, %v", hash, again, prompt.Hash)
	}
	b.unknownModel()
}

// unknownModel: what a list says that is fresh is believed, before any call.
func (b *openAIBed) unknownModel() {
	b.t.Helper()
	b.jcode("models", "--provider", "claude").want(b.t, 0)
	all := b.jcode("models")
	all.want(b.t, 0, "no models of ", "not logged in, or not installed")
	if strings.Contains(all.stderr, "warning:") {
		b.t.Errorf("it warns of providers that were never set up: %s", all.stderr)
	}
	asked := len(b.server.Requests())
	b.jcode("run", "-m", "claude-opsu-4-5", "hi").want(b.t, 2, "no such model", "did you mean", "claude-opus-4-5", "--model-unchecked")
	b.jcode("run", "--fallback", "claude/claude-opsu-4-5", "hi").want(b.t, 2, "did you mean")
	b.jcode("run", "--fallback", "nobody/x", "hi").want(b.t, 8, "nobody")
	if now := len(b.server.Requests()); now != asked {
		b.t.Errorf("%d requests for models that are not there", now-asked)
	}
	b.jcode("run", "-m", "claude/claude-opsu-4-5", "--model-unchecked", "hi").want(b.t, 2, "did you mean claude-opus-4-5-20251101", "status 404")
	if _, err := os.Stat(filepath.Join(b.home, ".jcode", "cache", ".models", "claude.json")); err != nil {
		b.t.Error(err)
	}
}

func eventOf(events []map[string]any, subtype string) map[string]any {
	for _, event := range events {
		if event["subtype"] == subtype {
			return event
		}
	}
	return nil
}
