package messages

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
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

func newRecord(n uint64, r *http.Request) *Record {
	rec := &Record{
		Seq: n, Time: time.Now().UTC(), Method: r.Method, Path: r.URL.Path,
		Query: r.URL.RawQuery, Outcome: Pending, Headers: map[string]string{},
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

func (r *Record) setBody(body []byte) {
	r.Body, r.Size = body, len(body)
}

// journal keeps records in memory and writes them to a log.
type journal struct {
	mu      sync.Mutex
	records []Record
	kept    int
	log     io.Writer
}

// put keeps r, in place of an earlier state of the same request. The final
// state also goes to the log.
func (j *journal) put(r Record, final bool) {
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
	if final && j.log != nil {
		_, _ = j.log.Write(append(encode(r.readable()), '\n')) // a full disk must not change an answer
	}
}

func (j *journal) trim() {
	for i := 0; j.kept > keptBytes && i < len(j.records)-1; i++ {
		j.kept -= len(j.records[i].Body)
		j.records[i].Body = nil
	}
}

// readable copies r with a body that can be marshalled whatever was sent.
func (r *Record) readable() Record {
	c := *r
	if len(c.Body) > 0 && !json.Valid(c.Body) {
		c.Body = encode(string(c.Body))
	}
	return c
}

func (j *journal) list(keep func(*Record) bool) []Record {
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

func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.records, j.kept = nil, 0
}
