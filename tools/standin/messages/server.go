package messages

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/exchange"
	"github.com/jcode-go/jcode/tools/standin/internal/journal"
	"github.com/jcode-go/jcode/tools/standin/internal/script"
	"github.com/jcode-go/jcode/tools/standin/internal/stream"
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
	journal  journal.Journal
	steps    script.Counts
	paused   pausedTurns
	routes   map[string]route
}

type route struct {
	method string
	serve  func(*exchange.Exchange)
}

// New prepares a server. It fails only on a broken scenario or flush option.
func New(opts Options) (*Server, error) {
	flush, err := stream.ParseFlush(opts.Flush)
	if err != nil {
		return nil, err
	}
	if opts.Scenario != nil {
		if err := opts.Scenario.Prepare(checks); err != nil {
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
	s.journal.Log = opts.Log
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
	if strings.HasPrefix(r.URL.Path, exchange.InspectionPrefix) {
		s.inspection().ServeHTTP(w, r)
		return
	}
	x := exchange.New(s.requests.Add(1), w, r, &s.journal)
	s.commonHeaders(x)
	s.serve(x)
	x.Close()
}

func (s *Server) serve(x *exchange.Exchange) {
	path, isModel := strings.CutPrefix(x.R.URL.Path, "/v1/models/")
	route, ok := s.routes[x.R.URL.Path]
	if isModel && path != "" {
		route, ok = routeFor(s.serveModel), true
	}
	if !ok {
		s.refuse(x, strict.UnknownPath(x.R.URL.Path))
		return
	}
	if x.R.Method != route.method {
		s.refuse(x, strict.WrongMethod())
		return
	}
	if refusal := s.checker.CheckHeaders(x.R); refusal != nil && !s.opts.Lenient {
		s.refuse(x, refusal)
		return
	}
	if !x.ReadBody(strict.MaxBody) {
		s.refuse(x, strict.TooLarge())
		return
	}
	route.serve(x)
}

func routeFor(serve func(*exchange.Exchange)) route { return route{http.MethodGet, serve} }

func (s *Server) refuse(x *exchange.Exchange, refusal *strict.Refusal) {
	x.Rec.Violation, x.Rec.Message = refusal.Rule.Name, refusal.Message
	x.W.Header().Set("Standin-Violation", refusal.Rule.Name)
	body := errorBody(refusal.Rule.Type, refusal.Message, refusal.Details, x.Rec.RequestID)
	sendError(x, refusal.Rule.Status, body)
}

func requestID(n uint64, started time.Time) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(started.UnixNano())+n)
	return "req_011" + hex.EncodeToString(b[:])
}

func (s *Server) serveMessages(x *exchange.Exchange) {
	req, refusal := s.read(x, false)
	if refusal != nil {
		s.refuse(x, refusal)
		return
	}
	s.answer(x, req)
}

func (s *Server) read(x *exchange.Exchange, counting bool) (*strict.Request, *strict.Refusal) {
	if s.opts.Lenient {
		return strict.Parse(x.Body)
	}
	return s.checker.Check(x.Body, counting)
}

func (s *Server) serveCount(x *exchange.Exchange) {
	if _, refusal := s.read(x, true); refusal != nil {
		s.refuse(x, refusal)
		return
	}
	x.JSON(map[string]int{"input_tokens": tokens(len(x.Body))})
}

// tokens estimates, as everybody does, four bytes to the token.
func tokens(bytes int) int { return bytes/4 + 1 }
