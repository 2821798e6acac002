package cliprovider_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/standincli"
)

// person is somebody who logs in: what is shown is kept, and the keys are typed
// once the terminal shows what they answer.
type person struct {
	sdk.LoginUI
	keys map[string]string // what is typed when a text is shown

	mu      sync.Mutex
	notices []string
	screen  bytes.Buffer
	typed   chan string
	resizes chan sdk.TerminalSize
	back    int // how often the terminal was given back
}

func newPerson(keys map[string]string) *person {
	return &person{keys: keys}
}

func (p *person) Notice(_ context.Context, text string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notices = append(p.notices, text)
	return nil
}

func (p *person) Progress(context.Context, sdk.Progress) error { return nil }

func (p *person) Terminal(_ context.Context, title string) (sdk.Terminal, error) {
	p.mu.Lock()
	p.typed, p.resizes = make(chan string, 10), make(chan sdk.TerminalSize, 1)
	p.mu.Unlock()
	return p, p.Notice(context.Background(), title)
}

func (p *person) Read(b []byte) (int, error) {
	p.mu.Lock()
	typed := p.typed
	p.mu.Unlock()
	text, ok := <-typed
	if !ok {
		return 0, io.EOF
	}
	return copy(b, text), nil
}

func (p *person) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.screen.Write(b)
	for seen, typed := range p.keys {
		if strings.Contains(p.screen.String(), seen) {
			p.typed <- typed
			delete(p.keys, seen)
		}
	}
	return len(b), nil
}

func (p *person) Resizes() <-chan sdk.TerminalSize {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.resizes
}

func (p *person) Exit(int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.back++
	close(p.typed)
	close(p.resizes)
	return nil
}

func (p *person) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.notices, "\n") + "\n" + p.screen.String()
}

// loginProgram logs in with script, and says afterwards who is logged in.
func loginProgram(script, status string) standincli.Program {
	return standincli.Program{
		{Arg: "--help"},
		{Arg: "status", Scripts: []string{status}},
		{Arg: "login", Scripts: []string{script}},
		{Arg: "session", Scripts: []string{"!line a session> \n"}},
	}
}

func TestLoginOnTerminal(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no pseudo-terminals here")
	}
	for name, tt := range map[string]struct {
		script, status string
		account        string
		fails, remedy  string
	}{
		"typed code":                 {"!line \x1b[1mcode?\x1b[0m \n", "logged in as me@example.com\n", "me@example.com", "", ""},
		"status 0 and not logged in": {"!line code?\n", "nobody\n", "", "acme login exited with status 0; acme is not logged in", "acme login, by hand; or set ACME_API_KEY"},
		"status 1 and logged in":     {"!line code?\n!exit 1\n", "logged in as me\n", "me", "", ""},
		"status 1, nobody can tell":  {"!line code?\n!exit 1\n", "?\n", "", "acme login exited with status 1", "by hand"},
		"status 0, nobody can tell":  {"!line code?\n", "?\n", "", "", ""},
		"no such command":            {"!exit 2\n", "logged in as me\n", "me", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, loginProgram(tt.script, tt.status), nil)
			p := newPerson(map[string]string{"code?": "hunter2\r", "a session>": "x\r"})
			account, err := b.Provider.Login(t.Context(), sdk.LoginRequest{HasTerminal: true, TerminalType: "xterm-odd", Terminal: sdk.TerminalSize{Rows: 30, Columns: 90}}, p)
			if tt.fails != "" {
				e := sdk.AsError(err)
				if e == nil || e.Kind != sdk.KindUnauthenticated || !strings.Contains(e.Message, tt.fails) || !strings.Contains(e.Remedy, tt.remedy) {
					t.Errorf("%v; %s", err, p.said())
				}
			} else if err != nil || account.Label != tt.account {
				t.Errorf("%+v, %v; %s", account, err, p.said())
			}
			said := p.said()
			if !strings.Contains(said, "experimental") || !strings.Contains(said, "running acme") {
				t.Error(said)
			}
			if strings.Contains(tt.script, "code?") && !strings.Contains(said, `read "hunter2"`) {
				t.Error("what was typed did not arrive:", said)
			}
			if p.back == 0 {
				t.Error("the terminal was not given back")
			}
			call := b.CLI.With("login")[0]
			for variable, wanted := range map[string]string{"TERM": "xterm-odd", "ACME_LOGIN": "1", "NO_COLOR": "", "ACME_TURN": ""} {
				if value, _ := call.Value(variable); value != wanted {
					t.Errorf("%s is %q", variable, value)
				}
			}
			if call.Dir != b.Config.StateDir {
				t.Error("runs in the project:", call.Dir)
			}
		})
	}
}

func TestLoginWithoutTerminal(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		script, status, timeout string
		kind                    sdk.Kind
		shown                   string
	}{
		"lines are shown":  {"visit https://example.com/device?code=WXYZ\n!raw half a \n!raw line\n!stderr and this\n", "logged in as me\n", "", 0, "visit https://example.com/device?code=WXYZ"},
		"deadline":         {"waiting\n!hang\n", "nobody\n", "1s", sdk.KindInteractionRequired, "waiting"},
		"fails":            {"!stderr no browser\n!exit 1\n", "nobody\n", "", sdk.KindInteractionRequired, "no browser"},
		"needs a terminal": {"!exit 2\n", "nobody\n", "", sdk.KindInteractionRequired, "without a terminal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, loginProgram(tt.script, tt.status), nil)
			b.Config.Settings["login_timeout"] = tt.timeout
			b.Configure()
			p := newPerson(nil)
			account, err := b.Provider.Login(t.Context(), sdk.LoginRequest{Headless: true}, p)
			switch {
			case tt.kind == 0 && (err != nil || account.Label != "me"):
				t.Errorf("%+v, %v", account, err)
			case tt.kind != 0 && (sdk.KindOf(err) != tt.kind || sdk.AsError(err).Remedy == ""):
				t.Error(err)
			}
			if !strings.Contains(p.said(), tt.shown) {
				t.Error(p.said())
			}
			if b.CLI.With("login")[0].Pipe {
				t.Error("it could wait for standard input")
			}
		})
	}
}

func TestLoginWithKey(t *testing.T) {
	t.Parallel()
	b := newBed(t, loginProgram("", ""), nil)
	_, err := b.Provider.Login(t.Context(), sdk.LoginRequest{APIKey: sdk.NewSecret("k-123456")}, newPerson(nil))
	if e := sdk.AsError(err); e == nil || e.Kind != sdk.KindInvalidRequest || e.Remedy != "set ACME_API_KEY" || len(b.CLI.Calls()) > 0 {
		t.Error(err)
	}
}

func TestLogout(t *testing.T) {
	t.Parallel()
	_, err := newBed(t, modern(), nil).Provider.Logout(t.Context())
	if e := sdk.AsError(err); e == nil || e.Remedy != "acme logout" {
		t.Error(err)
	}
}

// The state is one of three, and only a probe starts the program.
func TestAuthStatus(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status    string
		variables map[string]string
		probed    sdk.AuthState
	}{
		"logged in":  {"logged in as me\n", nil, sdk.AuthOK},
		"logged out": {"nobody\n", nil, sdk.AuthMissing},
		"garbage":    {"?\n", nil, sdk.AuthUnknown},
		"fails":      {"!stderr broken\n!exit 1\n", nil, sdk.AuthUnknown},
		"a key":      {"nobody\n", map[string]string{"ACME_API_KEY": "key-0123456789"}, sdk.AuthOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, loginProgram("", tt.status), tt.variables)
			before, err := b.Provider.AuthStatus(t.Context(), false)
			if err != nil || len(b.CLI.Calls()) > 0 {
				t.Errorf("%v; something was started: %v", err, b.CLI.Calls())
			}
			if want := sdk.AuthUnknown; tt.variables == nil && (before.State != want || !strings.Contains(before.Detail, "--probe")) {
				t.Errorf("%+v", before)
			}
			got, err := b.Provider.AuthStatus(t.Context(), true)
			if err != nil || got.State != tt.probed || (got.Remedy == "") != (got.State == sdk.AuthOK) {
				t.Errorf("%+v, %v", got, err)
			}
			started := len(b.CLI.Calls())
			after, err := b.Provider.AuthStatus(t.Context(), false)
			if err != nil || after.State != tt.probed || len(b.CLI.Calls()) != started {
				t.Errorf("afterwards %+v, %v", after, err)
			}
		})
	}
}

// What was known counts no more when the login's own file has changed.
func TestAuthStatusForgets(t *testing.T) {
	t.Parallel()
	b := newBed(t, loginProgram("", "nobody\n"), nil)
	if got, _ := b.Provider.AuthStatus(t.Context(), true); got.State != sdk.AuthMissing {
		t.Fatalf("%+v", got)
	}
	home := filepath.Dir(b.Config.HomeDir)
	if err := os.MkdirAll(filepath.Join(home, ".acme"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".acme", "auth"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, _ := b.Provider.AuthStatus(t.Context(), false); got.State != sdk.AuthUnknown {
		t.Errorf("%+v", got)
	}
}

// A turn shows, too, whether somebody is logged in.
func TestAuthStatusAfterTurns(t *testing.T) {
	t.Parallel()
	b := newBed(t, plain("x\n", "!stderr please log in\n!exit 1\n"), nil)
	for i, want := range []sdk.AuthState{sdk.AuthOK, sdk.AuthMissing} {
		_, _, err := b.Generate(t.Context(), standincli.Prompt("hi"))
		got, _ := b.Provider.AuthStatus(t.Context(), false)
		if got.State != want || (err == nil) != (i == 0) {
			t.Errorf("turn %d: %+v, %v", i+1, got, err)
		}
	}
}

func TestAuthStatusWithoutProgram(t *testing.T) {
	t.Parallel()
	b := newBed(t, nil, nil)
	b.Set("JCODE_ACME_CLI_PATH", "/nowhere/acme")
	b.Configure()
	got, err := b.Provider.AuthStatus(t.Context(), false)
	if err != nil || got.State != sdk.AuthUnknown || got.Remedy != "install acme" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	told := func(b *standincli.Bed) string {
		checks, err := b.Provider.Diagnose(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, c := range checks {
			ok := "ok "
			if !c.OK {
				ok = "no "
			}
			lines = append(lines, ok+c.ID+": "+c.Detail)
		}
		return strings.ReplaceAll(strings.Join(lines, "\n"), b.CLI.Dir(), "DIR")
	}
	p := append(standincli.Program{{Arg: "status", Scripts: []string{"nobody\n"}}}, modern()...)
	want := `ok cli: DIR/acme
ok cli_version: 1.1.0
ok cli_flags: its help lists --events --trust; not --new
no login: nobody is logged in
ok environment: a note
no known_trouble: old ones are slow`
	if got := told(newBed(t, p, nil)); got != want {
		t.Error(got)
	}
	if got := told(newBed(t, plain("logged in as me\n"), nil)); !strings.Contains(got, "prints no help: called as it has always been") || !strings.Contains(got, "ok login: logged in as me") {
		t.Error(got)
	}
	if got := told(newBed(t, plain("?\n"), map[string]string{"JCODE_CLI_PROBE": "0"})); !strings.Contains(got, "JCODE_CLI_PROBE=0: called as it has always been") {
		t.Error(got)
	}
}

func TestListModels(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		program standincli.Program
		want    string
	}{
		"asked": {modern(), "old good other"}, "cannot be asked": {plain(), "old"},
		"nobody is logged in": {standincli.Program{{Arg: "--help", Scripts: []string{help}}, {Arg: "models", Scripts: []string{"!exit 1\n"}}}, "old"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			models, err := newBed(t, tt.program, nil).Provider.ListModels(t.Context())
			var ids []string
			for _, m := range models {
				ids = append(ids, m.ID)
			}
			if got := strings.Join(ids, " "); err != nil || got != tt.want {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}
