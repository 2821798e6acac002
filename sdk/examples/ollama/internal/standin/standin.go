// Package standin is a server of chat completions for tests and for trying things out:
// strict about what it is asked, and answering what the last text asks for. It is Ollama
// when it is told to be, with its own interface beside the common one.
//
//	say WORDS    the words, one after the other
//	think WORDS  the words as reasoning, then "done"
//	tool         a call of the first tool, in pieces
//	whole        the same, at once, without id or index
//	long         five megabytes of text
//	endless      a word, and then nothing
//	fail STATUS MESSAGE
//
// Anything else, a tool's result too, it repeats.
package standin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Server is the stand-in. The zero value has one model and wants no key.
type Server struct {
	// Key is the API key that it wants; empty wants none.
	Key string
	// Ollama makes it answer Ollama's own questions too.
	Ollama bool
	// Models are its models; none is [DefaultModel] alone.
	Models []string
}

// DefaultModel is the model of a server that was given none.
const DefaultModel = "standin:latest"

func (s *Server) models() []string {
	if s.Models == nil {
		return []string{DefaultModel}
	}
	return s.Models
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Key != "" && r.Header.Get("Authorization") != "Bearer "+s.Key {
		refuse(w, http.StatusUnauthorized, "invalid API key")
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "GET /v1/models":
		s.list(w)
	case "POST /v1/chat/completions":
		s.chat(w, r)
	default:
		if !s.Ollama || !s.ollama(w, r) {
			refuse(w, http.StatusNotFound, "404 page not found")
		}
	}
}

// ollama answers what only Ollama knows, and reports whether it did.
func (s *Server) ollama(w http.ResponseWriter, r *http.Request) bool {
	switch r.Method + " " + r.URL.Path {
	case "GET /api/version":
		_, _ = io.WriteString(w, `{"version":"0.13.5"}`)
	case "GET /api/ps":
		_, _ = fmt.Fprintf(w, `{"models":[{"name":%q,"context_length":4096}]}`, s.models()[0])
	case "POST /api/show":
		var asked struct{ Model string }
		_ = json.NewDecoder(r.Body).Decode(&asked) // an empty name has no capabilities
		capabilities := `["completion","tools","vision","thinking"]`
		if strings.Contains(asked.Model, "embed") {
			capabilities = `["embedding"]`
		}
		_, _ = io.WriteString(w, `{"capabilities":`+capabilities+`,"model_info":{"general.architecture":"standin","standin.context_length":40960}}`)
	default:
		return false
	}
	return true
}

func (s *Server) list(w http.ResponseWriter) {
	var entries []string
	for _, model := range s.models() {
		entries = append(entries, fmt.Sprintf(`{"id":%q,"object":"model"}`, model))
	}
	_, _ = io.WriteString(w, `{"object":"list","data":[`+strings.Join(entries, ",")+`]}`)
}

func refuse(w http.ResponseWriter, status int, message string) {
	text, _ := json.Marshal(message) // a text always can
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Request-Id", "req_1")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"error":{"message":%s,"type":"api_error"}}`, text)
}

func (s *Server) chat(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller is gone
	}
	request, faults := Check(body)
	if len(faults) > 0 {
		refuse(w, http.StatusBadRequest, "bad request: "+strings.Join(faults, "; "))
		return
	}
	known := false
	for _, model := range s.models() {
		known = known || model == request.Model
	}
	if !known {
		refuse(w, http.StatusNotFound, fmt.Sprintf("model '%s' not found", request.Model))
		return
	}
	word, rest, _ := strings.Cut(request.last(), " ")
	if word == "fail" {
		number, message, _ := strings.Cut(rest, " ")
		status, _ := strconv.Atoi(number)
		if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "120")
		}
		refuse(w, status, message)
		return
	}
	play(w, r, request, word, rest)
}
