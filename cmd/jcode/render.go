package main

import (
	"sync"
	"time"

	"github.com/jcode-go/jcode/host"
)

// renderer shows a run. Its methods are called by one goroutine at a time.
type renderer interface {
	// event shows one event. An error means that nobody reads any more.
	event(event host.Event) error
	// finish shows how the run ended; f is nil when it succeeded. It is called
	// exactly once, last.
	finish(result host.RunResult, f *failure) error
	// tick is called a few times a second, for what changes by itself.
	tick(now time.Time)
}

// tickEvery is how often what changes by itself is painted anew.
const tickEvery = 250 * time.Millisecond

// screen lets several goroutines use one renderer: the run, the clock, and
// whoever notices late input.
type screen struct {
	mu       sync.Mutex
	renderer renderer
	finished bool
	// unread says that the reader of stdout went away.
	unread  bool
	stop    chan struct{}
	stopped sync.WaitGroup
}

// newScreen wraps r. The clock ticks until finish when live is true.
func newScreen(r renderer, live bool) *screen {
	s := &screen{renderer: r, stop: make(chan struct{})}
	if live {
		s.stopped.Go(s.clock)
	}
	return s
}

func (s *screen) clock() {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case now := <-ticker.C:
			s.mu.Lock()
			s.renderer.tick(now)
			s.mu.Unlock()
		}
	}
}

// event shows event, unless the run is over.
func (s *screen) event(event host.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.finished {
		return nil
	}
	err := s.renderer.event(event)
	if err != nil && isReaderGone(err) {
		s.unread = true
		return errReaderGone
	}
	return err
}

// hold keeps everything else from the terminal while do has it.
func (s *screen) hold(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.renderer.(*textRenderer); ok {
		r.pause()
	}
	do()
}

// gone reports whether the reader of stdout went away.
func (s *screen) gone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unread
}

// abandon leaves the terminal in order when the program ends at once.
func (s *screen) abandon() {
	if !s.mu.TryLock() { // somebody writes, perhaps to a reader that is stuck
		return
	}
	defer s.mu.Unlock()
	if r, ok := s.renderer.(*textRenderer); ok {
		r.status.clear()
	}
}

// finish shows the end and stops the clock.
func (s *screen) finish(result host.RunResult, f *failure) error {
	close(s.stop)
	s.stopped.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finished = true
	return s.renderer.finish(result, f)
}
