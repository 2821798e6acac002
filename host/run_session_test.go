package host

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
)

// A resumed session asks whom it asked last; what is named for a run beats that, and
// the settings of the file do not.
func TestResumeAsksTheSameAgain(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "acme", "umbra")
	if err := os.MkdirAll(h.home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.home+"/config.toml", []byte("provider = \"acme\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		name            string
		options         RunOptions
		provider, model string // model is what is asked for
	}{
		{"begun with flags", RunOptions{Provider: "umbra", Model: "m-2"}, "umbra", "m-2"},
		{"nothing named", RunOptions{Continue: true}, "umbra", "m-2"},
		{"another model", RunOptions{Continue: true, Model: "m-1"}, "umbra", "m-1"},
		{"kept", RunOptions{Continue: true}, "umbra", "m-1"},
		{"another provider", RunOptions{Continue: true, Provider: "acme"}, "acme", "m-1"},
		{"that is kept too", RunOptions{Continue: true, Fork: true}, "acme", "m-1"},
		{"by a setting", RunOptions{Continue: true, Settings: map[string]string{"provider": "umbra"}, Model: "m-2"}, "umbra", "m-2"},
		{"in memory only", RunOptions{Continue: true, Ephemeral: true}, "umbra", "m-2"},
	}
	for i, step := range steps {
		var seen recorder
		step.options.Prompt, step.options.OnEvent = "hello", seen.take
		result, err := h.Run(t.Context(), step.options)
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got := seen.started(t); result.Provider != step.provider || got.Model != step.model {
			t.Errorf("%s: asked %s for %s", step.name, result.Provider, got.Model)
		}
		if want := []string{"1", "3", "5", "7", "9", "11", "13", "15"}[i] + " messages"; !strings.HasPrefix(result.Text, want) {
			t.Errorf("%s: %q, want %s", step.name, result.Text, want)
		}
	}
}

func TestResumeWithoutItsProvider(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "acme", "umbra")
	if _, err := h.Run(t.Context(), RunOptions{Prompt: "hello", Provider: "umbra"}); err != nil {
		t.Fatal(err)
	}
	other := testHost(t, nil, "acme")
	other.home, other.options.WorkingDir = h.home, h.options.WorkingDir
	var seen recorder
	result, err := other.Run(t.Context(), RunOptions{Prompt: "more", Continue: true, OnEvent: seen.take})
	if err != nil || result.Provider != "acme" || !strings.Contains(seen.warnings(), "session_provider: the session's provider umbra is not there") {
		t.Errorf("%+v, %v; %s", result, err, seen.warnings())
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	if _, err := other.Run(ctx, RunOptions{Prompt: "more", Continue: true}); err == nil {
		t.Error("a run that was cancelled before it began succeeded")
	}
}
