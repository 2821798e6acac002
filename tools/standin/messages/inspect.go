package messages

import (
	"net/http"

	"github.com/jcode-go/jcode/tools/standin/internal/strict"
)

// Violation is one row of the table of violations.
type Violation struct {
	Name   string `json:"name"`   // also the value of the Standin-Violation header
	Status int    `json:"status"` // HTTP status of the answer
	Type   string `json:"type"`   // error.type of the answer
}

// Violations returns everything the server can complain of.
func Violations() []Violation {
	var all []Violation
	for _, r := range strict.Rules() {
		all = append(all, Violation{r.Name, r.Status, r.Type})
	}
	return all
}

// Requests returns the records of all requests, in the order of their first
// answer byte. Bodies are dropped, oldest first, beyond 64 MiB.
func (s *Server) Requests() []Record {
	return s.journal.list(func(*Record) bool { return true })
}

// Violated returns the records of the requests that broke a rule.
func (s *Server) Violated() []Record {
	return s.journal.list(func(r *Record) bool { return r.Violation != "" })
}

// Reset forgets all records and the counts of Step.Times.
func (s *Server) Reset() {
	s.journal.reset()
	s.steps.reset()
}

// serveInspection answers the paths that tests look through.
func (s *Server) serveInspection(w http.ResponseWriter, r *http.Request) {
	var v any
	switch r.Method + " " + r.URL.Path {
	case "GET /_standin/requests":
		v = s.Requests()
	case "GET /_standin/violations":
		v = s.Violated()
	case "GET /_standin/rules":
		v = Violations()
	case "POST /_standin/reset":
		s.Reset()
		v = struct{}{}
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(encode(v)) // a client that left needs no list
}
