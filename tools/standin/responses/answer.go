package responses

import (
	"fmt"
	"net/http"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/exchange"
	"github.com/jcode-go/jcode/tools/standin/internal/responserules"
	"github.com/jcode-go/jcode/tools/standin/internal/script"
	"github.com/jcode-go/jcode/tools/standin/internal/stream"
)

func (s *Server) serveResponses(face responserules.Face, x *exchange.Exchange, account string) {
	check := s.checker.Check
	if s.opts.Lenient {
		check = responserules.Parse
	}
	req, refusal := check(face, account, x.Body)
	if refusal != nil {
		s.refuse(face, x, refusal)
		return
	}
	s.answer(x, req)
}

// answer picks a step for an accepted request and performs it.
func (s *Server) answer(x *exchange.Exchange, req *responserules.Request) {
	talk := s.read(req)
	step, values, ok := s.pick(talk)
	if !ok {
		fail(x, fmt.Sprintf("no scenario step matches: turn %d, %d tool outputs, task %.80q", talk.Turn, len(talk.Results), talk.Task))
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
func fail(x *exchange.Exchange, message string) {
	x.Rec.Message = message
	x.Fail(http.StatusBadRequest, "application/json", errorBody(responserules.ErrorObject, http.StatusBadRequest, errorFields{
		kind: "invalid_request_error", message: message,
	}))
}

func (s *Server) pick(talk *script.Talk) (*Step, script.Values, bool) {
	if s.opts.Scenario == nil {
		return echo(talk, &s.steps), script.Values{}, true
	}
	return s.opts.Scenario.Pick(talk, &s.steps)
}

func (s *Server) reply(x *exchange.Exchange, req *responserules.Request, step *Step, values script.Values) {
	c := composer{
		number: s.replies.Add(1), created: time.Now().Unix(), face: req.Face, account: req.Account,
		model: req.Model.ID, encrypted: req.Encrypted, input: tokens(req.Bytes), flush: s.flush,
		sealer: s.checker.Sealer, values: values,
		request: requestEcho{effort: req.Effort, parallel: req.Parallel, store: req.Store, cacheKey: req.CacheKey()},
	}
	out, err := c.compose(step.Reply)
	if err != nil {
		fail(x, fmt.Sprintf("scenario step %s: %v", step.Name, err))
		return
	}
	x.W.Header().Set("Openai-Model", req.Model.ID)
	if !req.Stream {
		whole(x, out)
		return
	}
	x.Rec.Status = http.StatusOK
	x.Publish()
	h := x.W.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	x.W.WriteHeader(http.StatusOK)
	x.Rec.Outcome = stream.Send(x.Context(), x.W, out.ops, out.flush)
}

// whole sends a reply that is not streamed, with what its stream would have
// suffered: pauses add up, an error event becomes an HTTP error.
func whole(x *exchange.Exchange, out *prepared) {
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
		x.Rec.Outcome = ClientGone
		return
	}
	if !stream.Sleep(x.Context(), wait) {
		x.Rec.Outcome = ClientGone
		return
	}
	switch {
	case out.fault != nil:
		x.Fail(http.StatusInternalServerError, "application/json", errorBody(responserules.ErrorObject, http.StatusInternalServerError, errorFields{
			kind: "server_error", code: out.fault.Code, message: out.fault.message(), param: out.fault.Param,
		}))
	case end == Complete || end == Errored:
		x.JSON(out.response)
		x.Rec.Outcome = end
	default:
		x.Rec.Outcome = Aborted
	}
}
