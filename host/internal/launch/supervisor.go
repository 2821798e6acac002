package launch

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/sdk"
)

// Restart is told before a plugin is started again.
type Restart struct {
	Plugin string
	// Attempt counts from 1 within the budget; Delay is the wait before it.
	Attempt int
	Delay   time.Duration
	// Cause is how the process before it ended.
	Cause *Error
}

// Supervisor keeps one plugin running: it starts it when somebody asks for the
// provider, and again when it has died, within a budget. It never resends a
// request. It is safe for concurrent use; callers that ask at the same time share
// one start. Stop it.
type Supervisor struct {
	plugin  discover.Plugin
	options Options
	turn    chan struct{} // holds one token: whoever has it may start
	ended   chan struct{} // closed by Stop

	mu      sync.Mutex
	current *Process
	stopped bool

	budget   budget // of whoever has the token
	restarts int
}

// ErrStopped is returned after Stop.
var ErrStopped = errors.New("plugin was stopped")

// NewSupervisor starts nothing.
func NewSupervisor(p discover.Plugin, o Options) *Supervisor {
	return &Supervisor{plugin: p, options: o, turn: make(chan struct{}, 1), ended: make(chan struct{})}
}

// Provider returns the provider of the running process and what is known of it. It
// starts the process if none runs or if the last one has died. The error is an
// [*Error], with reason [ReasonCrashed] when the budget is spent, or that of ctx.
//
// After a *plugin.TransportError of a method, call it again: it returns only once
// there is a new process.
func (s *Supervisor) Provider(ctx context.Context) (sdk.Provider, Facts, error) {
	if p := s.alive(); p != nil {
		return p.Provider(), p.Facts(), nil
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, Facts{}, ctx.Err()
	}
	defer func() { <-s.turn }()
	p, err := s.revive(ctx)
	if err != nil {
		return nil, Facts{}, err
	}
	return p.Provider(), p.Facts(), nil
}

// revive starts the process unless somebody else has done so meanwhile. Whoever
// calls it has the token.
func (s *Supervisor) revive(ctx context.Context) (*Process, error) {
	if p := s.alive(); p != nil {
		return p, nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-s.ended:
			cancel(ErrStopped)
		case <-ctx.Done():
		}
	}()
	err := s.bury(ctx)
	var p *Process
	if err == nil {
		p, err = s.start(ctx)
	}
	if err != nil && errors.Is(context.Cause(ctx), ErrStopped) {
		return nil, ErrStopped
	}
	return p, err
}

func (s *Supervisor) alive() *Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil && s.current.Alive() {
		return s.current
	}
	return nil
}

// bury ends what is left of a process that died, and waits as the budget says.
func (s *Supervisor) bury(ctx context.Context) error {
	s.mu.Lock()
	dead := s.current
	s.current = nil
	stopped := s.stopped
	s.mu.Unlock()
	if stopped {
		return ErrStopped
	}
	if dead == nil {
		return nil
	}
	cause := dead.crash(ctx)
	dead.Stop(ctx)
	delay, ok := s.budget.next(time.Now())
	if !ok {
		cause.Detail = "more than " + budgetText + "; last: " + cause.Detail
		return cause
	}
	s.restarts++
	if s.options.OnRestart != nil {
		s.options.OnRestart(Restart{Plugin: s.plugin.Name, Attempt: s.budget.used(), Delay: delay, Cause: cause})
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Supervisor) start(ctx context.Context) (*Process, error) {
	began := time.Now()
	p, err := Start(ctx, s.plugin, s.options)
	if err != nil {
		if s.options.OnFailure != nil {
			s.options.OnFailure(err, time.Since(began))
		}
		return nil, err
	}
	p.facts.Restarts = s.restarts
	if s.options.OnStart != nil {
		s.options.OnStart(p.facts)
	}
	s.mu.Lock()
	stopped := s.stopped
	if !stopped {
		s.current = p
	}
	s.mu.Unlock()
	if stopped {
		p.Stop(ctx)
		return nil, ErrStopped
	}
	return p, nil
}

// Crash says how the process ended that a *plugin.TransportError told of, and nil
// when the process lives. It starts nothing.
func (s *Supervisor) Crash(ctx context.Context) *Error {
	s.mu.Lock()
	current := s.current
	s.mu.Unlock()
	if current == nil || current.Alive() {
		return nil
	}
	return current.crash(ctx)
}

// Stop ends the process, if there is one, and every later start. It returns when
// nothing is left of it. ctx shortens Drain only.
func (s *Supervisor) Stop(ctx context.Context) {
	s.mu.Lock()
	if !s.stopped {
		s.stopped = true
		close(s.ended)
	}
	s.mu.Unlock()
	s.turn <- struct{}{} // a start that is going on gives up at once
	defer func() { <-s.turn }()
	s.mu.Lock()
	current := s.current
	s.mu.Unlock()
	if current != nil {
		current.Stop(ctx)
	}
}
