package launch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/host/internal/blockhash"
	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/sdk"
	sdkplugin "github.com/jcode-go/jcode/sdk/plugin"
)

func digestOf(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// blocksOf is what a lock file says beside the digest.
func blocksOf(t testing.TB, path, digest string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := blockhash.Sum(f, info.Size(), digest)
	if err != nil {
		t.Fatal(err)
	}
	return blocks
}

func TestFacts(t *testing.T) {
	t.Parallel()
	good := testPlugin(t, "good")
	locked := bundled(good)
	locked.LockedSHA256 = digestOf(t, good.Path)
	quick, slow := locked, locked
	quick.LockedBlocks = blocksOf(t, good.Path, locked.LockedSHA256)
	slow.LockedBlocks = strings.Repeat("0", 64) // of no use, and no reason to refuse
	foreign := good
	foreign.Foreign = true
	tests := map[string]struct {
		plugin    discover.Plugin
		transport Transport
		verified  bool
		guarded   bool
		want      Transport
	}{
		"bundled, locked":     {plugin: locked, verified: true, want: TransportSocket},
		"locked by blocks":    {plugin: quick, verified: true, want: TransportSocket},
		"other blocks locked": {plugin: slow, verified: true, want: TransportSocket},
		"bundled cli":         {plugin: withKind(locked, discover.KindCLI), verified: true, want: TransportSocket},
		"your path":           {plugin: good, guarded: true, want: TransportSocket},
		"foreign":             {plugin: foreign, guarded: true, want: TransportMTLS},
		"mtls wanted":         {plugin: locked, transport: TransportMTLS, verified: true, want: TransportMTLS},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := testOptions(t)
			o.Transport = test.transport
			process := launched(t, test.plugin, o)
			f := process.Facts()
			if !socketWorks {
				test.want = TransportMTLS
			}
			if f.Verified != test.verified || f.Guarded != test.guarded || f.Transport != test.want || f.Protocol != 1 {
				t.Errorf("facts %+v", f)
			}
			if !f.Info.Has("configured") {
				t.Errorf("what the plugin can do was asked before it was configured: %v", f.Info.Capabilities)
			}
			if want := digestOf(t, good.Path); f.SHA256 != want {
				t.Errorf("digest %s, want %s", f.SHA256, want)
			}
			r := reported(t, process)
			if f.PID != r.PID || r.Args[0] != test.plugin.Path || len(r.Args) != 1 {
				t.Errorf("pid %d, plugin says %+v", f.PID, r)
			}
			noFolders(t, o.Home)
		})
	}
}

func withKind(p discover.Plugin, kind string) discover.Plugin {
	p.Kind = kind
	return p
}

func TestConfigureCarriesWhatWasGranted(t *testing.T) {
	t.Parallel()
	p := withKind(testPlugin(t, "acme"), discover.KindCLI)
	p.Manifest.Environment.Variables = []string{"ACME_KEY", "ACME_DENIED", "ACME_UNSET"}
	o := testOptions(t)
	o.Environ = []string{"PATH=/bin", "ACME_KEY=k", "ACME_DENIED=d", "OTHER_KEY=o", "EDITOR=vi", "RIVAL_HOME=r"}
	o.Denied = []string{"ACME_DENIED"}
	o.Others = []discover.Environment{{Variables: []string{"RIVAL_HOME"}}}
	r := reported(t, launched(t, p, o))
	if len(r.Variables) != 1 || r.Variables["ACME_KEY"] != "k" {
		t.Errorf("variables %v", r.Variables)
	}
	if want := []string{"PATH=/bin", "ACME_KEY=k", "EDITOR=vi"}; !slices.Equal(r.Child, want) {
		t.Errorf("child environment %v, want %v", r.Child, want)
	}
	if r.StateDir != filepath.Join(o.Home, "data", "acme") {
		t.Errorf("state folder %s", r.StateDir)
	}
}

// TestLogs: whatever a plugin writes on standard error neither hurts the host nor
// leaves it undone.
func TestLogs(t *testing.T) {
	t.Parallel()
	o := testOptions(t)
	o.Environ = append(o.Environ, "ACME_KEY=swordfish-4711")
	p := testPlugin(t, "talker")
	p.Manifest.Environment.Variables = []string{"ACME_KEY"}
	process := launched(t, p, o)
	lines := []string{
		`{"@message":1}`, `{"@timestamp":[],"@level":{}}`, `{"@level":"warn","@message":"careful","n":1,"key":"swordfish-4711"}`,
		"\x1b[31mred\x1b[0m key is swordfish-4711", "Authorization: Bearer abcdefghijklmnop", "[ERROR] bad", "\xff\xfe",
	}
	for _, line := range lines {
		if _, err := ask(t, process, "log "+line); err != nil {
			t.Fatal(err)
		}
	}
	var text string
	eventually(t, 5*time.Second, "the last line is in the log", func() bool {
		data, _ := os.ReadFile(filepath.Join(o.Home, "logs", "talker.jsonl"))
		text = string(data)
		return strings.Count(text, "\n") == len(lines)
	})
	for _, want := range []string{`"level":"warn"`, `"careful"`, `"red key is [redacted]"`, "Bearer [redacted]", `"level":"error"`, `"message":"bad"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "swordfish") || strings.Contains(text, "abcdefghijklmnop") || strings.Contains(text, `\u001b`) {
		t.Errorf("not clean:\n%s", text)
	}
	for line := range strings.Lines(text) {
		var record Record
		if err := json.Unmarshal([]byte(line), &record); err != nil || record.Plugin != "talker" || record.PID != process.Facts().PID {
			t.Errorf("%v: %s", err, line)
		}
	}
}

func TestNoLogNoFile(t *testing.T) {
	t.Parallel()
	o := testOptions(t)
	launched(t, testPlugin(t, "quiet"), o).Stop(t.Context())
	if _, err := os.Stat(filepath.Join(o.Home, "logs")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a log folder was made: %v", err)
	}
}

func TestNoisyPluginsServe(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"badlog", "longline"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := testOptions(t)
			process := launched(t, testPlugin(t, name), o)
			for range 20 {
				if _, err := ask(t, process, "ok"); err != nil {
					t.Fatal(err)
				}
			}
			process.Stop(t.Context())
			if size := folderSize(t, filepath.Join(o.Home, "logs")); size > (keptLogs+1)*maxLogBytes {
				t.Errorf("%d bytes of logs", size)
			}
		})
	}
}

func folderSize(t *testing.T, folder string) int64 {
	t.Helper()
	entries, _ := os.ReadDir(folder)
	var size int64
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil {
			size += info.Size()
		}
	}
	return size
}

func TestFiveInParallel(t *testing.T) {
	t.Parallel()
	o := testOptions(t)
	var wg sync.WaitGroup
	for i := range 5 {
		p := testPlugin(t, fmt.Sprintf("p%d", i))
		wg.Go(func() {
			process, err := Start(t.Context(), p, o)
			if err != nil {
				t.Error(err)
				return
			}
			defer process.Stop(context.Background())
			status, err := process.Provider().AuthStatus(t.Context(), false)
			if err != nil || !strings.Contains(status.Detail, p.Path) {
				t.Errorf("%s: %v", p.Name, err)
			}
		})
	}
	wg.Wait()
	noFolders(t, o.Home)
}

func TestStop(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]string{"good": discover.KindHTTP, "vendor": discover.KindCLI, "stubborn": discover.KindHTTP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			process := launched(t, bundled(withKind(testPlugin(t, name), kind)), testOptions(t))
			started := time.Now()
			process.Stop(t.Context())
			if took := time.Since(started); took > 10*250*time.Millisecond {
				t.Errorf("stop took %v", took)
			}
			select {
			case <-process.Done():
			default:
				t.Error("it still runs")
			}
			process.Stop(t.Context()) // a second time does nothing
			_, err := process.Provider().Info(t.Context())
			var lost *sdkplugin.TransportError
			if !errors.As(err, &lost) {
				t.Errorf("call after the end: %v", err)
			}
		})
	}
}

// TestBigRequest: a long conversation with pictures crosses.
func TestBigRequest(t *testing.T) {
	t.Parallel()
	process := launched(t, testPlugin(t, "big"), testOptions(t))
	big := &sdk.Request{Model: "ok", Messages: []sdk.Message{{
		Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: strings.Repeat("x", 32<<20)}},
	}}}
	if _, err := process.Provider().Generate(t.Context(), big, newCollector()); err != nil {
		t.Fatal(err)
	}
}

// TestWrongToken: a host that says another token than the plugin was told is sent
// away.
func TestWrongToken(t *testing.T) {
	t.Parallel()
	if !socketWorks {
		t.Skip("no tokens on this system")
	}
	a, err := newAttempt(testPlugin(t, "good"), testOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	config := a.clientConfig(t.Context())
	a.token = sdkplugin.NewToken() // for the plugin; the configuration has the old one
	process, err := a.start(t.Context(), config)
	if err == nil {
		process.Stop(context.Background())
		t.Fatal("it was let in")
	}
	var lost *sdkplugin.TransportError
	if !errors.As(err, &lost) {
		t.Errorf("error %v", err)
	}
}

// TestOtherProcessIsRefused: it knows the socket and the token, and is not the host.
func TestOtherProcessIsRefused(t *testing.T) {
	t.Parallel()
	if !socketWorks {
		t.Skip("no sockets on this system")
	}
	a, err := newAttempt(testPlugin(t, "good"), testOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.discard)
	client, _, err := a.connect(t.Context(), a.clientConfig(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Kill)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	intruder := exec.CommandContext(t.Context(), self)
	intruder.Env = append(os.Environ(), intruderRole+"="+a.handshake.address, "LAUNCH_TEST_TOKEN="+a.token)
	out, err := intruder.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "refused" {
		t.Errorf("%v: %s", err, out)
	}
}

// intruderRole holds the socket that a stranger's process tries.
const intruderRole = "LAUNCH_TEST_INTRUDER"

func actIntruder() {
	conn, err := grpc.NewClient("unix:"+os.Getenv(intruderRole), sdkplugin.DialOptions(os.Getenv("LAUNCH_TEST_TOKEN"))...)
	if err != nil {
		fmt.Println(err)
		return
	}
	info, err := sdkplugin.NewClient(conn).Info(context.Background())
	var lost *sdkplugin.TransportError
	if errors.As(err, &lost) {
		fmt.Println("refused")
		return
	}
	fmt.Println(info, err)
}

// TestNothingLeaks starts and stops often: no goroutine and no file may stay.
func TestNothingLeaks(t *testing.T) { //nolint:paralleltest // it counts what the process has
	o := testOptions(t)
	p := testPlugin(t, "again")
	cycle := func() {
		process, err := Start(t.Context(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		process.Stop(t.Context())
		bad := p
		bad.Name = "elsewhat"
		if _, err := Start(t.Context(), bad, o); err == nil {
			t.Fatal("another name was accepted")
		}
	}
	cycle()
	goroutines, files := runtime.NumGoroutine(), openFiles()
	for range 10 {
		cycle()
	}
	eventually(t, 10*time.Second, "goroutines end", func() bool { return runtime.NumGoroutine() <= goroutines+2 })
	eventually(t, 10*time.Second, "files are closed", func() bool { return openFiles() <= files+2 })
}

func openFiles() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}
