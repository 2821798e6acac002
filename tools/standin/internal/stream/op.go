// Package stream sends a prepared reply to a client: pieces, pauses, floods, and
// every way in which a stream can end badly.
package stream

import (
	"fmt"
	"strconv"
	"time"
)

// Op is one thing to do on the wire: wait, then write data count times.
type Op struct {
	Wait  time.Duration
	Data  []byte
	Count int
	End   string // how the stream ends here, "" when it goes on
}

// Write is the op that writes data once.
func Write(data []byte) Op { return Op{Data: data, Count: 1} }

// How a stream can end, as a record's outcome tells it.
const (
	Complete   = "complete"    // the vendor's last event was sent
	Errored    = "error"       // an error event, or an HTTP error
	EndedEarly = "ended_early" // the connection was closed in order, before the last event
	Aborted    = "aborted"     // the connection was broken
	ClientGone = "client_gone" // the client went away first
	Pending    = "pending"     // not ended yet
	Hanging    = "hang"        // nothing more comes until the client leaves
)

// When bytes leave, in bytes; any other number cuts through events and characters.
const (
	FlushFrame = 0 // after every event
	FlushBatch = 32 << 10
)

// ParseFlush gives the number of bytes after which to flush, 0 for every event.
func ParseFlush(s string) (int, error) {
	switch s {
	case "", "frame":
		return FlushFrame, nil
	case "batch":
		return FlushBatch, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("flush %q: want frame, batch or a number of bytes", s)
	}
	return n, nil
}
