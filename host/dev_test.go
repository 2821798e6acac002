package host

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/host/internal/author"
	"github.com/jcode-go/jcode/host/internal/launch"
	"github.com/jcode-go/jcode/sdk"
)

type discardStream struct{ sdk.Stream }

func (discardStream) Emit(sdk.Event) error { return nil }

func (discardStream) Interrupted() <-chan struct{} { return nil }

// TestNewBuildCountsFromTheNextTurn: not in the middle of one, and without a restart
// being counted.
func TestNewBuildCountsFromTheNextTurn(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil)
	first, second := pluginProgram(t, "acme"), pluginProgram(t, "acme")
	override, err := author.Own(t.Context(), h.home, "acme", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer override.Close()
	set := func(path string) {
		t.Helper()
		if err := override.Set(path); err != nil {
			t.Fatal(err)
		}
	}
	set(first)
	config, err := h.config(nil)
	if err != nil {
		t.Fatal(err)
	}
	supervisor, err := h.supervisor("acme", config)
	if err != nil {
		t.Fatal(err)
	}
	running := func() launch.Facts {
		t.Helper()
		_, facts, err := supervisor.Provider(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return facts
	}
	if facts := running(); facts.Path != first || facts.Source != "dev" {
		t.Fatalf("facts %+v", facts)
	}
	s := supervised{supervisor, h.log(), h.renewalFor(running(), supervisor)}
	turn := func() {
		t.Helper()
		request := &sdk.Request{Messages: []sdk.Message{{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: "hi"}}}}}
		if _, err := s.Generate(t.Context(), request, discardStream{}); err != nil {
			t.Fatal(err)
		}
	}
	pid := running().PID
	turn()
	if facts := running(); facts.PID != pid {
		t.Fatal("the plugin was replaced by itself")
	}
	set(second)
	end := s.renewal.begin(t.Context()) // takes the new build, and is in the middle of a turn
	if facts := running(); facts.Path != second || facts.PID == pid || facts.Restarts != 0 {
		t.Errorf("the next turn has %+v", facts)
	}
	set(first)
	turn() // a subagent's, beside the other
	if facts := running(); facts.Path != second {
		t.Error("the plugin was replaced in the middle of a turn")
	}
	end()
	turn()
	if facts := running(); facts.Path != first {
		t.Error("the plugin was not replaced after it")
	}
	plugins, err := h.Plugins(t.Context())
	if err != nil || len(plugins) != 1 || plugins[0].Source != "dev" || !strings.Contains(plugins[0].TrustDetail, "built from") {
		t.Errorf("plugins %+v, %v", plugins, err)
	}
}

// TestAttachVariable: a flag beats it, and what cannot be attached to is listed with
// the reason.
func TestAttachVariable(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "none.json")
	h := testHost(t, []string{"JCODE_PLUGIN_ATTACH=other=" + missing + ", acme=attach:" + missing}, "acme")
	plugins, err := h.Plugins(t.Context())
	if err != nil || len(plugins) != 2 {
		t.Fatalf("%+v, %v", plugins, err)
	}
	if plugins[0].Name != "acme" || plugins[0].Status != "ok" {
		t.Errorf("the flag's: %+v", plugins[0])
	}
	if p := plugins[1]; p.Status != "broken" || !strings.Contains(p.Reason, "attach: no such file") || !strings.Contains(p.Remedy, "jcode-provider-other debug") {
		t.Errorf("the variable's: %+v", p)
	}
}
