package session

import (
	"os"
	"sync"
)

// syncer runs fsync beside the conversation, one at a time. A request that comes
// while one runs is served by one more run after it.
type syncer struct {
	mu      sync.Mutex
	idle    sync.Cond
	running bool
	again   bool
	err     error
}

// start returns the error of an earlier run, once.
func (s *syncer) start(file *os.File) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.err
	s.err = nil
	if s.running {
		s.again = true
		return err
	}
	s.running = true
	go s.run(file)
	return err
}

func (s *syncer) run(file *os.File) {
	for {
		err := file.Sync()
		s.mu.Lock()
		if err != nil {
			s.err = err
		}
		if !s.again {
			s.running = false
			if s.idle.L != nil {
				s.idle.Broadcast()
			}
			s.mu.Unlock()
			return
		}
		s.again = false
		s.mu.Unlock()
	}
}

// wait returns once nothing runs.
func (s *syncer) wait() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle.L = &s.mu
	for s.running {
		s.idle.Wait()
	}
	err := s.err
	s.err = nil
	return err
}
