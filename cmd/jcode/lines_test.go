package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

func TestMessagesBreakBetweenWords(t *testing.T) {
	t.Parallel()
	text := strings.TrimSpace(strings.Repeat("considerable ", 9))
	for name, test := range map[string]struct {
		width int
		want  string
	}{
		"no terminal": {0, "jcode: " + text + "\n"},
		"narrow":      {20, "jcode: " + text + "\n"},
		"80 columns": {80, "jcode: considerable considerable considerable considerable considerable\n" +
			"  considerable considerable considerable considerable\n"},
	} {
		if got := message("jcode:", "jcode:", text, test.width); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := message("jcode:", "\x1b[31mjcode:\x1b[0m", text, 80); strings.Count(got, "\n") != 2 || !strings.HasPrefix(got, "\x1b[31mjcode:\x1b[0m considerable") {
		t.Errorf("painted: %q", got)
	}
}

// A warning for each provider that nobody set up would be longer than the table.
func TestModelsFoldsWhoIsNotSetUp(t *testing.T) {
	t.Parallel()
	providers := []host.ProviderModels{
		{Provider: "acme", Models: []sdk.Model{{ID: "m-1"}}},
		{Provider: "bare", Err: &sdk.Error{Kind: sdk.KindCLIMissing, Message: "no program"}},
		{Provider: "out", Err: &sdk.Error{Kind: sdk.KindUnauthenticated, Message: "no key"}},
		{Provider: "sick", Err: errors.New("died")},
	}
	folded := "jcode: warning: sick: died\njcode: warning: not logged in, or not installed: bare, out (-v says more)\n"
	whole := "jcode: warning: bare: no program\njcode: warning: out: no key\njcode: warning: sick: died\n"
	for want, verbose := range map[string]bool{folded: false, whole: true} {
		var err bytes.Buffer
		c := &command{process: &process{err: &err, env: map[string]string{}}}
		if verbose {
			flag("verbose")(c)
		}
		if rows := c.modelTable(providers); len(rows) != 1 || err.String() != want {
			t.Errorf("%q\n%s", rows, err.String())
		}
	}
}

// Which provider was chosen is no warning, in no form of output.
func TestChoiceIsNoWarning(t *testing.T) {
	t.Parallel()
	var err bytes.Buffer
	r := &jsonRenderer{command: &command{process: &process{err: &err, env: map[string]string{}}}, warned: map[string]bool{}}
	for _, event := range []host.Event{
		host.Warning{Code: "provider_chosen", Message: "provider acme"},
		host.Warning{Code: "provider_chosen", Message: "provider acme"},
		host.Warning{Code: "other", Message: "beware"},
	} {
		if err := r.event(event); err != nil {
			t.Fatal(err)
		}
	}
	if want := "jcode: provider acme\njcode: warning: beware\n"; err.String() != want {
		t.Errorf("%q", err.String())
	}
}
