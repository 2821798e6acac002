package acmename_test

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	acmename "github.com/jcode-go/jcode/host/internal/author/template/cli"
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/standincli"
)

// TestConformance runs the rules that every provider must keep: as a value, behind
// gRPC, and as the program that jcode starts, with a stand-in for the vendor's.
func TestConformance(t *testing.T) {
	standincli.Conform(t, standincli.Conformance{
		New:  func() sdk.Provider { return acmename.New("1.2.3") },
		Path: build(t),
		Program: standincli.Program{
			{Arg: "--help", Scripts: []string{help}},
			{Arg: "--version", Scripts: []string{"1.0.0\n"}},
			{Arg: "models", Scripts: []string{"small large\n"}},
			{Arg: "status", Scripts: []string{"not logged in\n"}},
			{Arg: "login", Scripts: []string{"!exit 1\n"}},
		},
		Name:      "acme-name",
		Variables: map[string]string{"ACME_NAME_API_KEY": "acme-name-conformance-0123456789"},
		Text:      `{"type":"text","text":"%"}`,
		End:       `{"type":"end","usage":{"input":3,"output":2}}`,
		Failures: map[sdk.Kind]standincli.Failure{
			sdk.KindUnauthenticated: {Script: "!stderr Error: unauthorized: acme-name-conformance-0123456789\n!exit 1\n"},
			sdk.KindModelNotFound:   {Script: "!stderr unknown model\n!exit 1\n"},
			sdk.KindRateLimited:     {Script: "!stderr you reached the rate limit\n!exit 1\n"},
			sdk.KindCLIOutdated:     {Script: "!stderr update required\n!exit 1\n"},
			sdk.KindNetwork:         {Script: "!stderr network error\n!exit 1\n", Want: sdk.Error{Retryable: true}},
		},
	})
}

// build builds the plugin's program.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jcode-provider-acme-name")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	command := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-X main.version=1.2.3", "-o", path, "./cmd/jcode-provider-acme-name")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}
