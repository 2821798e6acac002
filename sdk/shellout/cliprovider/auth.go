package cliprovider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// AuthProbe asks a program whether it is logged in.
type AuthProbe struct {
	// Args are the arguments to ask with; nil is that it cannot be asked.
	Args func(Help) []string
	// Limit is how long it may take.
	Limit time.Duration
	// Judge reads the answer. Only a clear no is sdk.AuthMissing.
	Judge func(Said) Login
}

// Said is what a program printed when it was asked.
type Said struct {
	Stdout, Stderr string
	// OK says that it left by itself with status 0.
	OK bool
}

// Login is what a program says of its login.
type Login struct {
	State         sdk.AuthState `json:"state"`
	Account, Plan string        `json:",omitempty"`
	// Detail explains the state; may be empty.
	Detail string `json:"detail,omitempty"`
}

// How long an answer about the login counts. A no counts for shorter: somebody may
// have logged in elsewhere.
const (
	okKept      = 24 * time.Hour
	missingKept = 10 * time.Minute
	okRenewed   = time.Hour // when a success is noted again
)

// knownLogin is the last answer, as it is kept.
type knownLogin struct {
	Login
	CheckedAt time.Time `json:"checked_at"`
	Stamp     string    `json:"stamp"`
}

func (s *setup) loginFile() string {
	if s.config.CacheDir == "" {
		return ""
	}
	return filepath.Join(s.config.CacheDir, "login-"+s.cli.Name+".json")
}

// stamp changes with the program and with the files that a login changes.
func (s *setup) stamp(path string) string {
	sum := sha256.New()
	note := func(file string) {
		if info, err := os.Stat(file); err == nil {
			_, _ = fmt.Fprintln(sum, file, info.Size(), info.ModTime().UnixNano())
		}
	}
	note(path)
	for _, file := range s.cli.LoginFiles {
		full := filepath.Join(s.home(), filepath.FromSlash(file.Path))
		if file.Part == nil {
			note(full)
			continue
		}
		data, _ := os.ReadFile(full) // none is as good as an empty one
		for line := range strings.Lines(string(data)) {
			_, _ = fmt.Fprint(sum, file.Part(line))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:12])
}

// known is the last answer, if it still counts.
func (s *setup) known(path string, now time.Time) (knownLogin, bool) {
	var k knownLogin
	data, err := os.ReadFile(s.loginFile())
	if err != nil || json.Unmarshal(data, &k) != nil || k.Stamp != s.stamp(path) || k.CheckedAt.After(now) {
		return knownLogin{}, false
	}
	keep := missingKept
	if k.State == sdk.AuthOK {
		keep = okKept
	}
	return k, now.Sub(k.CheckedAt) < keep
}

// keepLogin keeps an answer for the next time. If it cannot be written, the program is
// asked again, which is no reason to fail.
func (s *setup) keepLogin(path string, login Login, now time.Time) {
	file := s.loginFile()
	if file == "" || login.State == sdk.AuthUnknown {
		return
	}
	if k, ok := s.known(path, now); ok && k.Login == login && now.Sub(k.CheckedAt) < okRenewed {
		return
	}
	data, err := json.Marshal(knownLogin{login, now, s.stamp(path)})
	if err != nil {
		return
	}
	f, err := os.CreateTemp(s.config.CacheDir, "login-*.tmp")
	if err != nil {
		return
	}
	_, err = f.Write(data)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil || os.Rename(f.Name(), file) != nil {
		_ = os.Remove(f.Name())
	}
}

// noteSuccess: who was answered is logged in. What the program says of the account
// is kept.
func (g *generation) noteSuccess() {
	if g.key() != "" {
		return
	}
	login := Login{State: sdk.AuthOK}
	if k, ok := g.known(g.program.path, g.provider.now()); ok && k.State == sdk.AuthOK {
		login = k.Login
	}
	g.keepLogin(g.program.path, login, g.provider.now())
}

func (g *generation) noteFailure(err *sdk.Error) {
	if err.Kind == sdk.KindUnauthenticated && g.key() == "" {
		g.keepLogin(g.program.path, Login{State: sdk.AuthMissing, Detail: err.Message}, g.provider.now())
	}
}

// key is the variable that authenticates by itself, "" if none is set.
func (s *setup) key() string {
	for _, key := range s.cli.Keys {
		value, _ := s.variables.Get(key.Name)
		if value != "" && (key.Usable == nil || key.Usable(value)) {
			return key.Name
		}
	}
	return ""
}

// AuthStatus tells what is known of the program's login: by a variable that holds
// a key, by the last time that it was asked or used. Without probe no program is
// started.
func (p *Provider) AuthStatus(ctx context.Context, probe bool) (sdk.AuthStatus, error) {
	s := p.setup()
	s.quick = !probe
	status := sdk.AuthStatus{State: sdk.AuthUnknown, Method: "cli", Billing: p.cli.Billing, Remedy: p.cli.remedy(sdk.KindUnauthenticated)}
	found, err := s.find(ctx)
	if ctx.Err() != nil {
		return sdk.AuthStatus{}, err
	}
	if err != nil {
		e := sdk.AsError(err)
		status.Detail, status.Remedy = e.Message, e.Remedy
		return status, nil
	}
	status.Source = found.path
	if key := s.key(); key != "" {
		status.State, status.Method, status.Source, status.Remedy = sdk.AuthOK, "api_key", key, ""
		status.Detail = found.name + " uses it before its own login; only a request shows whether it holds"
		return status, nil
	}
	if probe {
		login := s.ask(ctx, found)
		if ctx.Err() != nil {
			return sdk.AuthStatus{}, &sdk.Error{Kind: sdk.KindCancelled, Op: "auth status", Err: ctx.Err()}
		}
		s.keepLogin(found.path, login, p.now())
		return s.tellLogin(status, login, p.now()), nil
	}
	if k, ok := s.known(found.path, p.now()); ok {
		return s.tellLogin(status, k.Login, k.CheckedAt), nil
	}
	status.Detail = "only " + found.name + " knows; jcode auth status --provider " + p.cli.Name + " --probe asks it"
	return status, nil
}

func (s *setup) tellLogin(status sdk.AuthStatus, login Login, when time.Time) sdk.AuthStatus {
	status.State, status.Account, status.Plan, status.Detail = login.State, login.Account, login.Plan, login.Detail
	if login.State != sdk.AuthUnknown {
		status.CheckedAt = when
	}
	if login.State == sdk.AuthOK {
		status.Remedy = ""
	}
	return status
}

// askedOutput is how much of a program's answer about its login is read, in bytes.
const askedOutput = 256 << 10

// ask asks the program whether it is logged in.
func (s *setup) ask(ctx context.Context, p program) Login {
	unknown := Login{State: sdk.AuthUnknown, Detail: p.name + " has no command that tells; the first run shows it"}
	if s.cli.Probe.Args == nil {
		return unknown
	}
	args := s.cli.Probe.Args(p.help)
	if args == nil {
		return unknown
	}
	ctx, cancel := context.WithTimeout(ctx, s.cli.Probe.Limit)
	defer cancel()
	c := s.command(p, args...)
	c.Dir, c.StderrLimit = s.config.StateDir, askedOutput // not in a project, whose files it may read
	out, err := shellout.Collect(ctx, c, askedOutput)
	if err != nil {
		unknown.Detail = p.name + " did not tell: " + sdk.AsError(err).Error()
		return unknown
	}
	return s.cli.Probe.Judge(Said{Stdout: shellout.PlainText(string(out.Stdout)), Stderr: out.Exit.Stderr, OK: out.Exit.Success()})
}
