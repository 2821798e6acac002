package messages

import (
	"github.com/jcode-go/jcode/tools/standin/internal/exchange"
	"github.com/jcode-go/jcode/tools/standin/internal/journal"
	"github.com/jcode-go/jcode/tools/standin/internal/strict"
)

// Record is one request as the server saw it, and what became of it.
type Record = journal.Record

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
func (s *Server) Requests() []Record { return s.inspection().Requests() }

// Violated returns the records of the requests that broke a rule.
func (s *Server) Violated() []Record { return s.inspection().Violated() }

// Reset forgets all records and the counts of Step.Times.
func (s *Server) Reset() {
	s.journal.Reset()
	s.steps.Reset()
}

func (s *Server) inspection() exchange.Inspection {
	return exchange.Inspection{Journal: &s.journal, Rules: Violations(), Reset: s.Reset}
}
