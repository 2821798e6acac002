//go:build unix

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/tools/standin/openaiauth"
	"github.com/jcode-go/jcode/tools/standin/responses"
)

// modes has a test run with a login and with a key: two services, two contracts.
func modes(t *testing.T, scenario func() *responses.Scenario, test func(*testing.T, *openAIBed)) {
	t.Helper()
	for name, prepare := range map[string]func(*openAIBed) *openAIBed{"login": (*openAIBed).withLogin, "key": (*openAIBed).withKey} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newOpenAIBed(t, openaiauth.Options{}, scenario())
			b.t = t
			test(t, prepare(b))
			b.noViolations()
		})
	}
}

func echoing() *responses.Scenario { return nil }

// outputs answers the n-th turn of any prompt with the n-th reply.
func outputs(replies ...*responses.Reply) func() *responses.Scenario {
	return func() *responses.Scenario {
		s := &responses.Scenario{Name: "turns"}
		for i, r := range replies {
			s.Steps = append(s.Steps, responses.Step{Name: "turn " + string(rune('a'+i)), When: responses.When{Turn: i + 1}, Reply: r})
		}
		return s
	}
}

// The mode decides address, headers and body together.
func TestOpenAIText(t *testing.T) {
	t.Parallel()
	modes(t, echoing, func(t *testing.T, b *openAIBed) {
		r := b.run("hello", "there")
		r.want(t, 0)
		if r.stdout != "echo: hello there\n" {
			t.Errorf("stdout %q", r.stdout)
		}
		posts := b.posts()
		if len(posts) != 1 {
			t.Fatalf("%d posts", len(posts))
		}
		headers := posts[0].Headers
		login := posts[0].Path == responses.DefaultChatGPTBase+"/responses"
		if login != (headers["chatgpt-account-id"] == "acc-standin") || login && headers["originator"] != "codex_cli_rs" ||
			!strings.HasPrefix(headers["user-agent"], "jcode/") {
			t.Errorf("%s %v", posts[0].Path, headers)
		}
		var body struct {
			Model, Instructions string
			Store, Stream       *bool
			Include             []string
			CacheKey            string `json:"prompt_cache_key"`
		}
		if err := json.Unmarshal(posts[0].Body, &body); err != nil {
			t.Fatal(err)
		}
		if body.Model != "gpt-5.5" && !login || body.Model == "" || body.Instructions == "" || body.Store == nil || *body.Store ||
			body.Stream == nil || !*body.Stream || len(body.Include) != 1 || body.CacheKey == "" {
			t.Errorf("%+v", body)
		}
	})
}

// Ten tool calls of every kind, some at once, then an answer.
func TestOpenAITenToolTask(t *testing.T) {
	t.Parallel()
	modes(t, outputs(
		output(responses.Item{Type: responses.Reasoning, Summary: []string{"**Looking**"}}, calls("glob", `{"pattern":"**/*.txt"}`),
			calls("grep", `{"pattern":"two"}`), calls("read", `{"file_path":"a.txt"}`)),
		output(calls("todowrite", `{"todos":[{"content":"edit a","status":"in_progress"}]}`)),
		output(calls("edit", `{"file_path":"a.txt","old_string":"two","new_string":"2"}`)),
		output(responses.Item{Type: responses.Reasoning}, calls("write", `{"file_path":"sub/b.txt","content":"new\n"}`)),
		output(calls("bash", `{"command":"cat a.txt sub/b.txt"}`)),
		output(calls("todoread", `{}`), calls("read", `{"file_path":"sub/b.txt"}`)),
		output(calls("bash", `{"command":"false"}`)),
		output(says("All done.")),
	), func(t *testing.T, b *openAIBed) {
		b.write("a.txt", "one\ntwo\nthree\n")
		r := b.run("-o", "stream-json", "do it")
		r.want(t, 0)
		checkStream(t, r)
		events := parse(t, r.stdout)
		if last := events[len(events)-1]; last["result"] != "All done." || last["num_turns"] != float64(8) {
			t.Errorf("result %v after %v turns", last["result"], last["num_turns"])
		}
		if content, _ := os.ReadFile(filepath.Join(b.project, "a.txt")); string(content) != "one\n2\nthree\n" {
			t.Errorf("a.txt is %q", content)
		}
		if !strings.Contains(r.stdout, `new\n`) || !strings.Contains(r.stdout, "[exit 1") {
			t.Errorf("the commands' output is missing: %s", clip(r.stdout))
		}
	})
}

// Parallel calls come back as the outputs of one turn, each with its own.
func TestOpenAIParallelCalls(t *testing.T) {
	t.Parallel()
	modes(t, func() *responses.Scenario {
		return &responses.Scenario{Steps: []responses.Step{
			{Name: "calls", When: responses.When{Turn: 1}, Reply: &responses.Reply{Interleave: true, Items: []responses.Item{
				calls("bash", `{"command":"echo first"}`), calls("bash", `{"command":"echo second"}`), calls("bash", `{"command":"false"}`),
			}}},
			{Name: "all three", When: responses.When{Turn: 2, Called: map[string]int{"bash": 3}, Results: []responses.ResultMatch{
				{InputRegex: "echo first", Contains: "first", NotContains: "second"}, {InputRegex: "echo second", Contains: "second"}, {InputRegex: "false", Contains: "exit 1"},
			}}, Reply: output(says("all three"))},
		}}
	}, func(t *testing.T, b *openAIBed) {
		r := b.run("go")
		r.want(t, 0)
		if r.stdout != "all three\n" {
			t.Errorf("stdout %q\n%s", r.stdout, clip(r.stderr))
		}
	})
}

// Reasoning comes back to the server as it was sealed, before the call it led to, also
// in a later run.
func TestOpenAIReasoningIsReplayed(t *testing.T) {
	t.Parallel()
	modes(t, outputs(
		output(responses.Item{Type: responses.Reasoning, Summary: []string{"**I should look**"}}, calls("read", `{"file_path":"a.txt"}`)),
		output(responses.Item{Type: responses.Reasoning, Size: 3 << 20}, says("It says one.")),
	), func(t *testing.T, b *openAIBed) {
		b.write("a.txt", "one\n")
		r := b.run("--effort", "high", "think")
		r.want(t, 0)
		if r.stdout != "It says one.\n" {
			t.Errorf("stdout %q", r.stdout)
		}
		// By the server's figures this conversation is longer than the model's context.
		b.run("-c", "--set", "compaction.enabled=false", "--effort", "high", "again").want(t, 0)
		posts := b.posts()
		if last := string(posts[len(posts)-1].Body); strings.Count(last, `"encrypted_content":"gAAAAA`) != 3 {
			t.Errorf("%d of 3 pieces of reasoning in the last of %d requests", strings.Count(last, `"encrypted_content":"gAAAAA`), len(posts))
		}
	})
}

// An attached picture reaches the server as one.
func TestOpenAIImageIsSent(t *testing.T) {
	t.Parallel()
	modes(t, echoing, func(t *testing.T, b *openAIBed) {
		b.write("dot.png", dotPNG)
		b.run("--model", "gpt-5.5", "-f", "dot.png", "what is it").want(t, 0)
		posts := b.posts()
		if body := string(posts[len(posts)-1].Body); !strings.Contains(body, `"input_image"`) || !strings.Contains(body, "data:image/png;base64,") {
			t.Errorf("no picture in %s", clip(body))
		}
	})
}

// Every stream that the vendor sends, or may send one day, is read.
func TestOpenAIReadsEveryStream(t *testing.T) {
	t.Parallel()
	all, err := responses.GoldenStreams()
	if err != nil {
		t.Fatal(err)
	}
	b := newOpenAIBed(t, openaiauth.Options{}, nil).withLogin()
	for _, g := range all {
		if g.Outcome != responses.Complete || strings.HasPrefix(g.Name, "incomplete") || strings.Contains(string(g.Response), `_call"`) {
			continue
		}
		var want struct {
			Output []struct {
				Content []struct{ Type, Text string }
			}
		}
		if err := json.Unmarshal(g.Response, &want); err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, item := range want.Output {
			for _, part := range item.Content {
				if part.Type == "output_text" {
					text += part.Text
				}
			}
		}
		r := b.run("--ephemeral", "@golden "+g.Name)
		for piece := range strings.SplitSeq(text, ".") { // texts of several messages are shown apart
			if !strings.Contains(r.stdout, piece) {
				t.Errorf("%s: stdout %q, want %q\n%s", g.Name, clip(r.stdout), clip(text), clip(r.stderr))
				break
			}
		}
	}
	b.noViolations()
}
