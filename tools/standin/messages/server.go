package messages

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/strict"
)

// Options configure a Server; the zero value echoes and accepts any credential.
type Options struct {
	APIKey   string    // the one key or bearer token accepted; "" accepts any that is not empty
	Scenario *Scenario // nil echoes
	Models   []Model   // nil for DefaultModels
	SignKey  []byte    // signs thinking and tool ids; servers with equal keys accept each other's
	Flush    string    // default of Reply.Flush
	Lenient  bool      // check only that requests are JSON
	Log      io.Writer // gets one JSON line per request; nil for none
	// FirstMessage numbers the first reply, for output that must be the same
	// each time. 0 picks a random number, so that ids stay unique when a
	// conversation outlives a server.
	FirstMessage uint64
}

// Server is the stand-in. It is an http.Handler and safe for concurrent use.
type Server struct {
	opts    Options
	checker strict.Checker
	models  []Model
	flush   int
	started time.Time

	requests atomic.Uint64
	replies  atomic.Uint64
	journal  journal
	steps    stepCounts
	paused   pausedTurns
	routes   map[string]route
}

type route struct {
	method string
	serve  func(*exchange)
}

// exchange is one request being answered.
type exchange struct {
	w    http.ResponseWriter
	r    *http.Request
	body []byte
	rec  *Record
	jrnl *journal
}

// publish makes the record visible before the answer is, so that a client that
// has read its answer finds it.
func (x *exchange) publish() { x.jrnl.put(*x.rec, false) }

// New prepares a server. It fails only on a broken scenario or flush option.
func New(opts Options) (*Server, error) {
	flush, err := parseFlush(opts.Flush)
	if err != nil {
		return nil, err
	}
	if opts.Scenario != nil {
		if err := opts.Scenario.prepare(); err != nil {
			return nil, fmt.Errorf("scenario: %w", err)
		}
	}
	s := &Server{opts: opts, models: opts.Models, flush: flush, started: time.Now()}
	if s.models == nil {
		s.models = DefaultModels()
	}
	if opts.FirstMessage == 0 {
		opts.FirstMessage = random()
	}
	s.replies.Store(opts.FirstMessage)
	s.journal.log = opts.Log
	s.checker = strict.Checker{
		APIKey: opts.APIKey, Models: s.model, Paused: s.paused.continues,
		Signer: strict.Signer{Key: opts.SignKey},
	}
	s.routes = map[string]route{
		"/v1/messages":              {http.MethodPost, s.serveMessages},
		"/v1/messages/count_tokens": {http.MethodPost, s.serveCount},
		"/v1/models":                {http.MethodGet, s.serveModels},
	}
	return s, nil
}

func random() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return binary.BigEndian.Uint64(b[:]) >> 1
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_standin/") {
		s.serveInspection(w, r)
		return
	}
	n := s.requests.Add(1)
	x := &exchange{w: w, r: r, rec: newRecord(n, r), jrnl: &s.journal}
	s.commonHeaders(x)
	defer func() { s.journal.put(*x.rec, true) }()
	s.serve(x)
	if x.rec.Outcome == Aborted {
		panic(http.ErrAbortHandler) // the one way to break a connection in net/http
	}
}

func (s *Server) serve(x *exchange) {
	path, isModel := strings.CutPrefix(x.r.URL.Path, "/v1/models/")
	route, ok := s.routes[x.r.URL.Path]
	if isModel && path != "" {
		route, ok = routeFor(s.serveModel), true
	}
	if !ok {
		s.refuse(x, strict.UnknownPath(x.r.URL.Path))
		return
	}
	if x.r.Method != route.method {
		s.refuse(x, strict.WrongMethod())
		return
	}
	if refusal := s.checker.CheckHeaders(x.r); refusal != nil && !s.opts.Lenient {
		s.refuse(x, refusal)
		return
	}
	if refusal := x.readBody(); refusal != nil {
		s.refuse(x, refusal)
		return
	}
	route.serve(x)
}

func routeFor(serve func(*exchange)) route { return route{http.MethodGet, serve} }

func (x *exchange) readBody() *strict.Refusal {
	if x.r.ContentLength > strict.MaxBody {
		x.drain()
		return strict.TooLarge()
	}
	body, err := readAll(x.r.Body, x.r.ContentLength)
	if len(body) > strict.MaxBody {
		x.drain()
		return strict.TooLarge()
	}
	x.body = body
	x.rec.setBody(body)
	if err != nil { // the client broke off: what arrived is no JSON
		x.rec.Outcome = ClientGone
	}
	return nil
}

// drain takes the rest of a body that is too large, so that the client is still
// there to read why.
func (x *exchange) drain() {
	_, _ = io.Copy(io.Discard, io.LimitReader(x.r.Body, 4*strict.MaxBody)) // the answer is the same either way
}

// readAll reads at most one byte more than is allowed.
func readAll(r io.Reader, size int64) ([]byte, error) {
	if size <= 0 {
		return io.ReadAll(io.LimitReader(r, strict.MaxBody+1))
	}
	b := make([]byte, size)
	n, err := io.ReadFull(r, b)
	return b[:n], err
}

func (s *Server) refuse(x *exchange, refusal *strict.Refusal) {
	x.rec.Status, x.rec.Outcome = refusal.Rule.Status, Errored
	x.rec.Violation, x.rec.Message = refusal.Rule.Name, refusal.Message
	x.w.Header().Set("Standin-Violation", refusal.Rule.Name)
	x.publish()
	body := errorBody(refusal.Rule.Type, refusal.Message, refusal.Details, x.rec.RequestID)
	sendError(x.w, refusal.Rule.Status, body)
}

func requestID(n uint64, started time.Time) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(started.UnixNano())+n)
	return "req_011" + hex.EncodeToString(b[:])
}

func (s *Server) serveMessages(x *exchange) {
	req, refusal := s.read(x, false)
	if refusal != nil {
		s.refuse(x, refusal)
		return
	}
	s.answer(x, req)
}

func (s *Server) read(x *exchange, counting bool) (*strict.Request, *strict.Refusal) {
	if s.opts.Lenient {
		return strict.Parse(x.body)
	}
	return s.checker.Check(x.body, counting)
}

func (s *Server) serveCount(x *exchange) {
	if _, refusal := s.read(x, true); refusal != nil {
		s.refuse(x, refusal)
		return
	}
	x.json(map[string]int{"input_tokens": tokens(len(x.body))})
}

// tokens estimates, as everybody does, four bytes to the token.
func tokens(bytes int) int { return bytes/4 + 1 }

func (x *exchange) json(v any) {
	x.rec.Status, x.rec.Outcome = http.StatusOK, Complete
	x.w.Header().Set("Content-Type", "application/json")
	x.publish()
	_, _ = x.w.Write(encode(v)) // a client that left needs no answer
}

func (x *exchange) context() context.Context { return x.r.Context() }
