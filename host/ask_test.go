package host

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jcode-go/jcode/host/internal/permission"
	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// newTestAsker asks by the function, and keeps remembered rules in kept.
func newTestAsker(t *testing.T, deny string, ask func(context.Context, Question) (Answer, error)) (a *asker, kept *[]string) {
	t.Helper()
	dir := t.TempDir()
	options := permission.Options{WorkingDir: dir, UserHome: dir, Home: dir + "/.jcode", TempDirs: []string{}}
	if deny != "" {
		rules, err := permission.ParseRules([]string{deny}, dir)
		if err != nil {
			t.Fatal(err)
		}
		options.Deny = rules
	}
	policy, err := permission.New(options)
	if err != nil {
		t.Fatal(err)
	}
	kept = new([]string)
	return &asker{policy: policy, ask: ask, turn: make(chan struct{}, 1), dir: dir, remember: func(rules []string) error {
		*kept = append(*kept, rules...)
		return nil
	}}, kept
}

func (a *asker) command(ctx context.Context, text string) error {
	return a.Authorize(ctx, tool.Access{Tool: "bash", Operation: tool.OperationExecute, Command: text, Dir: a.dir})
}

func TestAskerAnswers(t *testing.T) {
	t.Parallel()
	asked := []Question{}
	answer := Answer{}
	a, kept := newTestAsker(t, "bash(git push *)", func(_ context.Context, q Question) (Answer, error) {
		asked = append(asked, q)
		return answer, nil
	})
	if err := a.command(t.Context(), "ls"); err != nil || len(asked) != 0 {
		t.Error("asked about what is allowed", err)
	}
	for _, final := range []string{"git push -f", "cat .jcode/auth.json", "pkill jcode", "echo x > .jcode/config.toml"} {
		if err := a.command(t.Context(), final); err == nil || len(asked) != 0 {
			t.Errorf("%s: asked about what nobody may allow: %v", final, err)
		}
	}
	answer = Answer{Message: "use apt without sudo"}
	err := a.command(t.Context(), "sudo apt-get install x")
	var denied *tool.DeniedError
	if !errors.As(err, &denied) || denied.Reason != "the user refused it and says: use apt without sudo" {
		t.Error(err)
	}
	if q := asked[0]; q.Tool != "bash" || q.Command != "sudo apt-get install x" || q.Dir != a.dir || !strings.Contains(q.Reason, "changes the user") || !slices.Equal(q.Rules, []string{"bash(sudo apt-get *)"}) {
		t.Errorf("%+v", q)
	}
	answer = Answer{Allow: true}
	for range 2 {
		if err := a.command(t.Context(), "sudo apt-get install x"); err != nil {
			t.Error(err)
		}
	}
	answer = Answer{Allow: true, Remember: true}
	for range 2 {
		if err := a.command(t.Context(), "sudo apt-get install y"); err != nil {
			t.Error(err)
		}
	}
	if len(asked) != 4 || !slices.Equal(*kept, []string{"bash(sudo apt-get *)"}) {
		t.Errorf("asked %d times, kept %q", len(asked), *kept)
	}
}

// Questions of calls that run side by side come one at a time, and an answer for the
// session answers those that wait.
func TestAskerQueues(t *testing.T) {
	t.Parallel()
	var open, asked int
	a, _ := newTestAsker(t, "", func(context.Context, Question) (Answer, error) {
		open++
		asked++
		if open != 1 {
			t.Error("two questions at once")
		}
		defer func() { open-- }()
		return Answer{Allow: true, Remember: true}, nil
	})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := a.command(t.Context(), "sudo apt-get update"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

func TestAskerEndsWithTheRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	a, _ := newTestAsker(t, "", func(ctx context.Context, _ Question) (Answer, error) {
		cancel(errors.New("Ctrl-C"))
		<-ctx.Done()
		return Answer{}, context.Cause(ctx)
	})
	if err := a.command(ctx, "sudo ls"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	a.turn <- struct{}{} // another question is open
	if err := a.command(ctx, "sudo ls"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestAskerJudgesTheProvidersQuestions(t *testing.T) {
	t.Parallel()
	asked := []string{}
	a, _ := newTestAsker(t, "bash(rm *)", func(_ context.Context, q Question) (Answer, error) {
		asked = append(asked, q.Tool+" "+q.Command+string(q.Input))
		return Answer{Allow: true}, nil
	})
	for _, test := range []struct {
		tool, input    string
		allowed, asked bool
	}{
		{"bash", `{"command":"ls"}`, true, false},
		{"bash", `{"command":"rm x"}`, false, false},
		{"bash", `{"command":"sudo ls"}`, true, true},
		{"browser", `{"url":"x"}`, true, true},
	} {
		before := len(asked)
		known, err := a.judge(t.Context(), sdk.PermissionRequest{Tool: test.tool, Input: json.RawMessage(test.input)})
		if !known || (err == nil) != test.allowed || len(asked) > before != test.asked {
			t.Errorf("%s %s: %v, %v, asked %q", test.tool, test.input, known, err, asked[before:])
		}
	}
	a.ask = nil
	if known, _ := a.judge(t.Context(), sdk.PermissionRequest{Tool: "browser"}); known {
		t.Error("knows a tool that only the provider has")
	}
}
