package responses

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
	"github.com/jcode-go/jcode/tools/standin/internal/responserules"
	"github.com/jcode-go/jcode/tools/standin/internal/script"
	"github.com/jcode-go/jcode/tools/standin/internal/stream"
)

// DefaultChatGPTBase is where the ChatGPT face is, as at the vendor.
const DefaultChatGPTBase = "/backend-api/codex"

// Account is who the token of a login belongs to.
type Account = responserules.Account

// Options configure a Server; the zero value echoes and accepts any credential.
type Options struct {
	APIKey string // the one key that the platform accepts; "" accepts any that is not empty
	// Account tells whose a login's token is; nil accepts any that is not empty, as
	// the account that the header names. The platform refuses such tokens.
	Account     func(token string) Account
	ChatGPTBase string    // "" for DefaultChatGPTBase
	Scenario    *Scenario // nil echoes
	Models      []Model   // nil for DefaultModels
	SealKey     []byte    // seals reasoning and ids; servers with equal keys accept each other's
	Flush       string    // default of Reply.Flush
	Lenient     bool      // check only that requests are JSON
	Log         io.Writer // gets one JSON line per request; nil for none
	// FirstResponse numbers the first reply, for output that must be the same each
	// time. 0 picks a random number, so that ids stay unique when a conversation
	// outlives a server.
	FirstResponse uint64
}

// Server is the stand-in. It is an http.Handler and safe for concurrent use.
type Server struct {
	opts    Options
	checker responserules.Checker
	models  []Model
	flush   int
	started time.Time

	requests atomic.Uint64
	replies  atomic.Uint64
	journal  journal.Journal
	steps    script.Counts
	routes   map[string]route
}

// route is one path: whose it is, the method it takes, and who serves it.
type route struct {
	face   responserules.Face
	method string
	serve  func(*exchange.Exchange, string) // with the account
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
	if opts.FirstResponse == 0 {
		opts.FirstResponse = random()
	}
	s.replies.Store(opts.FirstResponse)
	s.journal.Log = opts.Log
	s.checker = responserules.Checker{
		APIKey: opts.APIKey, Account: opts.Account, Models: s.model, Sealer: responserules.Sealer{Key: opts.SealKey},
	}
	base := strings.TrimSuffix(opts.ChatGPTBase, "/")
	if base == "" {
		base = DefaultChatGPTBase
	}
	s.routes = s.paths(base)
	return s, nil
}

func (s *Server) paths(base string) map[string]route {
	const platform, chatGPT = responserules.Platform, responserules.ChatGPT
	answer := func(face responserules.Face) func(*exchange.Exchange, string) {
		return func(x *exchange.Exchange, account string) { s.serveResponses(face, x, account) }
	}
	backend := base[:max(0, strings.LastIndexByte(base, '/'))]
	return map[string]route{
		"/v1/responses":                  {platform, http.MethodPost, answer(platform)},
		"/v1/models":                     {platform, http.MethodGet, func(x *exchange.Exchange, _ string) { s.serveModels(x) }},
		base + "/responses":              {chatGPT, http.MethodPost, answer(chatGPT)},
		base + "/models":                 {chatGPT, http.MethodGet, func(x *exchange.Exchange, _ string) { s.serveCatalog(x) }},
		backend + "/wham/usage":          {chatGPT, http.MethodGet, serveUsage},
		backend + "/wham/accounts/check": {chatGPT, http.MethodGet, serveAccounts},
	}
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
	s.serve(x)
	x.Close()
}

func (s *Server) serve(x *exchange.Exchange) {
	path := x.R.URL.Path
	route, ok := s.routes[path]
	if id, isModel := strings.CutPrefix(path, "/v1/models/"); isModel && id != "" {
		route, ok = s.routes["/v1/models"], true
		route.serve = func(x *exchange.Exchange, _ string) { s.serveModel(x, id) }
	}
	s.commonHeaders(route.face, x)
	switch {
	case !ok:
		s.refuse(route.face, x, responserules.UnknownPath(path))
		return
	case upgrades(x.R): // the vendor's own client falls back to a POST
		x.Fail(http.StatusUpgradeRequired, "text/plain", []byte("Upgrade Required"))
		return
	case x.R.Method != route.method:
		s.refuse(route.face, x, responserules.WrongMethod())
		return
	}
	account, refusal := s.checker.CheckHeaders(route.face, x.R)
	if refusal != nil && !s.passes(refusal) {
		s.refuse(route.face, x, refusal)
		return
	}
	if !x.ReadBody(responserules.MaxBody) {
		s.refuse(route.face, x, responserules.TooLarge())
		return
	}
	route.serve(x, account)
}

// passes: a lenient server looks at credentials alone.
func (s *Server) passes(refusal *responserules.Refusal) bool {
	return s.opts.Lenient && !strings.HasPrefix(refusal.Rule.Name, "auth_") && refusal.Rule.Name != "account_id_mismatch"
}

func upgrades(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

func (s *Server) refuse(face responserules.Face, x *exchange.Exchange, refusal *responserules.Refusal) {
	x.Rec.Violation, x.Rec.Message = refusal.Rule.Name, refusal.Message
	x.W.Header().Set("Standin-Violation", refusal.Rule.Name)
	shape := responserules.ErrorObject
	if face == responserules.ChatGPT {
		shape = refusal.Rule.Shape
		if refusal.Rule.Status == http.StatusUnauthorized {
			shape = responserules.ErrorStatus
		}
	}
	x.Fail(refusal.Rule.Status, "application/json", errorBody(shape, refusal.Rule.Status, errorFields{
		refusal.Rule.Type, refusal.Rule.Code, refusal.Message, refusal.Param, nil,
	}))
}

func requestID(n uint64, started time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(started.UnixNano())+n)
	binary.BigEndian.PutUint64(b[8:], n)
	return "req_" + hex.EncodeToString(b[:])
}

// serveAccounts tells which workspaces the login may use; the vendor's own client
// asks before it starts.
func serveAccounts(x *exchange.Exchange, account string) {
	x.JSON(map[string]any{"accounts": []any{map[string]any{
		"id": account, "account_user_id": "user-standin", "structure": "personal", "plan_type": "plus",
		"workspace_backend_origin": "NO_CONSTRAINT", "account_routing_override": "NO_CONSTRAINT",
	}}})
}

func serveUsage(x *exchange.Exchange, _ string) {
	window := func(percent, seconds int) map[string]any {
		return map[string]any{
			"used_percent": percent, "limit_window_seconds": seconds, "reset_after_seconds": seconds,
			"reset_at": time.Now().Unix() + int64(seconds),
		}
	}
	x.JSON(map[string]any{
		"plan_type": "plus",
		"rate_limit": map[string]any{
			"allowed": true, "limit_reached": false,
			"primary_window": window(25, windowSeconds), "secondary_window": window(10, 7*86_400),
		},
		"credits": map[string]any{"has_credits": false, "unlimited": false, "balance": nil},
	})
}
