//go:build unix

package e2e

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/tools/standin/messages"
	"github.com/jcode-go/jcode/tools/standin/openaiauth"
	"github.com/jcode-go/jcode/tools/standin/responses"
)

// withClaude puts the other vendor's API beside ours.
func (b *openAIBed) withClaude(scenario *messages.Scenario) {
	b.t.Helper()
	server, err := messages.New(messages.Options{Scenario: scenario, APIKey: apiKey})
	if err != nil {
		b.t.Fatal(err)
	}
	listening := httptest.NewServer(server)
	b.t.Cleanup(listening.Close)
	b.t.Cleanup(listening.CloseClientConnections)
	b.server = server
	b.env = append(b.env, "JCODE_USE_DIRECT_API=1", "ANTHROPIC_API_KEY="+apiKey, "ANTHROPIC_BASE_URL="+listening.URL)
}

// A session begun on claude goes on on openai and back, with thinking, parallel tool
// calls and their ids from either side: neither server is sent what it would refuse.
func TestSessionMovesBetweenProviders(t *testing.T) {
	t.Parallel()
	think := func(s string) messages.Block { return messages.Block{Type: messages.Thinking, Text: s} }
	claude := turns(
		reply(think("Let me look."), call("bash", `{"command":"echo one"}`), call("read", `{"file_path":"a.txt"}`)),
		reply(think("Now I know."), text("claude has looked")),
	)
	gpt := outputs(
		output(responses.Item{Type: responses.Reasoning, Summary: []string{"**Looking**"}}, calls("bash", `{"command":"echo two"}`), calls("read", `{"file_path":"a.txt"}`)),
		output(responses.Item{Type: responses.Reasoning}, says("gpt has looked")),
	)
	b := newOpenAIBed(t, openaiauth.Options{}, gpt()).withLogin()
	b.withClaude(claude)
	b.write("a.txt", "here\n")
	for i, step := range []struct{ provider, want string }{
		{"claude", "claude has looked\n"}, {"openai", "gpt has looked\n"}, {"claude", "claude has looked\n"}, {"openai", "gpt has looked\n"},
	} {
		args := []string{"--provider", step.provider, "run", "--effort", "high"}
		if i > 0 {
			args = append(args, "-c")
		}
		r := b.jcode(append(args, "look again")...)
		r.want(t, 0)
		if r.stdout != step.want {
			t.Errorf("%d %s: %q\n%s", i, step.provider, r.stdout, clip(r.stderr))
		}
	}
	b.noViolations()
	b.bed.noViolations()
	posts := b.posts()
	if last := string(posts[len(posts)-1].Body); strings.Count(last, "function_call_output") != 8 || strings.Count(last, "encrypted_content\":\"") != 3 {
		t.Errorf("the last request lost something: %d outputs, %d pieces of reasoning", strings.Count(last, "function_call_output"), strings.Count(last, "encrypted_content\":\""))
	}
}
