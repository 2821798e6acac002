package messages

import (
	"fmt"
	"net/http"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/strict"
)

// answer picks a step for an accepted request and performs it.
func (s *Server) answer(x *exchange, req *strict.Request) {
	talk := read(req)
	step, values, ok := s.pick(talk)
	if !ok {
		x.rec.Message = "no scenario step matches"
		x.fail(http.StatusBadRequest, fmt.Sprintf("no scenario step matches: turn %d, %d tool results, task %.80q", talk.turn, len(talk.results), talk.task))
		return
	}
	x.rec.Step = step.Name
	if !sleep(x.context(), time.Duration(step.DelayMS)*time.Millisecond) {
		x.rec.Outcome = ClientGone
		return
	}
	for k, v := range step.Headers {
		x.w.Header().Del(k)
		if v != "" {
			x.w.Header().Set(k, v)
		}
	}
	if step.HTTP != nil {
		x.rec.Status, x.rec.Outcome = step.HTTP.Status, Errored
		x.publish()
		step.HTTP.send(x.w, x.rec.RequestID)
		return
	}
	s.reply(x, req, step, values)
}

// fail is a mistake of the scenario, told as an error that clients show.
func (x *exchange) fail(status int, message string) {
	x.rec.Status, x.rec.Outcome, x.rec.Message = status, Errored, message
	x.publish()
	sendError(x.w, status, errorBody("invalid_request_error", message, nil, x.rec.RequestID))
}

func (s *Server) pick(talk *conversation) (*Step, valuesOf, bool) {
	if s.opts.Scenario == nil {
		return echo(talk, &s.steps), valuesOf{own: map[string]string{}}, true
	}
	for i := range s.opts.Scenario.Steps {
		step := &s.opts.Scenario.Steps[i]
		own, ok := step.When.match(talk)
		if ok && s.steps.take(step.Name, step.Times) {
			return step, valuesOf{own: own, captures: s.opts.Scenario.Captures, talk: talk}, true
		}
	}
	return nil, valuesOf{}, false
}

func (s *Server) reply(x *exchange, req *strict.Request, step *Step, values valuesOf) {
	c := composer{
		number: s.replies.Add(1), model: req.Model.ID, input: tokens(req.Bytes),
		flush: s.flush, signer: s.checker.Signer, values: values,
	}
	out, err := c.compose(step.Reply)
	if err != nil {
		x.fail(http.StatusBadRequest, fmt.Sprintf("scenario step %s: %v", step.Name, err))
		return
	}
	if step.Reply.stopReason() == "pause_turn" {
		s.paused.add(out)
	}
	x.rec.Status = http.StatusOK
	x.publish()
	if !req.Stream {
		x.rec.Outcome = x.whole(out)
		return
	}
	h := x.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	x.w.WriteHeader(http.StatusOK)
	x.rec.Outcome = send(x.context(), x.w, out)
}

// whole sends a reply that is not streamed, with what its stream would have
// suffered: pauses add up, an error event becomes an HTTP error.
func (x *exchange) whole(out *stream) string {
	var wait time.Duration
	end := Complete
	for _, o := range out.ops {
		wait += o.wait * time.Duration(max(o.count, 1))
		if o.end != "" {
			end = o.end
			break
		}
	}
	if end == hanging {
		<-x.context().Done()
		return ClientGone
	}
	if !sleep(x.context(), wait) {
		return ClientGone
	}
	switch end {
	case Errored:
		kind := out.fault.errorType()
		x.rec.Status = statusOf(kind)
		x.publish()
		sendError(x.w, x.rec.Status, errorBody(kind, out.fault.Message, nil, x.rec.RequestID))
	case Complete:
		x.w.Header().Set("Content-Type", "application/json")
		_, _ = x.w.Write(out.message) // a client that left needs no answer
	default:
		return Aborted
	}
	return end
}
