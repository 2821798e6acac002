package github

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// What the stand-in says of its only user. The token is what a login gets, and what
// every later request must bear.
const (
	Login    = "octocat"
	UserCode = "WXYZ-1234"
	Token    = "gho_standin0123456789abcdefghijklmnopqrst"
)

// Options say how the stand-in behaves.
type Options struct {
	// Pending is how many polls are told to wait before the code counts as
	// entered; below 0 it never is.
	Pending int
	// Model is the only model there is.
	Model string
	// Answer is what it answers.
	Answer string
}

// Server is the stand-in, an http.Handler. It is safe for concurrent use.
type Server struct {
	options Options
	mux     *http.ServeMux

	mu    sync.Mutex
	polls int
	seen  []string
}

// New returns a stand-in that has seen nothing.
func New(options Options) *Server {
	s := &Server{options: options, mux: http.NewServeMux()}
	s.mux.HandleFunc("POST /login/device/code", s.device)
	s.mux.HandleFunc("POST /login/oauth/access_token", s.token)
	s.mux.HandleFunc("GET /copilot_internal/user", s.known(s.user))
	s.mux.HandleFunc("GET /api/v3/user", s.known(s.user))
	s.mux.HandleFunc("GET /user", s.known(s.user))
	s.mux.HandleFunc("GET /models", s.known(s.models))
	s.mux.HandleFunc("POST /chat/completions", s.known(s.chat))
	return s
}

// ServeHTTP serves one request and notes it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.seen = append(s.seen, r.Method+" "+r.URL.Path)
	s.mu.Unlock()
	s.mux.ServeHTTP(w, r)
}

// Seen are the requests so far: method and path.
func (s *Server) Seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.seen...)
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func base(r *http.Request) string { return "http://" + r.Host }

func (s *Server) device(w http.ResponseWriter, r *http.Request) {
	reply(w, map[string]any{
		"device_code": "device-0123456789", "user_code": UserCode, "verification_uri": base(r) + "/login/device",
		"expires_in": 900, "interval": 1,
	})
}

func (s *Server) token(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	s.polls++
	waits := s.options.Pending < 0 || s.polls <= s.options.Pending
	s.mu.Unlock()
	if waits {
		reply(w, map[string]any{"error": "authorization_pending"})
		return
	}
	reply(w, map[string]any{"access_token": Token, "token_type": "bearer", "scope": "read:user"})
}

// known refuses whoever does not bear the token.
func (s *Server) known(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.Header.Get("Authorization"), " "+Token) {
			w.WriteHeader(http.StatusUnauthorized)
			reply(w, map[string]any{"message": "Bad credentials"})
			return
		}
		next(w, r)
	}
}

func (s *Server) user(w http.ResponseWriter, r *http.Request) {
	reply(w, map[string]any{
		"login": Login, "id": 1, "access_type_sku": "free_limited_copilot", "copilot_plan": "individual", "chat_enabled": true,
		"endpoints": map[string]string{"api": base(r), "proxy": base(r), "telemetry": base(r)},
	})
}

func (s *Server) models(w http.ResponseWriter, _ *http.Request) {
	reply(w, map[string]any{"data": []any{map[string]any{
		"id": s.options.Model, "name": s.options.Model, "object": "model", "vendor": "standin", "version": "1",
		"model_picker_enabled": true, "policy": map[string]any{"state": "enabled"}, "preview": false,
		"supported_endpoints": []string{"/chat/completions"},
		"capabilities": map[string]any{
			"type": "chat", "family": s.options.Model, "object": "model_capabilities", "tokenizer": "o200k_base",
			"limits":   map[string]any{"max_context_window_tokens": 128000, "max_output_tokens": 16384, "max_prompt_tokens": 112000},
			"supports": map[string]any{"streaming": true, "tool_calls": true, "parallel_tool_calls": true},
		},
	}}, "object": "list"})
}

func (s *Server) chat(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	chunk := func(delta map[string]any, finish any) {
		data, err := json.Marshal(map[string]any{
			"id": "chat-1", "object": "chat.completion.chunk", "created": 1, "model": s.options.Model,
			"choices": []any{map[string]any{"index": 0, "delta": delta, "finish_reason": finish}},
		})
		if err == nil {
			_, _ = fmt.Fprintf(w, "data: %s\n\n", data)
		}
	}
	chunk(map[string]any{"role": "assistant", "content": s.options.Answer}, nil)
	chunk(map[string]any{}, "stop")
	_, _ = fmt.Fprint(w, "data: [DONE]\n\n")
}
