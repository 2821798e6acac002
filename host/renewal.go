package host

import (
	"context"
	"sync"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/launch"
)

// renewal puts the newest build of a plugin that is being written in the place of the
// one that runs, between two turns. A nil one does nothing.
type renewal struct {
	host       *Host
	supervisor *launch.Supervisor
	turns      sync.RWMutex // held for reading by every turn

	name, path string // of what runs; guarded by turns
}

// renewalFor returns nil for a plugin that nobody is writing.
func (h *Host) renewalFor(facts launch.Facts, supervisor *launch.Supervisor) *renewal {
	if facts.Source != discover.SourceDev {
		return nil
	}
	return &renewal{host: h, supervisor: supervisor, name: facts.Name, path: facts.Path}
}

// begin begins a turn and returns what ends it. While other turns run, subagents'
// for example, the plugin stays as it is.
func (r *renewal) begin(ctx context.Context) (end func()) {
	if r == nil {
		return func() {}
	}
	if r.turns.TryLock() {
		r.renew(ctx)
		r.turns.Unlock()
	}
	r.turns.RLock()
	return r.turns.RUnlock
}

func (r *renewal) renew(ctx context.Context) {
	dev, ok := discover.ReadDevOverride(r.host.home, r.name)
	if !ok || dev.Path == r.path {
		return
	}
	row := discover.DevRow(dev, r.host.discoverOptions())
	if row.Status != discover.StatusOK {
		return
	}
	r.supervisor.Replace(ctx, row)
	r.path = dev.Path
}

// idleTimeout is none for a plugin that may sit at a breakpoint.
func (r *run) idleTimeout() time.Duration {
	if r.facts.Attached {
		return 0
	}
	return r.config.IdleTimeout
}
