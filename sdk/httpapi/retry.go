package httpapi

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// Clock is time, for tests to replace.
type Clock struct {
	Now func() time.Time
	// Sleep returns the cause of ctx when that ends first.
	Sleep func(ctx context.Context, d time.Duration) error
	// Random is in [0, 1).
	Random func() float64
}

// SystemClock is the real one.
func SystemClock() Clock { return Clock{Now: time.Now, Sleep: sleep, Random: rand.Float64} }

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Backoff says when a failed request is sent again.
type Backoff struct {
	// MaxAttempts counts the first one too.
	MaxAttempts int
	// First is the wait before the second attempt; each further one doubles, up
	// to Last.
	First, Last time.Duration
	// Longest is how long the vendor may make us sleep. A longer wait is reported
	// instead, for nobody sits in front of a program that does nothing.
	Longest time.Duration
}

// jitterShare is how much of a wait is left to chance, so that many programs do
// not come back at one moment.
const jitterShare = 0.25

// Wait says how long to wait after a failed attempt, counted from 1, and whether
// there is to be another. What the vendor asks for counts before the table;
// random is in [0, 1).
func (b Backoff) Wait(err *sdk.Error, attempt int, random float64) (time.Duration, bool) {
	if !err.Retryable || attempt >= b.MaxAttempts || err.RetryAfter > b.Longest {
		return 0, false
	}
	if err.RetryAfter > 0 {
		return err.RetryAfter, true
	}
	wait := min(b.First<<(attempt-1), b.Last)
	return time.Duration(float64(wait) * (1 - jitterShare*random)), true
}

// RetryAfter is the wait that a response asks for: milliseconds, seconds, or a
// date. 0 is none.
func RetryAfter(header http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(header.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return Seconds(ms / 1000)
	}
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 {
		return Seconds(seconds)
	}
	if date, err := http.ParseTime(value); err == nil && date.After(now) {
		return date.Sub(now)
	}
	return 0
}

// Seconds is that many seconds, none below 0, and no more than a year, so that an
// absurd number does not overflow.
func Seconds(seconds float64) time.Duration {
	const year = 365 * 24 * time.Hour
	switch {
	case !(seconds > 0):
		return 0
	case seconds > year.Seconds():
		return year
	}
	return time.Duration(seconds * float64(time.Second))
}
