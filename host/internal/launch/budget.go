package launch

import "time"

// The budget of restarts. A plugin that needs more is broken, and each restart may
// cost the user an answer.
const (
	maxRestarts   = 3
	restartWindow = 5 * time.Minute
	firstDelay    = 100 * time.Millisecond
	budgetText    = "3 crashes in 5 minutes"
)

// budget counts the restarts of the last minutes. The zero value is full.
type budget struct{ spent []time.Time }

// next takes one restart at now and returns how long to wait before it. ok is false
// when none is left.
func (b *budget) next(now time.Time) (delay time.Duration, ok bool) {
	var recent []time.Time
	for _, t := range b.spent {
		if now.Sub(t) < restartWindow {
			recent = append(recent, t)
		}
	}
	b.spent = recent
	if len(recent) >= maxRestarts {
		return 0, false
	}
	b.spent = append(b.spent, now)
	return firstDelay << len(recent), true
}

// used is how many restarts of the window are taken.
func (b *budget) used() int { return len(b.spent) }
