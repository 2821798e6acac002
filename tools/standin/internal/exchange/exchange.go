// Package exchange is one request being answered by a stand-in: its body, its
// record, and the paths under which tests look at the records.
package exchange

import (
	"context"
	"io"
	"net/http"

	"github.com/jcode-go/jcode/tools/standin/internal/journal"
	"github.com/jcode-go/jcode/tools/standin/internal/stream"
	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// Exchange is one request being answered. It belongs to the goroutine that does.
type Exchange struct {
	W    http.ResponseWriter
	R    *http.Request
	Body []byte // once ReadBody was called
	Rec  *journal.Record

	journal *journal.Journal
}

// New begins the n-th exchange of a server.
func New(n uint64, w http.ResponseWriter, r *http.Request, j *journal.Journal) *Exchange {
	return &Exchange{W: w, R: r, Rec: journal.New(n, r), journal: j}
}

// Context ends when the client leaves.
func (x *Exchange) Context() context.Context { return x.R.Context() }

// Publish makes the record visible before the answer is, so that a client that
// has read its answer finds it.
func (x *Exchange) Publish() { x.journal.Put(*x.Rec, false) }

// Close keeps the record as it is at the end, and breaks the connection if that
// is how the answer ended.
func (x *Exchange) Close() {
	x.journal.Put(*x.Rec, true)
	if x.Rec.Outcome == stream.Aborted {
		panic(http.ErrAbortHandler) // the one way to break a connection in net/http
	}
}

// ReadBody reads at most limit bytes. False means that there are more, and that
// enough of them were read for the client to be there when it is told.
func (x *Exchange) ReadBody(limit int) bool {
	if x.R.ContentLength > int64(limit) {
		x.drain(limit)
		return false
	}
	body, err := readAll(x.R.Body, x.R.ContentLength, limit)
	if len(body) > limit {
		x.drain(limit)
		return false
	}
	x.Body = body
	x.Rec.SetBody(body)
	if err != nil { // the client broke off: what arrived is no JSON
		x.Rec.Outcome = stream.ClientGone
	}
	return true
}

func (x *Exchange) drain(limit int) {
	_, _ = io.Copy(io.Discard, io.LimitReader(x.R.Body, 4*int64(limit))) // the answer is the same either way
}

// readAll reads at most one byte more than is allowed.
func readAll(r io.Reader, size int64, limit int) ([]byte, error) {
	if size <= 0 {
		return io.ReadAll(io.LimitReader(r, int64(limit)+1))
	}
	b := make([]byte, size)
	n, err := io.ReadFull(r, b)
	return b[:n], err
}

// JSON answers well with v.
func (x *Exchange) JSON(v any) {
	x.Rec.Outcome = stream.Complete
	x.Send(http.StatusOK, "application/json", wire.Encode(v))
}

// Fail answers with an error that has a body of any kind.
func (x *Exchange) Fail(status int, mediaType string, body []byte) {
	x.Rec.Outcome = stream.Errored
	x.Send(status, mediaType, body)
}

// Send answers with a whole body, after publishing the record.
func (x *Exchange) Send(status int, mediaType string, body []byte) {
	x.Rec.Status = status
	x.Publish()
	x.W.Header().Set("Content-Type", mediaType)
	x.W.WriteHeader(status)
	_, _ = x.W.Write(body) // a client that left needs no answer
}
