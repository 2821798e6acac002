package httpapi

import (
	"strconv"
	"sync"

	"github.com/jcode-go/jcode/sdk"
)

// The states of an sdk.RateLimit.
const (
	LimitAllowed  = "allowed"
	LimitWarning  = "warning"
	LimitRejected = "rejected"
)

// LimitWatch remembers what was last said of the limits, so that only a change is
// said again. The zero value is ready; it is safe for concurrent use.
type LimitWatch struct {
	mu   sync.Mutex
	last string
}

// News reports whether limit is worth a word: not the first one that allows, and
// none like the last.
func (w *LimitWatch) News(limit sdk.RateLimit) bool {
	state := limit.Status
	if state != LimitAllowed {
		state += " " + limit.Window + strconv.Itoa(int(limit.Utilization*100))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if state == w.last || w.last == "" && limit.Status == LimitAllowed {
		return false
	}
	w.last = state
	return true
}
