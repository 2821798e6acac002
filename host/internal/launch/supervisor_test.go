package launch

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	sdkplugin "github.com/jcode-go/jcode/sdk/plugin"
)

func supervised(t *testing.T, name string, change func(*Options)) *Supervisor {
	t.Helper()
	o := testOptions(t)
	if change != nil {
		change(&o)
	}
	s := NewSupervisor(testPlugin(t, name), o)
	t.Cleanup(func() { s.Stop(context.Background()) })
	return s
}

func provided(t *testing.T, s *Supervisor) (sdk.Provider, Facts) {
	t.Helper()
	p, f, err := s.Provider(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p, f
}

func TestSupervisorRestarts(t *testing.T) {
	t.Parallel()
	var restarts []Restart
	s := supervised(t, "mortal", func(o *Options) { o.OnRestart = func(r Restart) { restarts = append(restarts, r) } })
	seen := map[int]bool{}
	for round := range maxRestarts + 1 {
		p, f := provided(t, s)
		if again, same := provided(t, s); again != p || same.PID != f.PID {
			t.Error("a second call gave another process")
		}
		if seen[f.PID] || f.Restarts != round {
			t.Errorf("round %d: %+v", round, f)
		}
		seen[f.PID] = true
		_, err := p.Generate(t.Context(), request("die"), newCollector())
		var lost *sdkplugin.TransportError
		if !errors.As(err, &lost) {
			t.Fatalf("kill -9 in a call gave %T %v", err, err)
		}
	}
	_, _, err := s.Provider(t.Context())
	var e *Error
	if !errors.As(err, &e) || e.Reason != ReasonCrashed || !strings.Contains(e.Error(), "3 crashes in 5 minutes") || !strings.Contains(e.Error(), "lost the plot") {
		t.Fatalf("spent budget gave %v", err)
	}
	report, readErr := os.ReadFile(e.CrashFile)
	if readErr != nil || !strings.Contains(string(report), "panic: lost the plot") || !strings.Contains(e.Remedy, e.CrashFile) {
		t.Errorf("crash file %q: %v", e.CrashFile, readErr)
	}
	if len(restarts) != maxRestarts || restarts[0].Delay != firstDelay || restarts[2].Delay != 4*firstDelay || restarts[0].Cause.Reason != ReasonCrashed {
		t.Errorf("restarts %+v", restarts)
	}
}

func TestSupervisorTellsTheCrash(t *testing.T) {
	t.Parallel()
	s := supervised(t, "mortal", nil)
	if e := s.Crash(t.Context()); e != nil {
		t.Errorf("crash before the start: %v", e)
	}
	p, _ := provided(t, s)
	if e := s.Crash(t.Context()); e != nil {
		t.Errorf("crash of a live process: %v", e)
	}
	_, _ = p.Generate(t.Context(), request("die"), newCollector())
	e := s.Crash(t.Context())
	if e == nil || !strings.Contains(e.Error(), "killed by signal") {
		t.Errorf("crash: %v", e)
	}
}

func TestSupervisorSharesOneStart(t *testing.T) {
	t.Parallel()
	s := supervised(t, "shared", nil)
	var mu sync.Mutex
	pids := map[int]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, f, err := s.Provider(t.Context())
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			pids[f.PID] = true
		})
	}
	wg.Wait()
	if len(pids) != 1 {
		t.Errorf("processes %v", pids)
	}
}

func TestSupervisorStopped(t *testing.T) {
	t.Parallel()
	s := supervised(t, "done", nil)
	provided(t, s)
	s.Stop(t.Context())
	if _, _, err := s.Provider(t.Context()); !errors.Is(err, ErrStopped) {
		t.Errorf("after Stop: %v", err)
	}
}

// TestStopEndsAStart: Stop does not return before a start that is going on is over.
func TestStopEndsAStart(t *testing.T) {
	t.Parallel()
	s := supervised(t, "hangs", func(o *Options) { o.LogLevel = "debug" })
	ended := make(chan error, 1)
	go func() {
		_, _, err := s.Provider(t.Context())
		ended <- err
	}()
	eventually(t, 10*time.Second, "the start has begun", func() bool {
		entries, _ := os.ReadDir(s.options.Home + "/logs")
		return len(entries) > 0 // it has written a line
	})
	s.Stop(t.Context())
	select {
	case err := <-ended:
		if !errors.Is(err, ErrStopped) {
			t.Errorf("error %v", err)
		}
	case <-time.After(time.Second):
		t.Error("the start goes on after Stop")
	}
}

// TestStopEndsRunningCalls: a call that waits ends with the process, as a lost
// connection.
func TestStopEndsRunningCalls(t *testing.T) {
	t.Parallel()
	s := supervised(t, "waiter", nil)
	p, _ := provided(t, s)
	stream := newCollector()
	ended := make(chan error, 1)
	go func() {
		_, err := p.Generate(t.Context(), request("wait"), stream)
		ended <- err
	}()
	<-stream.some
	s.Stop(t.Context())
	if err := <-ended; err == nil {
		t.Error("the call ended well")
	}
}

func TestBudget(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	steps := []struct {
		after time.Duration
		delay time.Duration
		ok    bool
	}{
		{0, 100 * time.Millisecond, true},
		{time.Second, 200 * time.Millisecond, true},
		{2 * time.Second, 400 * time.Millisecond, true},
		{3 * time.Second, 0, false},
		{4*time.Minute + 59*time.Second, 0, false},
		{5 * time.Minute, 400 * time.Millisecond, true}, // the first is forgotten
		{5*time.Minute + 500*time.Millisecond, 0, false},
		{time.Hour, 100 * time.Millisecond, true},
	}
	var b budget
	for _, step := range steps {
		delay, ok := b.next(start.Add(step.after))
		if delay != step.delay || ok != step.ok {
			t.Errorf("after %v: %v %v, want %v %v", step.after, delay, ok, step.delay, step.ok)
		}
	}
}
