package host

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host/internal/cachefile"
	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/launch"
	"github.com/jcode-go/jcode/sdk"
)

// pluginStatus is what was last seen of a plugin while it ran, and of its source:
// what a listing shows without asking anybody.
type pluginStatus struct {
	Auth    *seenAuth    `json:"auth,omitempty"`
	Sandbox *seenSandbox `json:"sandbox,omitempty"`
	Update  *seenUpdate  `json:"update,omitempty"`
}

type seenAuth struct {
	State   sdk.AuthState `json:"state"`
	Account string        `json:"account,omitempty"`
	At      time.Time     `json:"at"`
}

type seenSandbox struct {
	State  string    `json:"state"`
	Detail string    `json:"detail,omitempty"`
	SHA256 string    `json:"sha256"` // of the program that was seen
	At     time.Time `json:"at"`
}

type seenUpdate struct {
	Version string    `json:"version"`
	At      time.Time `json:"at"`
}

// statusAge is how old what is known may be before it is written down again
// unchanged.
const statusAge = time.Minute

// No plugin's name begins with a dot: the folder is nobody's own cache.
func (h *Host) statusPath(name string) string {
	return filepath.Join(h.home, "cache", ".status", name+".json")
}

// statusKnown are the plugins of which something was ever seen: most of many were never
// started, and one look at the folder spares one at a file for each.
func (h *Host) statusKnown() map[string]bool {
	entries, err := os.ReadDir(filepath.Dir(h.statusPath("any")))
	if err != nil {
		return nil
	}
	known := make(map[string]bool, len(entries))
	for _, entry := range entries {
		known[strings.TrimSuffix(entry.Name(), ".json")] = true
	}
	return known
}

func (h *Host) readStatus(name string) pluginStatus {
	var s pluginStatus
	if !cachefile.Read(h.statusPath(name), &s) {
		return pluginStatus{}
	}
	return s
}

// changeStatus writes what change makes of a plugin's status. It is a cache: what
// cannot be written, or is overwritten by another process, is seen again.
func (h *Host) changeStatus(name string, change func(*pluginStatus) bool) {
	h.statusMu.Lock()
	defer h.statusMu.Unlock()
	s := h.readStatus(name)
	if change(&s) {
		cachefile.Write(h.statusPath(name), s)
	}
}

func (h *Host) keepAuth(name string, status sdk.AuthStatus) {
	now := time.Now()
	h.changeStatus(name, func(s *pluginStatus) bool {
		old := s.Auth
		s.Auth = &seenAuth{State: status.State, Account: status.Account, At: now}
		return old == nil || old.State != status.State || old.Account != status.Account || now.Sub(old.At) > statusAge
	})
}

func (h *Host) keepSandbox(name string, facts launch.Facts) {
	now := time.Now()
	h.changeStatus(name, func(s *pluginStatus) bool {
		old := s.Sandbox
		s.Sandbox = &seenSandbox{State: facts.Sandbox.State, Detail: facts.Sandbox.Detail, SHA256: facts.SHA256, At: now}
		return old == nil || old.State != s.Sandbox.State || old.Detail != s.Sandbox.Detail || old.SHA256 != s.Sandbox.SHA256
	})
}

func (h *Host) keepUpdate(u PluginUpdate) {
	h.changeStatus(u.Name, func(s *pluginStatus) bool {
		s.Update = &seenUpdate{Version: u.Wanted, At: u.Checked}
		return true
	})
}

// addStatus fills in the columns that come from what was last seen; known is
// statusKnown's.
func (h *Host) addStatus(p *Plugin, row *discover.Plugin, known map[string]bool) {
	var s pluginStatus
	if known[row.Name] {
		s = h.readStatus(row.Name)
	}
	if s.Auth != nil {
		p.Auth, p.AuthAccount, p.AuthAt = string(s.Auth.State), s.Auth.Account, s.Auth.At
	}
	p.Sandbox, p.SandboxDetail = launch.SandboxOff(*row)
	if p.Sandbox == "" {
		p.Sandbox, p.SandboxDetail = "not started yet", "a probe inside the process decides"
		if s.Sandbox != nil && s.Sandbox.SHA256 == row.LockedSHA256 {
			p.Sandbox, p.SandboxDetail = s.Sandbox.State, s.Sandbox.Detail
		}
	}
	if s.Update != nil && s.Update.Version != row.Version && s.Update.Version != "" && row.Source == discover.SourceInstalled {
		p.Update, p.UpdateAt = s.Update.Version, s.Update.At
	}
}
