package claude

import "sync"

// memory is what the process knows of our login beyond the file. The zero value
// is ready; it is safe for concurrent use.
type memory struct {
	// alone lets one renewal at a time through where there is no file to lock.
	alone sync.Mutex

	mu      sync.Mutex
	unsaved map[string]credential // by the fingerprint of the spent refresh token
	refused map[string]bool
}

// latest follows a login to what became of it in this process.
func (m *memory) latest(c credential) credential {
	m.mu.Lock()
	defer m.mu.Unlock()
	for range len(m.unsaved) {
		next, ok := m.unsaved[fingerprint(c.refresh)]
		if !ok || next.refresh.Equal(c.refresh) {
			break
		}
		c = next
	}
	return c
}

func (m *memory) keep(old, fresh credential) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unsaved == nil {
		m.unsaved = make(map[string]credential)
	}
	m.unsaved[fingerprint(old.refresh)] = fresh
}

func (m *memory) refuse(c credential) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refused == nil {
		m.refused = make(map[string]bool)
	}
	m.refused[fingerprint(c.refresh)] = true
}

func (m *memory) wasRefused(c credential) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.refused[fingerprint(c.refresh)]
}
