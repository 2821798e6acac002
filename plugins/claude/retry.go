package claude

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

const (
	maxAttempts = 4
	// longestWait is how long the vendor may make us sleep. A longer wait is
	// reported instead, for nobody sits in front of a program that does nothing.
	longestWait  = time.Minute
	firstBackoff = 500 * time.Millisecond
	lastBackoff  = 8 * time.Second
	jitterShare  = 0.25
)

// clock is time, for tests to replace.
type clock struct {
	now    func() time.Time
	sleep  func(context.Context, time.Duration) error
	random func() float64
}

func systemClock() clock {
	return clock{now: time.Now, sleep: sleep, random: rand.Float64}
}

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

// retryAfter is the wait that the vendor asks for: milliseconds, seconds, or a
// date. 0 is none.
func retryAfter(header http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(header.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return limitWait(ms / 1000)
	}
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 {
		return limitWait(seconds)
	}
	if date, err := http.ParseTime(value); err == nil && date.After(now) {
		return date.Sub(now)
	}
	return 0
}

// limitWait keeps an absurd number from overflowing.
func limitWait(seconds float64) time.Duration {
	const year = 365 * 24 * time.Hour
	if seconds > year.Seconds() {
		return year
	}
	return time.Duration(seconds * float64(time.Second))
}

// wait says how long to wait before the next attempt, and whether there is to be
// one. attempt counts from 1.
func (c clock) wait(err *sdk.Error, attempt int) (time.Duration, bool) {
	if !err.Retryable || attempt >= maxAttempts || err.RetryAfter > longestWait {
		return 0, false
	}
	if err.RetryAfter > 0 {
		return err.RetryAfter, true
	}
	backoff := min(firstBackoff<<(attempt-1), lastBackoff)
	return time.Duration(float64(backoff) * (1 - jitterShare*c.random())), true
}
