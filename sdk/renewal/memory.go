package renewal

import "sync"

// memory is what the process knows of a login beyond the file. The zero value is
// ready; it is safe for concurrent use.
type memory[L Login] struct {
	// alone lets one renewal at a time through where there is no file to lock.
	alone sync.Mutex

	mu      sync.Mutex
	unsaved map[string]L // by the fingerprint of the spent refresh token
	refused map[string]bool
}

// latest follows a login to what became of it in this process.
func (m *memory[L]) latest(login L) L {
	m.mu.Lock()
	defer m.mu.Unlock()
	for range len(m.unsaved) {
		next, ok := m.unsaved[Fingerprint(login.RefreshToken())]
		if !ok || next.RefreshToken().Equal(login.RefreshToken()) {
			break
		}
		login = next
	}
	return login
}

func (m *memory[L]) keep(old, fresh L) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unsaved == nil {
		m.unsaved = make(map[string]L)
	}
	m.unsaved[Fingerprint(old.RefreshToken())] = fresh
}

func (m *memory[L]) refuse(login L) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refused == nil {
		m.refused = make(map[string]bool)
	}
	m.refused[Fingerprint(login.RefreshToken())] = true
}

func (m *memory[L]) wasRefused(login L) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.refused[Fingerprint(login.RefreshToken())]
}
