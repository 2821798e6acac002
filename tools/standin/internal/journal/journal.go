// Package journal keeps what a stand-in was asked and what became of it, without
// credentials, for tests to look through and as a log.
package journal

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/stream"
	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// Record is one request as the server saw it, and what became of it.
type Record struct {
	Seq       uint64            `json:"seq"` // from 1
	Time      time.Time         `json:"time"`
	Method    string            `json:"method"`
	Path      string            `json:"path"`
	Query     string            `json:"query,omitempty"`
	Headers   map[string]string `json:"headers"` // lower-case names; credentials blanked
	Body      json.RawMessage   `json:"body,omitempty"`
	Size      int               `json:"size"` // of the body in bytes
	RequestID string            `json:"request_id"`
	Status    int               `json:"status"`
	Violation string            `json:"violation,omitempty"`
	Message   string            `json:"message,omitempty"` // of a violation, or why no step answered
	Step      string            `json:"step,omitempty"`
	Outcome   string            `json:"outcome"`
}

// keptBytes bounds the bodies that are kept for inspection; the oldest go first.
const keptBytes = 64 << 20

var secretHeaders = []string{"Authorization", "X-Api-Key", "Cookie", "Proxy-Authorization"}

// New begins the record of the n-th request.
func New(n uint64, r *http.Request) *Record {
	rec := &Record{
		Seq: n, Time: time.Now().UTC(), Method: r.Method, Path: r.URL.Path,
		Query: r.URL.RawQuery, Outcome: stream.Pending, Headers: map[string]string{},
	}
	for name, values := range r.Header {
		value := values[0]
		if slices.Contains(secretHeaders, name) {
			value = "[redacted]"
		}
		rec.Headers[lower(name)] = value
	}
	return rec
}

func lower(name string) string {
	b := []byte(name)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// SetBody keeps a body as it was received.
func (r *Record) SetBody(body []byte) {
	r.Body, r.Size = body, len(body)
}

// Journal keeps records in memory and writes them to a log.
type Journal struct {
	mu      sync.Mutex
	records []Record
	kept    int
	Log     io.Writer // gets one JSON line per request; nil for none
}

// Put keeps r, in place of an earlier state of the same request. The final
// state also goes to the log.
func (j *Journal) Put(r Record, final bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	i := len(j.records) - 1
	for i >= 0 && j.records[i].Seq != r.Seq {
		i--
	}
	if i >= 0 {
		j.kept -= len(j.records[i].Body)
		j.records[i] = r
	} else {
		j.records = append(j.records, r)
	}
	j.kept += len(r.Body)
	j.trim()
	if final && j.Log != nil {
		_, _ = j.Log.Write(append(wire.Encode(r.readable()), '\n')) // a full disk must not change an answer
	}
}

func (j *Journal) trim() {
	for i := 0; j.kept > keptBytes && i < len(j.records)-1; i++ {
		j.kept -= len(j.records[i].Body)
		j.records[i].Body = nil
	}
}

// readable copies r with a body that can be marshalled whatever was sent.
func (r *Record) readable() Record {
	c := *r
	if len(c.Body) > 0 && !json.Valid(c.Body) {
		c.Body = wire.Encode(string(c.Body))
	}
	return c
}

// List gives the records that keep takes, in the order of their first answer byte.
func (j *Journal) List(keep func(*Record) bool) []Record {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := []Record{}
	for _, r := range j.records {
		if keep(&r) {
			all = append(all, r.readable())
		}
	}
	return all
}

// Reset forgets all records.
func (j *Journal) Reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.records, j.kept = nil, 0
}
