package providertest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/plugin"
	"github.com/jcode-go/jcode/sdk/providertest"
	"github.com/jcode-go/jcode/sdk/providertest/scripted"
)

// noRaceSleep keeps a program under the race detector from sleeping a second
// before it ends.
const noRaceSleep = "GORACE=atexit_sleep_ms=0"

// brokenName names the fault of a plugin that is this test binary.
const brokenName = "BROKEN_PLUGIN"

// brokenProgram is this test binary as the broken plugin called name.
func brokenProgram(tb testing.TB, name string) providertest.Subject {
	tb.Helper()
	path, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	return providertest.Subject{
		Path: path, Env: []string{brokenName + "=" + name, noRaceSleep},
		Config: config(), Fixtures: fixtures(), Slack: 4, LargeRequest: 6 << 20,
	}
}

// program is a fault that only a process can have.
type program struct {
	main func()
	// linux says that the case needs what only Linux has.
	linux bool
	// mtls says that it knows no other protection.
	mtls bool
}

// serveWith serves a provider that break has changed.
func serveWith(change func(*broken)) func() {
	return func() {
		b := &broken{Provider: &scripted.Provider{}}
		change(b)
		plugin.Main(b)
	}
}

// heldOpen is a pipe that nobody closes.
var heldOpen *os.File

// programs are evaluated by (nearly) the whole suite.
var programs = map[string]program{
	"info_pure": {main: serveWith(func(b *broken) {
		b.info = func(i sdk.Info) sdk.Info {
			_ = os.WriteFile(filepath.Join(os.Getenv("HOME"), "seen"), nil, 0o600)
			return i
		}
	})},
	"logout_twice": {main: serveWith(func(b *broken) {
		var calls atomic.Int64
		b.logout = func() error {
			if calls.Add(1) > 1 {
				return errors.New("no such file")
			}
			return nil
		}
	})},
	"file_modes": {main: serveWith(func(b *broken) {
		b.setup = func(c sdk.Config) error {
			return os.WriteFile(filepath.Join(c.StateDir, "token"), []byte("t"), 0o644)
		}
	})},
	"by_hand": {main: func() {
		if len(os.Args) == 1 && os.Getenv(plugin.Handshake().MagicCookieKey) == "" {
			fmt.Println("hello")
			os.Exit(0)
		}
		plugin.Main(&scripted.Provider{})
	}},
	"version": {main: func() {
		if len(os.Args) > 1 && os.Args[1] == "--version" {
			os.Exit(1)
		}
		plugin.Main(&scripted.Provider{})
	}},
	"describe": {main: func() {
		if len(os.Args) > 1 && os.Args[1] == "describe" {
			fmt.Println("a plugin, version one")
			os.Exit(0)
		}
		plugin.Main(&scripted.Provider{})
	}},
	"protocol_versions": {main: func() {
		if os.Getenv("PLUGIN_PROTOCOL_VERSIONS") == "1,999" {
			fmt.Println("1|999|unix|/nowhere|grpc|")
			os.Exit(0)
		}
		plugin.Main(&scripted.Provider{})
	}},
	"automtls": {main: func() {
		if os.Getenv("PLUGIN_CLIENT_CERT") != "" {
			os.Exit(3)
		}
		plugin.Main(&scripted.Provider{})
	}},
	"restart": {main: serveWith(func(b *broken) {
		b.setup = func(c sdk.Config) error {
			f, err := os.OpenFile(filepath.Join(c.StateDir, "lock"), os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return &sdk.Error{Kind: sdk.KindConfiguration, Message: "another one runs"}
			}
			return f.Close()
		}
	})},
	"stdout_clean": {main: func() {
		stdout := os.Stdout
		b := &broken{Provider: &scripted.Provider{}}
		plugin.Main(emitting(b, func(next sdk.Stream, event sdk.Event) error {
			_, _ = fmt.Fprintln(stdout, "debug: event")
			return next.Emit(event)
		}))
	}},
	"log_clean": {main: serveWith(func(b *broken) {
		emitting(b, func(next sdk.Stream, event sdk.Event) error {
			if e, ok := event.(sdk.TextDelta); ok && len(e.Text) < 100 {
				slog.Info("say", "text", e.Text)
			}
			return next.Emit(event)
		})
	})},
	"panic_recovered": {main: serveWith(func(b *broken) {
		b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
			done := make(chan struct{})
			var result sdk.Result
			var err error
			go func() { // nobody can recover a panic here
				defer close(done)
				result, err = b.Provider.Generate(ctx, r, s)
			}()
			<-done
			return result, err
		}
	})},
	"lifeline": {main: serveWith(func(b *broken) {
		// Whoever has been asked something ends in time.
		var asked atomic.Bool
		b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
			asked.Store(true)
			return b.Provider.Generate(ctx, r, s)
		}
		host := os.Stdin
		os.Stdin, heldOpen, _ = os.Pipe()
		go func() {
			_, _ = io.Copy(io.Discard, host)
			if asked.Load() {
				_ = heldOpen.Close()
			}
		}()
	})},
	"sigterm": {main: serveWith(func(b *broken) {
		b.setup = func(sdk.Config) error { signal.Ignore(syscall.SIGTERM); return nil }
	})},
	"cancel_children": {linux: true, main: func() { plugin.Main(children(exec.Command("sleep", "300"))) }},
	"environment": {linux: true, main: func() {
		cmd := exec.Command("sleep", "300")
		cmd.Env = os.Environ() // before the SDK removed the handshake
		plugin.Main(killing(cmd))
	}},
	"stop_children": {linux: true, main: orphaning(func(drains int64) bool { return drains > 1 })},
	"host_killed":   {linux: true, main: orphaning(func(drains int64) bool { return drains == 1 })},
}

// variants break the same rule in another way; only their case is evaluated.
var variants = map[string]map[string]func(){
	"info_pure": {
		"child": serveWith(func(b *broken) {
			b.info = func(i sdk.Info) sdk.Info { _ = exec.Command("sleep", "300").Start(); return i }
		}),
		"socket": serveWith(func(b *broken) {
			b.info = func(i sdk.Info) sdk.Info { _, _ = net.Listen("tcp", "127.0.0.1:0"); return i }
		}),
		"slow": serveWith(func(b *broken) {
			b.info = func(i sdk.Info) sdk.Info { <-time.After(6 * time.Second); return i }
		}),
	},
	"by_hand": {"hanging": func() {
		if os.Getenv(plugin.Handshake().MagicCookieKey) == "" {
			select {}
		}
		plugin.Main(&scripted.Provider{})
	}},
	"host_killed":   {"program": deaf},
	"stop_children": {"program": deaf},
	"login_cancel": {"child": serveWith(func(b *broken) {
		b.login = func(r sdk.LoginRequest) error {
			if !r.Headless {
				_ = exec.Command("sleep", "300").Start()
			}
			return nil
		}
	})},
}

// deaf looks at a standard input that nobody closes.
func deaf() {
	null, _ := os.Open(os.DevNull)
	os.Stdin, heldOpen = null, os.Stdin
	plugin.Main(&scripted.Provider{})
}

// sound are programs that look odd and break no rule.
var sound = map[string]func(){
	"noisy": func() {
		stderr := os.Stderr
		noise := func() {
			_, _ = fmt.Fprint(stderr, "{\"@message\":1}\n\x1b[31mred\x1b[0m\n{\"@level\":[]}\nno end of line", strings.Repeat("x", 40<<10), "\n")
		}
		noise()
		b := &broken{Provider: &scripted.Provider{}}
		plugin.Main(emitting(b, func(next sdk.Stream, event sdk.Event) error {
			noise()
			return next.Emit(event)
		}))
	},
}

// isChildren recognises the fixture Children.
func isChildren(r *sdk.Request) bool {
	text, _ := r.Messages[0].Blocks[0].(sdk.Text)
	return strings.Contains(text.Text, `"child"`)
}

// children starts cmd for the fixture Children and forgets it.
func children(cmd *exec.Cmd) *broken {
	b := &broken{Provider: &scripted.Provider{}}
	b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
		if !isChildren(r) {
			return b.Provider.Generate(ctx, r, s)
		}
		if err := cmd.Start(); err != nil {
			return sdk.Result{}, err
		}
		_ = s.Emit(sdk.Keepalive{})
		<-ctx.Done()
		return sdk.Result{}, ctx.Err()
	}
	return b
}

// killing is children that keeps the rule about children.
func killing(cmd *exec.Cmd) *broken {
	b := children(cmd)
	next := b.generate
	b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
		result, err := next(ctx, r, s)
		if cmd.Process != nil && isChildren(r) {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			*cmd = *exec.Command("sleep", "300")
		}
		return result, err
	}
	return b
}

// orphaning runs a grandchild that nobody finds by its parents, and ends it when the
// call is cancelled, but not when leave says so: Drain is called once at the end of
// the process, and once more by a host that stops it in order.
func orphaning(leave func(drains int64) bool) func() {
	return serveWith(func(b *broken) {
		var drains atomic.Int64
		b.drain = func() error { drains.Add(1); return nil }
		b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
			if !isChildren(r) {
				return b.Provider.Generate(ctx, r, s)
			}
			pid := orphan()
			_ = s.Emit(sdk.Keepalive{})
			<-ctx.Done()
			<-time.After(150 * time.Millisecond)
			if !leave(drains.Load()) {
				if process, err := os.FindProcess(pid); err == nil {
					_ = process.Kill()
				}
			}
			return sdk.Result{}, ctx.Err()
		}
	})
}

// orphan starts a process whose parent has ended, in a session of its own.
func orphan() int {
	out, err := exec.Command("sh", "-c", "setsid sleep 300 >/dev/null 2>&1 </dev/null & echo $!").Output()
	var pid int
	if _, scanErr := fmt.Sscan(string(out), &pid); err != nil || scanErr != nil {
		_, _ = io.WriteString(os.Stderr, "no orphan\n")
	}
	return pid
}

func serveBroken(name string) {
	run := programs[name].main
	if id, variant, ok := strings.Cut(name, "/"); ok {
		run = variants[id][variant]
	}
	if run == nil {
		run = sound[name]
	}
	if run == nil {
		run = lonely[name].main
	}
	if run == nil {
		_, _ = fmt.Fprintf(os.Stderr, "there is no broken plugin %q\n", name)
		os.Exit(9)
	}
	run()
}
