package plugin_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// screen is a host's login UI: it notes what is shown, and asks functions that
// the test sets.
type screen struct {
	mu       sync.Mutex
	shown    []any
	prompt   func(context.Context, sdk.Prompt) (sdk.Secret, error)
	choose   func(context.Context, sdk.Choice) (string, error)
	terminal func(context.Context, string) (sdk.Terminal, error)
}

func (s *screen) show(what any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = append(s.shown, what)
	return nil
}

func (s *screen) Notice(_ context.Context, text string) error { return s.show(text) }
func (s *screen) OpenURL(_ context.Context, url sdk.OpenURL) (bool, error) {
	return true, s.show(url)
}
func (s *screen) DeviceCode(_ context.Context, code sdk.DeviceCode) error { return s.show(code) }
func (s *screen) Progress(_ context.Context, p sdk.Progress) error        { return s.show(p) }
func (s *screen) CallbackListening(_ context.Context, callback sdk.Callback) error {
	return s.show(callback)
}

func (s *screen) Prompt(ctx context.Context, p sdk.Prompt) (sdk.Secret, error) {
	return s.prompt(ctx, p)
}
func (s *screen) Choose(ctx context.Context, c sdk.Choice) (string, error) { return s.choose(ctx, c) }
func (s *screen) Terminal(ctx context.Context, title string) (sdk.Terminal, error) {
	return s.terminal(ctx, title)
}

type loginFunc = func(context.Context, sdk.LoginRequest, sdk.LoginUI) (sdk.Account, error)

func logIn(t *testing.T, ui sdk.LoginUI, f loginFunc) (sdk.Account, error) {
	t.Helper()
	return remote(t, &fake{login: f}).Login(t.Context(), sdk.LoginRequest{Method: "browser"}, ui)
}

func TestLoginCrossesWhole(t *testing.T) {
	t.Parallel()
	sent := sdk.LoginRequest{
		Method: "browser", Headless: true, HasTerminal: true, CanOpenBrowser: true, RemoteShell: true,
		APIKey: sdk.NewSecret("sk-1"), Terminal: sdk.TerminalSize{Rows: 24, Columns: 80}, TerminalType: "xterm",
	}
	shown := []any{
		"hello",
		sdk.OpenURL{URL: "https://x.test/?a=b", Purpose: "log in"},
		sdk.DeviceCode{UserCode: "AB-CD", VerificationURL: "https://x.test", CompleteURL: "https://x.test/c", ExpiresIn: time.Minute},
		sdk.Progress{Text: "waiting", Deadline: time.Unix(1e9, 0).UTC()},
		sdk.Callback{Address: "127.0.0.1:9", URL: "http://localhost:9/cb"},
	}
	want := sdk.Account{Label: "a@b.test", Plan: "pro", Stored: "/x/auth.json"}
	ui := &screen{
		prompt: func(_ context.Context, p sdk.Prompt) (sdk.Secret, error) {
			return sdk.NewSecret("code for " + p.Label), nil
		},
		choose: func(_ context.Context, c sdk.Choice) (string, error) { return c.Options[1].ID, nil },
	}
	got, err := remote(t, &fake{login: func(ctx context.Context, r sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
		if diff := cmp.Diff(sent, r); diff != "" {
			t.Errorf("request changed:\n%s", diff)
		}
		err := ui.Notice(ctx, "hello")
		opened, err2 := ui.OpenURL(ctx, shown[1].(sdk.OpenURL))
		err3 := errors.Join(ui.DeviceCode(ctx, shown[2].(sdk.DeviceCode)), ui.Progress(ctx, shown[3].(sdk.Progress)), ui.CallbackListening(ctx, shown[4].(sdk.Callback)))
		secret, err4 := ui.Prompt(ctx, sdk.Prompt{Label: "x", Secret: true})
		option, err5 := ui.Choose(ctx, sdk.Choice{Options: []sdk.Option{{ID: "1"}, {ID: "2", Label: "two"}}})
		if !opened || secret.Reveal() != "code for x" || option != "2" {
			t.Errorf("opened %v, secret %q, option %q", opened, secret.Reveal(), option)
		}
		return want, errors.Join(err, err2, err3, err4, err5)
	}}).Login(t.Context(), sent, ui)
	if err != nil || got != want {
		t.Fatal(got, err)
	}
	if diff := cmp.Diff(shown, ui.shown); diff != "" {
		t.Error(diff)
	}
}

// TestCallbackBeatsPaste is the race of a pasted code and a browser's callback:
// the callback comes first, and the question leaves the screen.
func TestCallbackBeatsPaste(t *testing.T) {
	t.Parallel()
	asked, withdrawn := make(chan struct{}), make(chan struct{})
	ui := &screen{prompt: func(ctx context.Context, _ sdk.Prompt) (sdk.Secret, error) {
		close(asked)
		<-ctx.Done()
		close(withdrawn)
		return sdk.Secret{}, ctx.Err()
	}}
	_, err := logIn(t, ui, func(ctx context.Context, _ sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
		question, withdraw := context.WithCancel(ctx)
		go func() {
			<-asked
			withdraw() // the callback came
		}()
		_, err := ui.Prompt(question, sdk.Prompt{Label: "code"})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the prompt ended with %v", err)
		}
		<-withdrawn
		return sdk.Account{Label: "ok"}, ui.Notice(ctx, "logged in")
	})
	if err != nil || len(ui.shown) != 1 {
		t.Error(err, ui.shown)
	}
}

// TestNoticesDoNotWaitForAPrompt shows lines while a question is open.
func TestNoticesDoNotWaitForAPrompt(t *testing.T) {
	t.Parallel()
	asked, shown := make(chan struct{}), make(chan struct{})
	ui := &noticeScreen{shown: shown}
	ui.prompt = func(context.Context, sdk.Prompt) (sdk.Secret, error) {
		close(asked)
		<-shown
		return sdk.NewSecret("x"), nil
	}
	_, err := logIn(t, ui, func(ctx context.Context, _ sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
		go func() {
			<-asked
			_ = ui.Notice(ctx, "still here")
		}()
		_, err := ui.Prompt(ctx, sdk.Prompt{})
		return sdk.Account{}, err
	})
	if err != nil {
		t.Error(err)
	}
}

type noticeScreen struct {
	screen
	shown chan struct{}
}

func (s *noticeScreen) Notice(context.Context, string) error { close(s.shown); return nil }

func TestQuestionsThatFail(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		host error
		kind sdk.Kind
	}{
		"nobody to ask":  {&sdk.Error{Kind: sdk.KindInteractionRequired, Message: "no terminal"}, sdk.KindInteractionRequired},
		"user gave up":   {&sdk.Error{Kind: sdk.KindCancelled, Message: "ctrl-c"}, sdk.KindCancelled},
		"terminal broke": {errors.New("write: EIO"), sdk.KindCancelled},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ui := &screen{prompt: func(context.Context, sdk.Prompt) (sdk.Secret, error) { return sdk.Secret{}, test.host }}
			_, err := logIn(t, ui, func(ctx context.Context, _ sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
				_, err := ui.Prompt(ctx, sdk.Prompt{})
				if sdk.KindOf(err) != test.kind {
					t.Errorf("the plugin saw %v %v", sdk.KindOf(err), err)
				}
				if given := ctx.Err() != nil; given != (test.kind == sdk.KindCancelled) {
					t.Errorf("login given up: %v", given)
				}
				return sdk.Account{}, err
			})
			if sdk.KindOf(err) != test.kind {
				t.Errorf("the host saw %v %v", sdk.KindOf(err), err)
			}
		})
	}
}

func TestLoginCancelled(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	client := remote(t, &fake{login: func(ctx context.Context, _ sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
		defer close(ended)
		_, err := ui.Prompt(ctx, sdk.Prompt{})
		return sdk.Account{}, err
	}})
	ctx, cancel := context.WithCancel(t.Context())
	_, err := client.Login(ctx, sdk.LoginRequest{}, &screen{prompt: func(ctx context.Context, _ sdk.Prompt) (sdk.Secret, error) {
		cancel()
		<-ctx.Done()
		return sdk.Secret{}, ctx.Err()
	}})
	if sdk.KindOf(err) != sdk.KindCancelled || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	<-ended
}

func TestLoginWithoutResult(t *testing.T) {
	t.Parallel()
	client := remoteRogue(t, &rogue{login: func(grpc.BidiStreamingServer[pb.LoginRequest, pb.LoginResponse]) error { return nil }})
	_, err := client.Login(t.Context(), sdk.LoginRequest{}, &screen{})
	if !errors.Is(err, io.ErrUnexpectedEOF) || sdk.KindOf(err) != sdk.KindInternal {
		t.Error(err)
	}
}

// tty is a host's terminal: keys go in, output and exit come out.
type tty struct {
	keys    *io.PipeReader
	typed   *io.PipeWriter
	resizes chan sdk.TerminalSize
	mu      sync.Mutex
	output  strings.Builder
	exit    []int
}

func newTTY() *tty {
	reader, writer := io.Pipe()
	return &tty{keys: reader, typed: writer, resizes: make(chan sdk.TerminalSize)}
}

func (t *tty) Read(p []byte) (int, error) { return t.keys.Read(p) }
func (t *tty) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.output.Write(p)
}
func (t *tty) Resizes() <-chan sdk.TerminalSize { return t.resizes }
func (t *tty) Exit(status int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.exit = append(t.exit, status)
	return t.typed.Close()
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	host := newTTY()
	ui := &screen{terminal: func(_ context.Context, title string) (sdk.Terminal, error) {
		if title != "vendor login" {
			t.Errorf("title %q", title)
		}
		go func() {
			host.resizes <- sdk.TerminalSize{Rows: 10, Columns: 20}
			_, _ = host.typed.Write([]byte("y\n"))
		}()
		return host, nil
	}}
	large := strings.Repeat("0123456789", 20000) // several messages
	_, err := logIn(t, ui, func(ctx context.Context, _ sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
		lent, err := ui.Terminal(ctx, "vendor login")
		if err != nil {
			return sdk.Account{}, err
		}
		if _, err := ui.Terminal(ctx, "second"); err == nil {
			t.Error("the terminal was lent twice")
		}
		if size := <-lent.Resizes(); size != (sdk.TerminalSize{Rows: 10, Columns: 20}) {
			t.Errorf("size %v", size)
		}
		key := make([]byte, 2)
		if _, err := io.ReadFull(lent, key); err != nil || string(key) != "y\n" {
			t.Errorf("read %q, %v", key, err)
		}
		if n, err := lent.Write([]byte(large)); n != len(large) || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
		if err := lent.Exit(3); err != nil {
			t.Error(err)
		}
		if _, err := lent.Read(key); err == nil {
			t.Error("the terminal can be read after its exit")
		}
		if _, open := <-lent.Resizes(); open {
			t.Error("resizes stay open")
		}
		return sdk.Account{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if host.output.String() != large || len(host.exit) != 1 || host.exit[0] != 3 {
		t.Errorf("%d bytes shown, exits %v", host.output.Len(), host.exit)
	}
}

// TestTerminalHoldsBack: input that nobody reads is kept up to a limit, and
// neither it nor the limit outlives the login.
func TestTerminalHoldsBack(t *testing.T) {
	t.Parallel()
	host := newTTY()
	typed := make(chan int, 1)
	ctx, cancel := context.WithCancel(t.Context())
	ui := &screen{terminal: func(context.Context, string) (sdk.Terminal, error) {
		go func() {
			n, _ := host.typed.Write(make([]byte, 8<<20))
			typed <- n
		}()
		return host, nil
	}}
	_, err := remote(t, &fake{login: func(ctx context.Context, _ sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
		lent, err := ui.Terminal(ctx, "")
		if err != nil {
			return sdk.Account{}, err
		}
		if _, err := io.ReadFull(lent, make([]byte, 1<<20)); err != nil {
			t.Error(err)
		}
		cancel() // the user gives up while the rest waits
		<-ctx.Done()
		return sdk.Account{}, ctx.Err()
	}}).Login(ctx, sdk.LoginRequest{}, ui)
	if sdk.KindOf(err) != sdk.KindCancelled {
		t.Error(err)
	}
	if n := <-typed; n < 1<<20 || n == 8<<20 {
		t.Errorf("%d bytes were taken", n)
	}
}

// TestTerminalLentTooLate withdraws the wish before the host has lent it.
func TestTerminalLentTooLate(t *testing.T) {
	t.Parallel()
	host, asked, withdrawn := newTTY(), make(chan struct{}), make(chan struct{})
	ui := &screen{terminal: func(context.Context, string) (sdk.Terminal, error) {
		close(asked)
		<-withdrawn
		return host, nil
	}}
	_, err := logIn(t, ui, func(ctx context.Context, _ sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
		wish, withdraw := context.WithCancel(ctx)
		go func() {
			<-asked
			withdraw()
		}()
		_, err := ui.Terminal(wish, "")
		close(withdrawn)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the terminal ended with %v", err)
		}
		return sdk.Account{}, nil
	})
	if err != nil || len(host.exit) != 1 || host.exit[0] != -1 {
		t.Errorf("%v, exits %v", err, host.exit)
	}
}

// TestTerminalComesBack on every way out, also when the plugin forgets it.
func TestTerminalComesBack(t *testing.T) {
	t.Parallel()
	ways := map[string]func(context.Context) error{
		"forgotten": func(context.Context) error { return nil },
		"error":     func(context.Context) error { return errors.New("cli missing") },
		"panic":     func(context.Context) error { panic("boom") },
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := newTTY()
			_, _ = logIn(t, &screen{terminal: func(context.Context, string) (sdk.Terminal, error) { return host, nil }},
				func(ctx context.Context, _ sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
					if _, err := ui.Terminal(ctx, ""); err != nil {
						t.Error(err)
					}
					return sdk.Account{}, way(ctx)
				})
			if len(host.exit) != 1 || host.exit[0] != -1 {
				t.Errorf("exits %v", host.exit)
			}
		})
	}
}
