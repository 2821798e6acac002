package exchange

import (
	"net/http"

	"github.com/jcode-go/jcode/tools/standin/internal/journal"
	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// InspectionPrefix begins the paths that Inspection serves.
const InspectionPrefix = "/_standin/"

// Inspection answers the paths that tests look through.
type Inspection struct {
	Journal *journal.Journal
	Rules   any    // the table of violations, as JSON
	Reset   func() // forgets what the server counted, beside the journal
}

// Requests returns the records of all requests.
func (i Inspection) Requests() []journal.Record {
	return i.Journal.List(func(*journal.Record) bool { return true })
}

// Violated returns the records of the requests that broke a rule.
func (i Inspection) Violated() []journal.Record {
	return i.Journal.List(func(r *journal.Record) bool { return r.Violation != "" })
}

// ServeHTTP answers one such path.
func (i Inspection) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var v any
	switch r.Method + " " + r.URL.Path {
	case "GET /_standin/requests":
		v = i.Requests()
	case "GET /_standin/violations":
		v = i.Violated()
	case "GET /_standin/rules":
		v = i.Rules
	case "POST /_standin/reset":
		i.Reset()
		v = struct{}{}
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(wire.Encode(v)) // a client that left needs no list
}
