package messages

import (
	"fmt"
	"net/http"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/exchange"
	"github.com/jcode-go/jcode/tools/standin/internal/script"
	"github.com/jcode-go/jcode/tools/standin/internal/stream"
	"github.com/jcode-go/jcode/tools/standin/internal/strict"
)

// answer picks a step for an accepted request and performs it.
func (s *Server) answer(x *exchange.Exchange, req *strict.Request) {
	talk := read(req)
	step, values, ok := s.pick(talk, endsPaused(req))
	if !ok {
		x.Rec.Message = "no scenario step matches"
		fail(x, http.StatusBadRequest, fmt.Sprintf("no scenario step matches: turn %d, %d tool results, task %.80q", talk.Turn, len(talk.Results), talk.Task))
		return
	}
	x.Rec.Step = step.Name
	if !stream.Sleep(x.Context(), time.Duration(step.DelayMS)*time.Millisecond) {
		x.Rec.Outcome = ClientGone
		return
	}
	for k, v := range step.Headers {
		x.W.Header().Del(k)
		if v != "" {
			x.W.Header().Set(k, v)
		}
	}
	if step.HTTP != nil {
		step.HTTP.send(x)
		return
	}
	s.reply(x, req, step, values)
}

// fail is a mistake of the scenario, told as an error that clients show.
func fail(x *exchange.Exchange, status int, message string) {
	x.Rec.Message = message
	sendError(x, status, errorBody("invalid_request_error", message, nil, x.Rec.RequestID))
}

func (s *Server) pick(talk *script.Talk, paused bool) (*Step, script.Values, bool) {
	if s.opts.Scenario == nil {
		return echo(&echoed{Talk: talk, paused: paused}, &s.steps), script.Values{}, true
	}
	return s.opts.Scenario.Pick(talk, &s.steps)
}

func (s *Server) reply(x *exchange.Exchange, req *strict.Request, step *Step, values script.Values) {
	c := composer{
		number: s.replies.Add(1), model: req.Model.ID, input: tokens(req.Bytes),
		flush: s.flush, signer: s.checker.Signer, values: values,
	}
	out, err := c.compose(step.Reply)
	if err != nil {
		fail(x, http.StatusBadRequest, fmt.Sprintf("scenario step %s: %v", step.Name, err))
		return
	}
	if step.Reply.stopReason() == "pause_turn" {
		s.paused.add(out)
	}
	x.Rec.Status = http.StatusOK
	x.Publish()
	if !req.Stream {
		x.Rec.Outcome = whole(x, out)
		return
	}
	h := x.W.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	x.W.WriteHeader(http.StatusOK)
	x.Rec.Outcome = stream.Send(x.Context(), x.W, out.ops, out.flush)
}

// whole sends a reply that is not streamed, with what its stream would have
// suffered: pauses add up, an error event becomes an HTTP error.
func whole(x *exchange.Exchange, out *prepared) string {
	var wait time.Duration
	end := Complete
	for _, o := range out.ops {
		wait += o.Wait * time.Duration(max(o.Count, 1))
		if o.End != "" {
			end = o.End
			break
		}
	}
	if end == stream.Hanging {
		<-x.Context().Done()
		return ClientGone
	}
	if !stream.Sleep(x.Context(), wait) {
		return ClientGone
	}
	switch end {
	case Errored:
		kind := out.fault.errorType()
		sendError(x, statusOf(kind), errorBody(kind, out.fault.Message, nil, x.Rec.RequestID))
	case Complete:
		x.W.Header().Set("Content-Type", "application/json")
		_, _ = x.W.Write(out.message) // a client that left needs no answer
	default:
		return Aborted
	}
	return end
}
