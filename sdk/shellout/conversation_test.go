package shellout_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

func TestResumption(t *testing.T) {
	t.Parallel()
	user := func(text string) sdk.Message {
		return sdk.Message{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: text}}}
	}
	by := func(provider string) sdk.Message { return sdk.Message{Role: sdk.RoleAssistant, Provider: provider} }
	talk := []sdk.Message{user("a"), by("acme"), user("b")}
	state := shellout.Conversation{Session: "s", Dir: "/d", Host: "h", Seen: 1}
	for name, tt := range map[string]struct {
		state    []byte
		messages []sdk.Message
		host     string
		want     shellout.Resumption
	}{
		"goes on":                {state.Bytes(), talk, "h", shellout.Resumption{Session: "s"}},
		"a fork":                 {state.Bytes(), talk, "h2", shellout.Resumption{Session: "s", Fork: true}},
		"no state":               {nil, talk, "h", shellout.Resumption{}},
		"the zero state":         {shellout.Conversation{}.Bytes(), talk, "h", shellout.Resumption{}},
		"a broken state":         {[]byte("{broken"), talk, "h", shellout.Resumption{}},
		"another folder":         {shellout.Conversation{Session: "s", Dir: "/e", Seen: 1}.Bytes(), talk, "", shellout.Resumption{}},
		"somebody else answered": {state.Bytes(), append(talk[:3:3], by("other"), user("c")), "h", shellout.Resumption{}},
		"history was cut":        {state.Bytes(), talk[:1], "h", shellout.Resumption{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := &sdk.Request{Messages: tt.messages, ProviderState: tt.state, SessionID: tt.host}
			if d := cmp.Diff(tt.want, shellout.ResumptionOf(request, "acme", "/d")); d != "" {
				t.Error(d)
			}
		})
	}
	request := &sdk.Request{SessionID: "h", Messages: talk[:1]}
	if d := cmp.Diff(state, shellout.ConversationAfter(request, "/d", "s")); d != "" {
		t.Error(d)
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for text, older := range map[string]bool{
		"GitHub Copilot CLI 1.0.102.": false, "1.0.14": true, "v1.0.15 (x)": false, "0.9.99": true, "2.0.0": false, "": true, "one": true, "1.0": true,
	} {
		if got := shellout.OlderThan(text, [3]int{1, 0, 15}); got != older {
			t.Errorf("%q: %v", text, got)
		}
	}
	if got := shellout.VersionIn("agent 2026.09.11-abc 1.2.3"); got != "2026.09.11" {
		t.Error(got)
	}
}

func TestUnmarshal(t *testing.T) {
	t.Parallel()
	var got struct {
		A string
		B int
	}
	if err := shellout.Unmarshal([]byte(`{"a":7,"b":2}`), &got); err != nil || got.A != "" || got.B != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	if shellout.Unmarshal([]byte(`not JSON`), &got) == nil {
		t.Error("no error for what is no JSON")
	}
}
