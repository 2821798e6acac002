package cliprovider_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/standincli"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

func fail(word, text string, status int) string {
	return fmt.Sprintf(`{"type":"fail","word":%q,"text":%q,"status":%d}`+"\n", word, text, status) + end
}

// Why a run failed is told by its kind, in words, with the next step.
func TestFailures(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		program standincli.Program
		want    sdk.Error
	}{
		"exit 1 after text":            {plain("half\n!stderr boom\n!exit 1\n"), sdk.Error{Kind: sdk.KindInternal, Message: "acme exited with status 1: boom", Remedy: "jcode doctor --provider acme"}},
		"exit 1, nothing said":         {plain("!exit 1\n"), sdk.Error{Kind: sdk.KindInternal, Message: "acme exited with status 1"}},
		"exit 0, empty":                {plain(""), sdk.Error{Kind: sdk.KindInternal, Message: "acme produced no answer"}},
		"exit 0, blank":                {plain("\n  \n\t\n"), sdk.Error{Kind: sdk.KindInternal, Message: "acme produced no answer"}},
		"exit 0, only retries":         {plain("● Retrying 1\n● Retrying 2\n"), sdk.Error{Kind: sdk.KindInternal, Message: "acme produced no answer"}},
		"exit 0, empty events":         {modern(end), sdk.Error{Kind: sdk.KindInternal, Message: "acme produced no answer"}},
		"crash":                        {plain("!raise 9\n"), sdk.Error{Kind: sdk.KindInternal, Message: "acme was killed by SIGKILL"}},
		"auth on stderr":               {plain("!stderr Error: Please log in first\n!exit 1\n"), sdk.Error{Kind: sdk.KindUnauthenticated, Message: "acme: Please log in first", Remedy: "jcode login --provider acme"}},
		"auth behind a mark":           {plain("!stderr   ✗ Error: please LOG IN\n!exit 1\n"), sdk.Error{Kind: sdk.KindUnauthenticated, Message: "please LOG IN"}},
		"auth within a line":           {plain("!stderr request failed with code 401\n!exit 1\n"), sdk.Error{Kind: sdk.KindUnauthenticated}},
		"auth on stdout, no event":     {modern("Please log in first\n!exit 1\n"), sdk.Error{Kind: sdk.KindUnauthenticated}},
		"auth, status 0, empty":        {plain("!stderr please log in\n"), sdk.Error{Kind: sdk.KindUnauthenticated}},
		"words in another word":        {plain("!stderr the author pleases, log in tokens\n!exit 1\n"), sdk.Error{Kind: sdk.KindInternal}},
		"refusal with status 0":        {plain("⚠ Trust this folder first\nPass --trust\n"), sdk.Error{Kind: sdk.KindInteractionRequired, Message: "nobody trusts this folder", Remedy: "trust it"}},
		"refusal that waits":           {plain("⚠ Trust this folder first\n!hang\n"), sdk.Error{Kind: sdk.KindInteractionRequired, Remedy: "trust it"}},
		"refusal beside the events":    {modern("!stderr trust this folder\n!hang\n"), sdk.Error{Kind: sdk.KindInteractionRequired, Remedy: "trust it"}},
		"refusal among the events":     {modern("Trust this folder?\n!hang\n"), sdk.Error{Kind: sdk.KindInteractionRequired, Remedy: "trust it"}},
		"an event's word":              {modern(fail("quota", "none left until Monday", 402)), sdk.Error{Kind: sdk.KindBilling, Message: "acme: none left until Monday", HTTPStatus: 402}},
		"an event's text":              {modern(fail("", "Please log in", 0)), sdk.Error{Kind: sdk.KindUnauthenticated}},
		"an event's status":            {modern(fail("", "slow down", 429)), sdk.Error{Kind: sdk.KindRateLimited, Message: "acme: slow down", HTTPStatus: 429}},
		"an event's server error":      {modern(fail("", "bad gateway", 502)), sdk.Error{Kind: sdk.KindOverloaded, HTTPStatus: 502, Retryable: true}},
		"an event that says nothing":   {modern(fail("", "", 0)), sdk.Error{Kind: sdk.KindInternal, Message: "does not say why"}},
		"only denials":                 {modern(`{"type":"tool","id":"t","text":"no","denied":true}` + "\n" + end), sdk.Error{Kind: sdk.KindPermissionDenied, Message: "not allowed to use bash", Remedy: "--permission-mode bypass"}},
		"unknown flag of our floor":    {plain("!stderr error: unknown option '--model'\n!exit 1\n"), sdk.Error{Kind: sdk.KindCLIOutdated, Remedy: "install acme"}},
		"a token in the message":       {plain("!stderr bad key ghp_abcdefghijklmnopqrstuvwxyz0123456789\n!exit 1\n"), sdk.Error{Kind: sdk.KindInternal, Message: "bad key [redacted]"}},
		"ends without an end, and why": {modern("!stderr please log in\n!exit 1\n"), sdk.Error{Kind: sdk.KindUnauthenticated}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, tt.program, nil)
			stream, result, err := b.Generate(t.Context(), standincli.Prompt("hi"))
			e := sdk.AsError(err)
			if err == nil || result.StopReason != "" {
				t.Fatalf("%+v: %s", result, stream.Told())
			}
			if e.Kind != tt.want.Kind || e.HTTPStatus != tt.want.HTTPStatus || e.Retryable != tt.want.Retryable ||
				!strings.Contains(e.Message, tt.want.Message) || !strings.Contains(e.Remedy, tt.want.Remedy) {
				t.Errorf("%s %d %q try %q, retry %v", e.Kind, e.HTTPStatus, e.Message, e.Remedy, e.Retryable)
			}
		})
	}
}

// A key in the environment is in no message, whatever its looks.
func TestKeyIsHidden(t *testing.T) {
	t.Parallel()
	b := newBed(t, plain("!stderr the key odd-looking-key is wrong\n!exit 1\n"), map[string]string{"ACME_API_KEY": "odd-looking-key"})
	_, _, err := b.Generate(t.Context(), standincli.Prompt("hi"))
	if err == nil || strings.Contains(err.Error(), "odd-looking-key") || !strings.Contains(err.Error(), "[redacted]") {
		t.Error(err)
	}
	if value, _ := turns(b)[0].Value("ACME_API_KEY"); value != "odd-looking-key" {
		t.Error("the program has no key")
	}
}

// What a run failed of is tried differently once, if nothing was shown.
func TestSecondTry(t *testing.T) {
	t.Parallel()
	good := text("1", "x") + end
	for name, tt := range map[string]struct {
		scripts []string
		calls   int
		warned  string
		ok      bool
	}{
		"a rejected flag":           {[]string{"!stderr error: unknown option '--trust'\n!exit 1\n", good}, 2, "", true},
		"a rejected flag of Go":     {[]string{"!stderr flag provided but not defined: -trust\n!exit 2\n", good}, 2, "", true},
		"the default model":         {[]string{`!stderr Model "old" is not there` + "\n!exit 1\n", good}, 2, "model_substituted", true},
		"its replacement, too":      {[]string{`!stderr Model "old" is not there` + "\n!exit 1\n"}, 2, "model_substituted", false},
		"logged out now and then":   {[]string{"Visit the page http://x\n!hang\n", good}, 2, "", true},
		"logged out":                {[]string{"Visit the page http://x\n!hang\n"}, 2, "", false},
		"refused for good":          {[]string{"Trust this folder\n!hang\n", good}, 1, "", false},
		"after something was shown": {[]string{text("1", "x") + "!stderr error: unknown option '--trust'\n!exit 1\n", good}, 1, "", false},
		"a failure like any other":  {[]string{"!exit 3\n", good}, 1, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, modern(tt.scripts...), nil)
			stream, _, err := b.Generate(t.Context(), standincli.Prompt("hi"))
			calls := turns(b)
			if (err == nil) != tt.ok || len(calls) != tt.calls || tt.warned != "" && !stream.Warned(tt.warned) {
				t.Fatalf("%d calls, %v: %s", len(calls), err, stream.Told())
			}
			if strings.Contains(name, "flag") && strings.Contains(calls[1].String(), "--trust") {
				t.Error("the flag again:", calls[1])
			}
			if strings.Contains(name, "model") && !strings.Contains(calls[1].String(), `"--model" "good"`) {
				t.Error(calls[1])
			}
		})
	}
}

// A prompt that the vendor finds too long is cut once.
func TestTooLongIsCutOnce(t *testing.T) {
	t.Parallel()
	refusal := "!stdin\n!stderr Error: too long\n!exit 1\n"
	b := newBed(t, modern(refusal, refusal), nil)
	stream, _, err := b.Generate(t.Context(), standincli.Prompt(strings.Repeat("word ", 50_000)))
	calls := turns(b)
	if sdk.KindOf(err) != sdk.KindContextTooLong || len(calls) != 2 || !stream.Warned("prompt_cut") {
		t.Fatalf("%d calls, %v", len(calls), err)
	}
	if len(calls[0].Stdin) < 250_000 || len(calls[1].Stdin) > 120_000 {
		t.Errorf("%d bytes, then %d", len(calls[0].Stdin), len(calls[1].Stdin))
	}
	if _, _, err := newBed(t, modern(refusal), nil).Generate(t.Context(), standincli.Prompt("short")); sdk.KindOf(err) != sdk.KindContextTooLong {
		t.Error(err)
	}
}

// What is only in the program's log explains an empty answer.
func TestLog(t *testing.T) {
	t.Parallel()
	b := newBed(t, standincli.Program{
		{Arg: "--help", Scripts: []string{"--log FILE\n"}},
		{Scripts: []string{"!log E0101 RESOURCE_EXHAUSTED (code 429)\n"}},
	}, nil)
	_, _, err := b.Generate(t.Context(), standincli.Prompt("hi"))
	if sdk.KindOf(err) != sdk.KindRateLimited {
		t.Error(err)
	}
	if left, _ := os.ReadDir(b.Config.StateDir); len(left) != 1 { // that the notice was told
		t.Error("left behind:", left)
	}
}

// Whatever the program does when it is to end, the answer is that it was us, and
// nothing of it is left.
func TestCancel(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]standincli.Program{
		"leaves with 0":                           modern(text("1", "x") + "!polite " + text("2", "late") + end),
		"leaves with 0, plain":                    plain("first\nx\n!polite late\n"),
		"ignores SIGTERM":                         modern("!deaf\n" + text("1", "x") + "!hang\n"),
		"a grandchild holds stdout":               modern("!holder\n" + text("1", "x") + "!hang\n"),
		"ignores SIGTERM and leaves a grandchild": modern("!deaf\n!holder\n" + text("1", "x") + "!hang\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, p, nil)
			mark := "ACME_MARK=" + filepath.Base(b.Config.StateDir) + filepath.Base(b.CLI.Dir()) + "-" + strings.ReplaceAll(name, " ", "_")
			b.Config.ChildEnvironment = append(b.Config.ChildEnvironment, mark)
			b.Configure()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			began := time.Now()
			result, err := b.Provider.Generate(ctx, standincli.Prompt("hi"), &standincli.Recorder{OnEmit: func(event sdk.Event) error {
				if _, ok := event.(sdk.TextDelta); ok {
					began = time.Now()
					cancel()
				}
				return nil
			}})
			if sdk.KindOf(err) != sdk.KindCancelled || result.StopReason != "" {
				t.Errorf("%+v, %v", result, err)
			}
			nothingLeft(t, mark)
			t.Logf("gone after %s", time.Since(began).Round(time.Millisecond))
			if took := time.Since(began); took > 50*time.Second { // ten times what a ladder may take
				t.Error("took", took)
			}
		})
	}
}

// A program that answered and stays, or leaves somebody behind, has answered.
func TestLingering(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"stays":                     text("1", "x") + end + "!hang\n",
		"a grandchild holds stdout": "!holder\n" + text("1", "x") + end,
		"deaf, with a grandchild":   "!deaf\n!holder\n" + text("1", "x") + end + "!hang\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, modern(script), nil)
			mark := "ACME_MARK=linger" + filepath.Base(b.CLI.Dir()) + strings.ReplaceAll(name, " ", "_")
			b.Config.ChildEnvironment = append(b.Config.ChildEnvironment, mark)
			b.Configure()
			stream, _, err := b.Generate(t.Context(), standincli.Prompt("hi"))
			if err != nil || stream.Text() != "x" {
				t.Errorf("%q, %v", stream.Text(), err)
			}
			nothingLeft(t, mark)
		})
	}
}

func TestIdleLimit(t *testing.T) {
	t.Parallel()
	b := newBed(t, modern(text("1", "x")+"!hang\n"), nil)
	b.Config.Settings["idle_timeout"] = "1"
	b.Configure()
	_, _, err := b.Generate(t.Context(), standincli.Prompt("hi"))
	if e := sdk.AsError(err); e == nil || e.Kind != sdk.KindNetwork || !strings.Contains(e.Message, "silent for 1s") || !strings.Contains(e.Remedy, "idle_timeout") {
		t.Errorf("%v", err)
	}
}

// Drain and the host's interrupt end what runs.
func TestDrain(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*standincli.Bed, *standincli.Recorder) error{
		"drain":     func(b *standincli.Bed, _ *standincli.Recorder) error { return b.Provider.Drain(t.Context()) },
		"interrupt": func(_ *standincli.Bed, r *standincli.Recorder) error { close(r.Stop); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, modern(text("1", "x")+"!polite bye\n"), nil)
			shown := make(chan struct{})
			stream := &standincli.Recorder{Stop: make(chan struct{}), OnEmit: func(event sdk.Event) error {
				if _, ok := event.(sdk.TextDelta); ok {
					close(shown)
				}
				return nil
			}}
			ended := make(chan error, 1)
			go func() {
				_, err := b.Provider.Generate(context.Background(), standincli.Prompt("hi"), stream)
				ended <- err
			}()
			<-shown
			if err := stop(b, stream); err != nil {
				t.Error(err)
			}
			if err := <-ended; sdk.KindOf(err) != sdk.KindCancelled {
				t.Error(err)
			}
		})
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	for name, tt := range map[string]struct {
		name    string
		program standincli.Program
		path    func(dir string) string
		prefix  []string
		fails   string
	}{
		"in PATH":            {"acme", plain("x\n"), func(string) string { return "" }, nil, ""},
		"another in PATH":    {"tool", standincli.Program{{Arg: "--help", Scripts: []string{"for Acme\n"}}, {Scripts: []string{"x\n"}}}, func(string) string { return "" }, []string{"acme", "--"}, ""},
		"somebody else's":    {"tool", standincli.Program{{Arg: "--help", Scripts: []string{"for others\n"}}}, func(string) string { return "" }, nil, "acme is not installed"},
		"by path":            {"other", plain("x\n"), func(dir string) string { return filepath.Join(dir, "other") }, nil, ""},
		"by path, as tool":   {"tool", plain("x\n"), func(dir string) string { return filepath.Join(dir, "tool") }, []string{"acme", "--"}, ""},
		"a path not there":   {"acme", plain("x\n"), func(dir string) string { return filepath.Join(dir, "gone") }, nil, "JCODE_ACME_CLI_PATH"},
		"a name not in PATH": {"acme", plain("x\n"), func(string) string { return "gone" }, nil, "gone is not installed"},
		"blank":              {"acme", plain("x\n"), func(string) string { return "  " }, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := standincli.New(t, tt.name, tt.program)
			b := standincli.NewBed(t, cliprovider.New(acme(), ""), cli, "", map[string]string{"JCODE_ACME_CLI_PATH": tt.path(cli.Dir())})
			b.Config.ChildEnvironment = append(b.Config.ChildEnvironment, "PATH="+cli.Dir()+string(filepath.ListSeparator)+empty)
			b.Configure()
			_, _, err := b.Generate(t.Context(), standincli.Prompt("hi"))
			if tt.fails != "" {
				e := sdk.AsError(err)
				if e == nil || e.Kind != sdk.KindCLIMissing || !strings.Contains(e.Message, tt.fails) || e.Remedy != "install acme" {
					t.Errorf("%+v", e)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := turns(b)[0].Args; strings.Join(got[:len(tt.prefix)], " ") != strings.Join(tt.prefix, " ") {
				t.Error(got)
			}
		})
	}
}
