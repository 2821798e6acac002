package conformance

import (
	"context"
	"errors"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

var cancelCases = []Case{
	{"cancel_prompt", "a cancelled answer has ended within 250 ms, ten times in a row", []Mode{InProcess, OverGRPC}, cancelPrompt},
	{"cancel_error", "a cancelled answer is an error of kind cancelled that wraps context.Canceled", everywhere, cancelError},
	{"cancel_children", "no program that the plugin started lives on after the call was cancelled", asProgram, cancelChildren},
}

const cancelLimit = 250 * time.Millisecond

// cancelled starts request, cancels at the first event, and returns when that was
// and the error.
func (c *check) cancelled(s *session, request *sdk.Request, before func()) (time.Time, error) {
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	var when time.Time
	first := true
	stream := &recorder{each: func(sdk.Event) {
		if first {
			first = false
			before()
			when = time.Now()
			cancel()
		}
	}}
	_, err := stream.call(ctx, s, request)
	if when.IsZero() {
		c.fatalf("generate ended before its first event: %v", err)
	}
	return when, err
}

func cancelPrompt(c *check) {
	c.need(c.subject.Fixtures.Endless != nil, "Endless")
	s := c.open()
	for range 10 {
		when, _ := c.cancelled(s, c.subject.Fixtures.Endless, func() {})
		if s.answering != nil {
			eventually(c.limit(10*time.Second), func() bool { return s.answering.Load() == 0 })
		}
		if took := time.Since(when); took > c.limit(cancelLimit) {
			c.fatalf("the answer ended %v after it was cancelled; the limit is %v", took, c.limit(cancelLimit))
		}
	}
}

func cancelError(c *check) {
	c.need(c.subject.Fixtures.Endless != nil, "Endless")
	_, err := c.cancelled(c.open(), c.subject.Fixtures.Endless, func() {})
	if err == nil || sdk.KindOf(err) != sdk.KindCancelled || !errors.Is(err, context.Canceled) {
		c.failf("a cancelled answer gave %v (kind %v)", err, sdk.KindOf(err))
	}
}

func cancelChildren(c *check) {
	c.need(c.subject.Fixtures.Children != nil, "Children")
	s := c.open()
	if _, known := others(s); !known {
		c.skip("this system does not show the environment of processes")
	}
	when, _ := c.cancelled(s, c.subject.Fixtures.Children, func() {
		if !eventually(c.limit(5*time.Second), func() bool { n, _ := others(s); return n > 0 }) {
			c.failf("the fixture Children led to no child process")
		}
	})
	gone := eventually(c.limit(cancelLimit), func() bool { n, _ := others(s); return n == 0 })
	if !gone {
		n, _ := others(s)
		c.failf("%d child processes live on %v after the call was cancelled", n, time.Since(when))
	}
}
