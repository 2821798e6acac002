package conformance

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

var cancelCases = []Case{
	{ID: "cancel_prompt", Section: sectionCalls, Modes: everywhere, run: cancelPrompt, Proves: "a cancelled answer has ended within 250 ms, ten times in a row"},
	{ID: "cancel_error", Section: sectionCalls, Modes: everywhere, run: cancelError, Proves: "a cancelled answer is an error of kind cancelled that wraps context.Canceled"},
	{ID: "cancel_children", Section: sectionLife, Modes: asProgram, run: cancelChildren, Proves: "no program that the plugin started lives on after the call was cancelled"},
	{ID: "keepalive", Section: sectionLimits, Modes: asProgram, Waits: true, run: keepalive, Proves: "after 15 s of silence a keepalive comes"},
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
	c.need(c.subject.Fixtures.Endless != nil, "endless")
	s := c.open()
	if s.process != nil {
		s.sockets = len(sockets(s.process.PID()))
	}
	for range 10 {
		when, _ := c.cancelled(s, c.subject.Fixtures.Endless, func() {})
		if s.answering != nil {
			eventually(c.limit(10*time.Second), func() bool { return s.answering.Load() == 0 })
		}
		if s.process != nil {
			c.lettingGo(s)
		}
		if took := time.Since(when); took > c.limit(cancelLimit) {
			c.fatalf("the answer ended %v after it was cancelled; the limit is %v", took, c.limit(cancelLimit))
		}
	}
}

// lettingGo waits until a program has let go of its vendor. Of the answer itself
// nobody outside sees the end, but a request of HTTP/1.1 that is given up takes its
// connection with it, and a child its process.
func (c *check) lettingGo(s *session) {
	free := func() bool {
		n, _ := others(s)
		return n == 0 && (!c.plainHTTP() || len(sockets(s.process.PID())) <= s.sockets)
	}
	eventually(c.limit(2*cancelLimit), free)
	if _, err := s.provider.Info(c.ctx); err != nil {
		c.fatalf("after a cancelled answer info gave %v", err)
	}
}

// plainHTTP reports whether the subject's vendor is spoken to without encryption,
// which means that no connection carries several answers at once.
func (c *check) plainHTTP() bool {
	for _, value := range c.subject.Config.Variables {
		if strings.HasPrefix(value.Reveal(), "http://") {
			return true
		}
	}
	for _, value := range c.subject.Config.Settings {
		if strings.HasPrefix(value, "http://") {
			return true
		}
	}
	return false
}

// keepaliveLimit is the silence after which one must have come, and a little more.
const keepaliveLimit = 18 * time.Second

func keepalive(c *check) {
	c.need(c.subject.Fixtures.Endless != nil, "endless")
	if !c.subject.Patient {
		c.skip("it waits for 20 s, and the subject is not patient")
	}
	s := c.open()
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	events, over := make(chan sdk.Event, 1<<10), make(chan error, 1)
	stream := &recorder{each: func(event sdk.Event) {
		select {
		case events <- event:
		default: // it is not silent
		}
	}}
	go func() {
		_, err := stream.call(ctx, s, c.subject.Fixtures.Endless)
		over <- err
	}()
	silence := time.NewTimer(keepaliveLimit)
	defer silence.Stop()
	until := time.After(keepaliveLimit + time.Second)
	for {
		select {
		case event := <-events:
			if _, ok := event.(sdk.Keepalive); ok {
				return
			}
			silence.Reset(keepaliveLimit)
		case err := <-over:
			c.fatalf("the answer that has no end ended: %v", err)
		case <-silence.C:
			c.fatalf("there was no event for %v", keepaliveLimit)
		case <-until:
			return // it is never silent
		}
	}
}

func cancelError(c *check) {
	c.need(c.subject.Fixtures.Endless != nil, "endless")
	_, err := c.cancelled(c.open(), c.subject.Fixtures.Endless, func() {})
	if err == nil || sdk.KindOf(err) != sdk.KindCancelled || !errors.Is(err, context.Canceled) {
		c.failf("a cancelled answer gave %v (kind %v)", err, sdk.KindOf(err))
	}
}

func cancelChildren(c *check) {
	c.need(c.subject.Fixtures.Children != nil, "children")
	s := c.open()
	if _, known := others(s); !known {
		c.skip("this system does not show the environment of processes")
	}
	when, _ := c.cancelled(s, c.subject.Fixtures.Children, func() {
		if !eventually(c.limit(5*time.Second), func() bool { n, _ := others(s); return n > 0 }) {
			c.failf("the fixture children led to no child process")
		}
	})
	gone := eventually(c.limit(cancelLimit), func() bool { n, _ := others(s); return n == 0 })
	if !gone {
		n, _ := others(s)
		c.failf("%d child processes live on %v after the call was cancelled", n, time.Since(when))
	}
}
