package launch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/redact"
	"github.com/jcode-go/jcode/host/internal/treehash"
	"github.com/jcode-go/jcode/sdk"
	sdkplugin "github.com/jcode-go/jcode/sdk/plugin"
)

// attempt is one start of one plugin, and what is left of it afterwards: the
// process, its pipes, its folder. It is used once.
type attempt struct {
	plugin    discover.Plugin
	options   Options
	transport Transport
	token     string // 64 hex digits; empty with AutoMTLS
	variables sdk.Variables
	childEnv  []string

	binary *binary
	folder *folder
	redact redact.Redactor
	// noHome says that the plugin's folders cannot be in the home.
	noHome bool
	logs   *logFile

	// ruleset is the sandbox; nil without one, noSandbox then says why the system
	// could not have it.
	ruleset     *os.File
	landlockABI string
	noSandbox   string

	byDescriptor bool
	lifeline     *os.File // the write end, which this process alone holds
	stdout       *stdoutPump
	stderr       *stderrPump
	endLifeline  sync.Once

	mu      sync.Mutex
	program program // nil before it is started
	aborted bool

	settle      sync.Once
	endedItself bool // a failed start's process ended before it was killed

	// steps are the parts of the start so far; stepped is when the last one ended.
	// Only the goroutine that starts touches them.
	steps   []Step
	stepped time.Time

	handshake handshake     // what accept saw; set before go-plugin goes on
	exited    chan struct{} // closed when status is set and the pumps have stopped
	status    exitStatus
}

// newAttempt opens the program and makes the folder. On success the caller must
// call release.
func newAttempt(p discover.Plugin, o Options) (*attempt, error) {
	a := &attempt{plugin: p, options: o, transport: o.transportFor(p, socketWorks), exited: make(chan struct{}), stepped: time.Now()}
	a.grant()
	a.logs = newLogFile(o.Home, p.Name)
	if a.transport == TransportSocket {
		a.token = sdkplugin.NewToken()
	}
	var err error
	if a.binary, err = openBinary(p.Path); err != nil {
		return nil, a.named(err)
	}
	if !o.SkipHash || p.LockedSHA256 != "" {
		go a.binary.hash(p.LockedSHA256, p.LockedBlocks, memoryFor(p, o))
	}
	if a.folder, err = newFolder(o.Home, o.Environ); err != nil {
		a.release()
		return nil, &Error{Plugin: p.Name, Path: p.Path, Reason: ReasonInternal, Err: err, Remedy: "check that " + o.Home + " can be written"}
	}
	return a, nil
}

// grant puts together what Configure tells of the user's environment.
func (a *attempt) grant() {
	p, o := a.plugin, a.options
	a.variables = GrantedVariables(o.Environ, p.Manifest.Environment, o.Denied)
	if p.Kind == discover.KindCLI {
		a.childEnv = ChildEnvironment(o.Environ, p.Manifest.Environment, o.Others, o.Denied)
	}
	a.redact = newRedactor(a.variables, a.childEnv)
}

// named fills in whose error it is.
func (a *attempt) named(err error) error {
	var e *Error
	if errors.As(err, &e) {
		e.Plugin, e.Path = a.plugin.Name, a.plugin.Path
	}
	return err
}

// release gives back what needs no process. It may be called several times.
func (a *attempt) release() {
	if a.folder != nil {
		a.folder.remove()
	}
	if a.binary != nil {
		a.closeBinary()
	}
	a.closeRuleset()
}

// raise makes the sandbox of a plugin that gets one, as far as the system has it.
func (a *attempt) raise() error {
	if state, _ := SandboxOff(a.plugin); state != "" {
		return nil
	}
	ruleset, abi, err := newRuleset(a.wallFor())
	if errors.Is(err, errNoLandlock) {
		a.noSandbox = err.Error()
		return nil
	}
	a.ruleset, a.landlockABI = ruleset, abi
	return err
}

func (a *attempt) closeRuleset() {
	if a.ruleset != nil {
		_ = a.ruleset.Close()
	}
}

// closeBinary closes the program once nothing reads it any more.
func (a *attempt) closeBinary() {
	if a.options.SkipHash && a.plugin.LockedSHA256 == "" {
		a.binary.close()
		return
	}
	<-a.binary.over
	a.binary.close()
}

// stateFolder is the plugin's own folder, and its working directory: what it does
// by a relative path must not touch the user's project.
func (a *attempt) stateFolder() string { return a.standIn("data") }

func (a *attempt) cacheFolder() string { return a.standIn("cache") }

// standIn is a folder in the home, or one that ends with this process where the
// home can have none.
func (a *attempt) standIn(kind string) string {
	if a.noHome && a.folder != nil {
		return filepath.Join(a.folder.path, kind, a.plugin.Name)
	}
	return filepath.Join(a.options.Home, kind, a.plugin.Name)
}

// makeFolders makes the plugin's own folders. A home that cannot be written is no
// reason not to start.
func (a *attempt) makeFolders() error {
	for {
		err := os.MkdirAll(a.stateFolder(), 0o700)
		if err == nil {
			err = os.MkdirAll(a.cacheFolder(), 0o700)
		}
		if err == nil {
			return nil
		}
		if a.noHome || !readOnly(err) {
			return fmt.Errorf("make plugin's folder: %w", err)
		}
		a.noHome = true
	}
}

// environment is the whole environment of the process: the allow-list, and what
// go-plugin and the SDK need to find the host.
func (a *attempt) environment(fromGoPlugin []string) []string {
	env := processEnvironment(a.options.Environ, a.options.Home)
	for _, entry := range fromGoPlugin {
		if !strings.HasPrefix(entry, "PLUGIN_UNIX_SOCKET_DIR=") {
			env = append(env, entry)
		}
	}
	env = append(env, "PLUGIN_UNIX_SOCKET_DIR="+a.folder.path)
	if a.ruleset != nil { // the user's is closed
		env = slices.DeleteFunc(env, func(entry string) bool { return strings.HasPrefix(entry, "TMPDIR=") })
		env = append(env, "TMPDIR="+a.cacheFolder())
	}
	if a.options.LogLevel != "" {
		env = append(env, sdkplugin.EnvLogLevel+"="+a.options.LogLevel)
	}
	if a.token == "" {
		return env
	}
	return append(env, sdkplugin.EnvToken+"="+a.token, sdkplugin.EnvHostPID+"="+strconv.Itoa(os.Getpid()))
}

// verify compares the program with the lock, when there is one: the digest of the
// open file, and where that file itself cannot be executed, all files of an
// installed plugin.
func (a *attempt) verify(ctx context.Context, byDescriptor bool) error {
	if a.plugin.LockedSHA256 == "" {
		return nil
	}
	select {
	case <-a.binary.hashed:
	case <-ctx.Done():
		return ctx.Err()
	}
	if a.binary.err != nil {
		return &Error{Plugin: a.plugin.Name, Path: a.plugin.Path, Reason: ReasonInternal, Err: fmt.Errorf("hash program: %w", a.binary.err)}
	}
	if a.binary.digest != a.plugin.LockedSHA256 {
		return a.tampered(a.plugin.Path, a.binary.digest, a.plugin.LockedSHA256)
	}
	if a.plugin.LockedTree == "" || byDescriptor {
		return nil
	}
	tree, err := treehash.Sum(a.plugin.TreeRoot)
	if err != nil {
		return &Error{Plugin: a.plugin.Name, Path: a.plugin.Path, Reason: ReasonInternal, Err: err}
	}
	if tree != a.plugin.LockedTree {
		return a.tampered(a.plugin.TreeRoot, tree, a.plugin.LockedTree)
	}
	return nil
}

// tampered names both digests and the way on.
func (a *attempt) tampered(path, has, wants string) error {
	lock, remedy := discover.LockFile, "reinstall jcode"
	if a.plugin.LockPath != "" {
		lock, remedy = a.plugin.LockPath, "jcode plugins install "+a.plugin.Origin
	}
	return &Error{
		Plugin: a.plugin.Name, Path: a.plugin.Path, Reason: ReasonHash,
		Detail: fmt.Sprintf("%s has sha256 %s, %s says %s", path, has, lock, wants),
		Remedy: remedy + ", or name the program yourself: --plugin " + a.plugin.Name + "=" + a.plugin.Path,
	}
}

// accept judges the first line of standard output.
func (a *attempt) accept(line string) error {
	h, err := parseHandshake(line)
	if err != nil {
		return err
	}
	a.handshake = h
	if !slices.Contains(Protocols(), h.protocol) {
		return errProtocol
	}
	return h.checkTransport(a.transport, a.folder.path)
}

var errProtocol = errors.New("protocol not in common")

// closeLifeline tells the plugin that its host is done with it.
func (a *attempt) closeLifeline() {
	a.endLifeline.Do(func() {
		if a.lifeline != nil {
			_ = a.lifeline.Close()
		}
	})
}

// watch waits for the process and lets the pumps finish.
func (a *attempt) watch() {
	status := a.program.wait()
	expire(a.stdout.source)
	expire(a.stderr.source)
	<-a.stdout.done
	<-a.stderr.done
	a.logs.close()
	a.status = status
	close(a.exited)
}

// awaitExit waits for the end of the process, at most for limit.
func (a *attempt) awaitExit(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-a.exited:
		return true
	case <-timer.C:
		return false
	}
}
