package launch

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/guard"
	sdkplugin "github.com/jcode-go/jcode/sdk/plugin"
)

// TestMain makes this binary three programs: a guardian, a plugin whose behaviour
// its name chooses, and the tests.
func TestMain(m *testing.M) {
	guard.Main()
	if name, ok := strings.CutPrefix(filepath.Base(os.Args[0]), discover.Prefix); ok {
		actPlugin(strings.TrimSuffix(name, ".exe"))
		return
	}
	if os.Getenv(hostRole) != "" {
		actHost()
		return
	}
	if os.Getenv(intruderRole) != "" {
		actIntruder()
		return
	}
	os.Exit(m.Run())
}

// behaviours are the plugins that misbehave; all other names serve.
var behaviours = map[string]func(){
	"hangs":     func() { fmt.Fprintln(os.Stderr, "waiting for Godot"); select {} },
	"exits":     func() { fmt.Fprintln(os.Stderr, "cannot find \x1b[31mlibfoo\x1b[0m"); os.Exit(3) },
	"panics":    func() { panic("no config") },
	"signals":   func() { _ = syscallKillSelf() },
	"nine":      func() { fmt.Println("1|9|unix|/nowhere|grpc|"); select {} },
	"elsewhere": func() { fmt.Println("1|1|unix|/var/run/docker.sock|grpc|"); select {} },
	"netrpc":    func() { fmt.Println("1|1|unix|/nowhere|netrpc|"); select {} },
	"outside":   func() { fmt.Println("1|1|tcp|192.0.2.1:80|grpc|" + strings.Repeat("A", 60)); select {} },
	"closes":    func() { _ = os.Stdout.Close(); select {} },
	"halfline":  func() { fmt.Print("1|1|unix"); os.Exit(0) },
	"flood":     func() { fmt.Print(strings.Repeat("x", 200<<10)); select {} },
}

// realStderr is what a Go panic writes to; go-plugin puts a pipe into os.Stderr.
var realStderr = os.Stderr

func actPlugin(name string) {
	if act, ok := behaviours[name]; ok {
		act()
		return
	}
	switch name {
	case "badlog":
		go func() {
			for {
				fmt.Fprintln(os.Stderr, `{"@message":1}`)
				fmt.Fprintln(os.Stderr, `{"@timestamp":[],"@level":{},"@message":null}`)
			}
		}()
	case "longline":
		go fmt.Fprintln(os.Stderr, strings.Repeat("y", 1<<20))
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		_ = os.Unsetenv(sdkplugin.EnvLogLevel)
	}
	sdkplugin.Main(&provider{name: name})
}

// provider is the plugin of the tests: its answers tell what it was given.
type provider struct {
	sdk.Defaults
	name   string
	mu     sync.Mutex
	config sdk.Config
}

func (p *provider) Info(context.Context) (sdk.Info, error) {
	name := p.name
	if name == "misnamed" {
		name = "other"
	}
	if name == "dumb" {
		select {}
	}
	info := sdk.Info{Name: name, Version: "1.2.3"}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.config.HomeDir != "" {
		info.Capabilities = []string{"configured"}
	}
	return info, nil
}

func (p *provider) Configure(_ context.Context, config sdk.Config) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.config = config
	if p.name == "picky" {
		return &sdk.Error{Kind: sdk.KindConfiguration, Message: "base URL is no URL", Remedy: "correct it"}
	}
	return nil
}

// report is what AuthStatus.Detail holds.
type report struct {
	Environ   []string
	Dir       string
	Args      []string
	PID, PPID int
	Session   int
	Variables map[string]string
	Child     []string
	StateDir  string
}

func (p *provider) AuthStatus(context.Context, bool) (sdk.AuthStatus, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	dir, _ := os.Getwd()
	r := report{
		Environ: initialEnviron(), Dir: dir, Args: os.Args, PID: os.Getpid(), PPID: os.Getppid(), Session: session(),
		Variables: map[string]string{}, Child: p.config.ChildEnvironment, StateDir: p.config.StateDir,
	}
	for name, value := range p.config.Variables {
		r.Variables[name] = value.Reveal()
	}
	detail, err := json.Marshal(r)
	return sdk.AuthStatus{State: sdk.AuthOK, Detail: string(detail)}, err
}

// Generate does what the request's model says.
func (p *provider) Generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	verb, argument, _ := strings.Cut(request.Model, " ")
	switch verb {
	case "die":
		fmt.Fprintln(realStderr, "panic: lost the plot")
		_ = syscallKillSelf()
		select {}
	case "wait":
		if err := stream.Emit(sdk.TextDelta{Text: "waiting"}); err != nil {
			return sdk.Result{}, err
		}
		<-ctx.Done()
		return sdk.Result{}, ctx.Err()
	case "log":
		fmt.Fprintln(os.Stderr, argument)
	case "spawn":
		cmd := exec.Command("sleep", "300")
		cmd.Stderr = realStderr // so that the pipe does not end with the plugin
		detach(cmd)
		if err := cmd.Start(); err != nil {
			return sdk.Result{}, err
		}
		if err := stream.Emit(sdk.TextDelta{Text: fmt.Sprint(cmd.Process.Pid)}); err != nil {
			return sdk.Result{}, err
		}
	}
	return sdk.Result{StopReason: sdk.StopEndTurn}, nil
}

// collector is a stream that keeps the text and says when there is some.
type collector struct {
	mu   sync.Mutex
	text string
	some chan struct{}
	once sync.Once
}

func newCollector() *collector { return &collector{some: make(chan struct{})} }

func (c *collector) Emit(event sdk.Event) error {
	if delta, ok := event.(sdk.TextDelta); ok {
		c.mu.Lock()
		c.text += delta.Text
		c.mu.Unlock()
		c.once.Do(func() { close(c.some) })
	}
	return nil
}

func (c *collector) Ask(context.Context, sdk.PermissionRequest) (sdk.PermissionAnswer, error) {
	return sdk.PermissionAnswer{}, nil
}

func (c *collector) Interrupted() <-chan struct{} { return nil }

// testHome is a JCODE_HOME with a path short enough for a socket.
func testHome(t testing.TB) string {
	t.Helper()
	home, err := os.MkdirTemp(shortTemp(), "jl") //nolint:usetesting // its path would be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	return home
}

// testPlugin makes this binary a plugin called name, as a row that discover would
// return for one that the user named.
func testPlugin(t testing.TB, name string) discover.Plugin {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), discover.Prefix+name)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if err := os.Link(self, path); err != nil {
		if err := os.Symlink(self, path); err != nil {
			t.Fatal(err)
		}
	}
	return discover.Plugin{Name: name, Path: path, Source: discover.SourceFlag, Kind: discover.KindHTTP, SDKVersion: discover.Devel, Status: discover.StatusOK}
}

// bundled makes p a bundled one without a lock.
func bundled(p discover.Plugin) discover.Plugin {
	p.Source = discover.SourceBundled
	return p
}

func testOptions(t testing.TB) Options {
	t.Helper()
	return Options{Home: testHome(t), Environ: os.Environ(), HostVersion: "test", WorkingDir: t.TempDir()}
}

// launched starts p and stops it when the test ends.
func launched(t testing.TB, p discover.Plugin, o Options) *Process {
	t.Helper()
	process, err := Start(t.Context(), p, o)
	if err != nil {
		t.Fatalf("start %s: %v", p.Name, err)
	}
	t.Cleanup(func() { process.Stop(context.Background()) })
	return process
}

func ask(t testing.TB, process *Process, model string) (string, error) {
	t.Helper()
	stream := newCollector()
	_, err := process.Provider().Generate(t.Context(), &sdk.Request{Model: model}, stream)
	return stream.text, err
}

func reported(t testing.TB, process *Process) report {
	t.Helper()
	status, err := process.Provider().AuthStatus(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal([]byte(status.Detail), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// eventually polls until ok holds, and fails the test after limit.
func eventually(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(limit)
	for !ok() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}
