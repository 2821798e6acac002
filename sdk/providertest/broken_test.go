package providertest_test

import (
	"context"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest"
	"github.com/jcode-go/jcode/sdk/providertest/conformance"
	"github.com/jcode-go/jcode/sdk/providertest/scripted"
)

// broken is a provider that breaks one rule.
type broken struct {
	*scripted.Provider
	info     func(sdk.Info) sdk.Info
	auth     func(sdk.AuthStatus) sdk.AuthStatus
	login    func(sdk.LoginRequest) error
	logout   func() error
	models   func([]sdk.Model) []sdk.Model
	checks   func([]sdk.Check) []sdk.Check
	setup    func(sdk.Config) error
	drain    func() error
	generate func(context.Context, *sdk.Request, sdk.Stream) (sdk.Result, error)
}

func (b *broken) Info(ctx context.Context) (sdk.Info, error) {
	info, err := b.Provider.Info(ctx)
	if b.info != nil {
		info = b.info(info)
	}
	return info, err
}

func (b *broken) AuthStatus(ctx context.Context, probe bool) (sdk.AuthStatus, error) {
	auth, err := b.Provider.AuthStatus(ctx, probe)
	if b.auth != nil {
		auth = b.auth(auth)
	}
	return auth, err
}

func (b *broken) Login(ctx context.Context, r sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	if b.login != nil {
		if err := b.login(r); err != nil {
			return sdk.Account{}, err
		}
	}
	return b.Provider.Login(ctx, r, ui)
}

func (b *broken) Logout(ctx context.Context) ([]sdk.RemovedCredential, error) {
	if b.logout != nil {
		return nil, b.logout()
	}
	return b.Provider.Logout(ctx)
}

func (b *broken) Configure(ctx context.Context, config sdk.Config) error {
	if b.setup != nil {
		if err := b.setup(config); err != nil {
			return err
		}
	}
	return b.Provider.Configure(ctx, config)
}

func (b *broken) ListModels(ctx context.Context) ([]sdk.Model, error) {
	models, err := b.Provider.ListModels(ctx)
	if b.models != nil {
		models = b.models(models)
	}
	return models, err
}

func (b *broken) Diagnose(ctx context.Context) ([]sdk.Check, error) {
	checks, err := b.Provider.Diagnose(ctx)
	if b.checks != nil {
		checks = b.checks(checks)
	}
	return checks, err
}

func (b *broken) Drain(ctx context.Context) error {
	if b.drain != nil {
		return b.drain()
	}
	return b.Provider.Drain(ctx)
}

func (b *broken) Generate(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
	if b.generate != nil {
		return b.generate(ctx, r, s)
	}
	return b.Provider.Generate(ctx, r, s)
}

// through is a stream that changes what passes.
type through struct {
	sdk.Stream
	emit func(sdk.Event) error
}

func (t through) Emit(event sdk.Event) error { return t.emit(event) }

// emitting breaks the events of an answer.
func emitting(b *broken, emit func(next sdk.Stream, event sdk.Event) error) *broken {
	b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
		return b.Provider.Generate(ctx, r, through{s, func(e sdk.Event) error { return emit(s, e) }})
	}
	return b
}

// ending breaks the end of an answer.
func ending(b *broken, end func(sdk.Result, error) (sdk.Result, error)) *broken {
	b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
		return end(b.Provider.Generate(ctx, r, s))
	}
	return b
}

// matrix evaluates the cases that are among, and the case id, and wants exactly that
// one to fail; mended says that nothing fails at all.
func matrix(t *testing.T, subject providertest.Subject, mode conformance.Mode, id string, mended bool, among func(conformance.Case) bool) {
	t.Helper()
	for _, c := range conformance.Cases() {
		if c.ID != id && !among(c) {
			continue
		}
		outcome := conformance.Evaluate(t.Context(), subject, mode, c)
		fails := len(outcome.Failures) > 0
		want := c.ID == id && outcome.Skipped == "" && !mended
		if fails != want {
			t.Errorf("broken for %s: %s in mode %s fails: %v (skipped: %q): %q", id, c.ID, mode, fails, outcome.Skipped, outcome.Failures)
		}
	}
}

// crowd runs jobs at the same time, more than there are processors: most of the time
// they wait.
func crowd(jobs []func()) {
	var running sync.WaitGroup
	places := make(chan struct{}, 6)
	for _, job := range jobs {
		running.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			job()
		})
	}
	running.Wait()
}

// TestBroken proves the cases in this process: a provider that breaks one rule fails
// exactly that case, in every mode in which the case means something.
func TestBroken(t *testing.T) {
	t.Parallel()
	var jobs []func()
	for id, f := range faults {
		subject := providertest.Subject{
			New: func() sdk.Provider {
				b := &broken{Provider: &scripted.Provider{}}
				if f.provider != nil {
					return f.provider(b)
				}
				return b
			},
			Config: config(), Fixtures: fixtures(), Slack: 4, LargeRequest: 6 << 20, ServerOptions: f.options,
		}
		for _, mode := range subject.Modes() {
			jobs = append(jobs, func() { matrix(t, subject, mode, id, f.mended && mode == conformance.OverGRPC, quick) })
		}
	}
	crowd(jobs)
}

// fullName is a variable that, set to 1, evaluates whole programs by the whole suite.
// Otherwise it is the cases that only programs can fail: all others are the same
// over gRPC in this process.
const fullName = "JCODE_TEST_FULL"

// beside are the cases that the faults of programs are looked for in.
func beside(c conformance.Case) bool {
	return len(c.Modes) == 1 && !c.Waits || os.Getenv(fullName) == "1"
}

// quick are all cases but those that move megabytes.
func quick(c conformance.Case) bool {
	return c.ID != "large_request" && c.ID != "slow_consumer" || os.Getenv(fullName) == "1"
}

// TestBrokenPrograms does the same for faults that only a process can have.
func TestBrokenPrograms(t *testing.T) {
	t.Parallel()
	var jobs []func()
	for id, p := range programs {
		if p.linux && runtime.GOOS != "linux" {
			continue
		}
		subject := brokenProgram(t, id)
		jobs = append(jobs, func() { matrix(t, subject, conformance.Binary, id, false, beside) })
	}
	for id, others := range variants {
		for name := range others {
			if runtime.GOOS != "linux" {
				continue // they are about what only Linux shows
			}
			subject := brokenProgram(t, id+"/"+name)
			jobs = append(jobs, func() { one(t, subject, id, true) })
		}
	}
	for name := range sound {
		subject := brokenProgram(t, name)
		subject.AutoMTLS, subject.Patient = true, true
		jobs = append([]func(){
			func() { one(t, subject, "keepalive", false) },
			func() { matrix(t, subject, conformance.Binary, name, true, beside) },
		}, jobs...)
	}
	for id, p := range lonely {
		subject := brokenProgram(t, id)
		subject.Patient, subject.AutoMTLS = true, p.mtls
		jobs = append([]func(){func() { one(t, subject, id, true) }}, jobs...) // they wait longest
	}
	crowd(jobs)
}

// one evaluates a single case.
func one(t *testing.T, subject providertest.Subject, id string, fails bool) {
	t.Helper()
	for _, c := range conformance.Cases() {
		if c.ID != id {
			continue
		}
		outcome := conformance.Evaluate(t.Context(), subject, conformance.Binary, c)
		if (len(outcome.Failures) > 0) != fails || outcome.Skipped != "" {
			t.Errorf("%v: %s: %q (skipped: %q)", subject.Env, id, outcome.Failures, outcome.Skipped)
		}
	}
}

// TestEveryCaseHasAFault holds the matrix complete.
func TestEveryCaseHasAFault(t *testing.T) {
	t.Parallel()
	for _, c := range conformance.Cases() {
		_, here := faults[c.ID]
		_, program := programs[c.ID]
		_, alone := lonely[c.ID]
		if !here && !program && !alone && !slices.Contains(elsewhere, c.ID) {
			t.Errorf("no provider is broken for %s", c.ID)
		}
	}
}

// elsewhere are cases with a test of their own.
var elsewhere = []string{"manifest", "jcode_start", "jcode_killed"}
