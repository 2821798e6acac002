package host

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// asked is how often the plugin was asked for its models.
func asked(t *testing.T, h *Host, name string) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(h.Home(), "data", name, "asked"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return len(data)
}

// anew is the same host in a process of its own.
func anew(t *testing.T, h *Host) *Host {
	t.Helper()
	other, err := Open(t.Context(), h.options)
	if err != nil {
		t.Fatal(err)
	}
	other.chooseTime = h.chooseTime
	t.Cleanup(func() { _ = other.Close() })
	return other
}

// A list is asked for once an hour, by all processes together, and known without a
// launch; a login, another setting and --refresh have it asked again.
func TestModelsAreKept(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "lists")
	if rows, err := h.Models(t.Context(), "", false); err != nil || len(rows[0].Models) != 4 || asked(t, h, "lists") != 1 {
		t.Fatalf("%+v, %v", rows, err)
	}
	second := anew(t, h)
	rows, err := second.Models(t.Context(), "lists", false)
	if err != nil || len(rows[0].Models) != 4 || time.Since(rows[0].FetchedAt) > time.Minute || asked(t, h, "lists") != 1 {
		t.Errorf("%+v, %v", rows, err)
	}
	if len(second.supervisors) != 0 {
		t.Error("a plugin was launched for what is known")
	}
	if rows := second.CachedModels(); len(rows) != 1 || rows[0].Models[1].ID != "large-5" {
		t.Errorf("%+v", rows)
	}
	want := 1
	for name, change := range map[string]func(h *Host){
		"refresh": func(h *Host) { _, _ = h.Models(t.Context(), "", true) },
		"login": func(h *Host) {
			_, _ = h.Login(t.Context(), "lists", sdk.LoginRequest{}, &notices{})
			_, _ = h.Models(t.Context(), "", false)
		},
		"setting": func(h *Host) {
			h.options.Settings = map[string]string{"plugin.lists.base": "elsewhere"}
			_, _ = h.Models(t.Context(), "", false)
		},
		"age": func(h *Host) {
			list := h.readModels("lists")
			list.At = list.At.Add(-modelsAge)
			h.keepModels("lists", list)
			_, _ = h.Models(t.Context(), "", false)
		},
	} {
		change(anew(t, h))
		if want++; asked(t, h, "lists") != want {
			t.Errorf("%s: asked %d times, want %d", name, asked(t, h, "lists"), want)
		}
		want = asked(t, h, "lists")
	}
}

func TestUnknownModel(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "lists", "acme")
	run := func(o RunOptions) error {
		o.Prompt = "hello"
		_, err := h.Run(t.Context(), o)
		return err
	}
	if err := run(RunOptions{Provider: "lists", Model: "lrage-4"}); err != nil {
		t.Errorf("without a list the provider decides: %v", err)
	}
	for _, name := range []string{"lists", "acme"} {
		if _, err := h.Models(t.Context(), name, false); err != nil {
			t.Fatal(err)
		}
	}
	var usage *UsageError
	for name, o := range map[string]RunOptions{
		"model":    {Provider: "lists", Model: "lrage-4"},
		"fallback": {Provider: "acme", Fallback: []string{"lists/lrage-4"}},
	} {
		if err := run(o); !errors.As(err, &usage) || !strings.Contains(usage.Message, "did you mean large-4-20260101") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, o := range map[string]RunOptions{
		"unchecked":             {Provider: "lists", Model: "lrage-4", ModelUnchecked: true},
		"undated":               {Provider: "lists", Model: "large-4"},
		"latest":                {Provider: "lists", Model: "large-5-latest"},
		"not the vendor's list": {Provider: "acme", Model: "m-9"},
	} {
		if err := run(o); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := h.Run(t.Context(), RunOptions{Prompt: "missing", Provider: "lists", Model: "smal-4", ModelUnchecked: true})
	if sdk.KindOf(err) != sdk.KindModelNotFound || !strings.Contains(err.Error(), "did you mean small-4") || Remedies(err)[0] != "jcode models --provider lists" {
		t.Errorf("%v, %v", err, Remedies(err))
	}
	if n := h.window(t.Context(), "lists", "large-4", h.configValue); n != 64_000 {
		t.Errorf("context %d", n)
	}
}

func TestNearestModels(t *testing.T) {
	t.Parallel()
	models := []sdk.Model{{ID: "gpt-6"}, {ID: "gpt-6-mini"}, {ID: "gpt-5.5"}, {ID: "gpt-5.5-2026-01-01"}, {ID: "opus-5-20260101"}, {ID: "o3"}}
	for name, want := range map[string][]string{
		"gpt6":      {"gpt-6"},
		"GPT-6":     {"gpt-6", "gpt-6-mini", "gpt-5.5"},
		"opsu-5":    {"opus-5-20260101"},
		"zzzzzzzzz": nil,
		"mini":      {"gpt-6-mini"},
	} {
		got := nearestModels(models, name)
		if len(got) > maxNearest || len(want) > 0 && (len(got) == 0 || got[0] != want[0]) || len(want) == 0 && len(got) > 0 {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := alternatives([]string{"a", "b", "c"}); got != "a, b or c" {
		t.Error(got)
	}
}

// An effort that the model is known not to have is refused before anything is asked.
func TestUnknownEffort(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "acme", "native")
	for name, test := range map[string]struct {
		options RunOptions
		refused bool
	}{
		"known":                {RunOptions{Provider: "acme", Effort: "high"}, false},
		"unknown":              {RunOptions{Provider: "acme", Effort: "hihg"}, true},
		"unknown, named":       {RunOptions{Provider: "acme", Model: "m-1", Effort: "hihg"}, true},
		"unchecked":            {RunOptions{Provider: "acme", Effort: "hihg", ModelUnchecked: true}, false},
		"nobody knows":         {RunOptions{Provider: "acme", Model: "m-2", Effort: "hihg"}, false},
		"the program's affair": {RunOptions{Provider: "native", Effort: "hihg"}, false},
	} {
		test.options.Prompt = "hi"
		_, err := h.Run(t.Context(), test.options)
		var usage *UsageError
		if errors.As(err, &usage) != test.refused || test.refused && !strings.Contains(err.Error(), "m-1 of provider acme has low or high") || !test.refused && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Names are looked at before anything is launched; who is not logged in is left out,
// with a warning.
func TestFallbackList(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "acme", "zeta-out", "backup")
	var usage *UsageError
	var plugin *PluginError
	if _, err := h.Run(t.Context(), RunOptions{Prompt: "x", Provider: "acme", Fallback: []string{"/m"}}); !errors.As(err, &usage) {
		t.Errorf("no name: %v", err)
	}
	if _, err := h.Run(t.Context(), RunOptions{Prompt: "x", Provider: "acme", Fallback: []string{"backup", "nobody/m"}}); !errors.As(err, &plugin) || plugin.Plugin != "nobody" {
		t.Errorf("unknown: %v", err)
	}
	if len(h.supervisors) != 0 {
		t.Error("something was launched")
	}
	var seen recorder
	r, err := h.Run(t.Context(), RunOptions{
		Prompt: "limit", Provider: "acme", OnEvent: seen.take,
		Settings: map[string]string{"fallback": "zeta-out, backup/m-2"},
	})
	// The backup has a limit too: it is told the same.
	if sdk.KindOf(err) != sdk.KindRateLimited || r.Provider != "backup" || !strings.Contains(seen.warnings(), "fallback_skipped: fallback zeta-out is left out: not logged in") {
		t.Errorf("%+v, %v\n%s", r, err, seen.warnings())
	}
	at := slices.IndexFunc(seen.events, func(e Event) bool { _, ok := e.(ModelFallback); return ok })
	if at < 0 || seen.events[at].(ModelFallback).To != "backup/m-2" {
		t.Errorf("%+v", seen.events)
	}
}

// Whoever has just failed is not asked again, named with or without the model.
func TestFallbackIsAnother(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "acme", "backup")
	var seen recorder
	r, err := h.Run(t.Context(), RunOptions{
		Prompt: "limit", Provider: "acme", Model: "m-1", OnEvent: seen.take, Fallback: []string{"acme/m-1", "acme/m-2", "backup", "backup/m-1"},
	})
	var switches []string
	for _, event := range seen.events {
		if e, ok := event.(ModelFallback); ok {
			switches = append(switches, e.From+" > "+e.To)
		}
	}
	want := []string{"acme/m-1 > acme/m-2", "acme/m-2 > backup/m-1"}
	if sdk.KindOf(err) != sdk.KindRateLimited || r.Provider != "backup" || !slices.Equal(switches, want) {
		t.Errorf("%v by %s: %q", err, r.Provider, switches)
	}
	for _, name := range []string{"acme/m-1", "backup/m-1"} {
		if text := "fallback_skipped: fallback " + name + " is left out: it is the one that failed"; !strings.Contains(seen.warnings(), text) {
			t.Errorf("no word of %s in %s", name, seen.warnings())
		}
	}
}

// The prompt can be looked at without any login, and is that of the run.
func TestPrompt(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "zeta-out")
	p, err := h.Prompt(t.Context(), RunOptions{AppendSystem: "last words"})
	if err != nil || p.Provider != "zeta-out" || p.System[len(p.System)-1].Text != "last words" || len(p.Tools) != 9 || len(p.Hash) != 16 {
		t.Fatalf("%+v, %v", p, err)
	}
	if files, _ := filepath.Glob(filepath.Join(h.Home(), "sessions", "*", "*")); len(files) != 0 {
		t.Errorf("it wrote %v", files)
	}
	native := testHost(t, nil, "native")
	if p, err := native.Prompt(t.Context(), RunOptions{}); err != nil || len(p.Tools) != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}
