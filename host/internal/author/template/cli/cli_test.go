package acmename_test

import (
	"slices"
	"testing"

	acmename "github.com/jcode-go/jcode/host/internal/author/template/cli"
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/standincli"
)

// bed is the provider with a stand-in that plays turn when it is to answer.
func bed(t *testing.T, turn string) *standincli.Bed {
	t.Helper()
	cli := standincli.New(t, "acme-name", standincli.Program{
		{Arg: "--help", Scripts: []string{help}},
		{Arg: "models", Scripts: []string{"small large\n"}},
		{Arg: "status", Scripts: []string{"logged in as me@example.com\n"}},
		{Arg: "-p", Scripts: []string{turn}},
	})
	return standincli.NewBed(t, acmename.New("1.2.3"), cli, "ACME_NAME_CLI_PATH", nil)
}

const answer = `{"type":"start","session":"s1","model":"small"}
{"type":"text","text":"I look."}
{"type":"tool","id":"t1","name":"bash","input":{"command":"ls"}}
{"type":"tool_end","id":"t1","output":"a.go"}
{"type":"text","text":" There is a.go."}
{"type":"end","usage":{"input":3,"output":2}}
`

func TestTurn(t *testing.T) {
	b := bed(t, "!stdin\n"+answer)
	recorder, result, err := b.Generate(t.Context(), standincli.Prompt("what is there?"))
	if err != nil || result.StopReason != sdk.StopEndTurn || result.Usage.OutputTokens != 2 {
		t.Fatalf("%+v, %v", result, err)
	}
	const want = `text():I look. start:bash{"command":"ls"} end:bash=a.go text(): There is a.go.`
	if told := recorder.Told(); told != want {
		t.Errorf("told %q", told)
	}
	calls := b.CLI.With("-p")
	if len(calls) != 1 || !slices.Equal(calls[0].Args, []string{"-p", "--json", "--model", "small"}) {
		t.Fatalf("calls %v", calls)
	}
	// The next turn goes on with the program's session.
	if _, _, err := b.Generate(t.Context(), standincli.Next(standincli.Prompt("what is there?"), "acme-name", result, "and now?")); err != nil {
		t.Fatal(err)
	}
	if calls = b.CLI.With("--resume"); len(calls) != 1 || calls[0].Stdin != "and now?" {
		t.Errorf("calls %+v", calls)
	}
}

func TestStatus(t *testing.T) {
	b := bed(t, answer)
	status, err := b.Provider.AuthStatus(t.Context(), true)
	if err != nil || status.State != sdk.AuthOK || status.Account != "me@example.com" {
		t.Errorf("%+v, %v", status, err)
	}
	models, err := b.Provider.ListModels(t.Context())
	if err != nil || len(models) != 2 {
		t.Errorf("%+v, %v", models, err)
	}
}
