package shellout

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

const (
	maxLogLine = 4 << 10  // of what OnStderr is given
	maxRawLine = 64 << 10 // of what is looked at for secrets before that
	// cutSecret is what is dropped of a tail that begins within a line: the
	// rest of a secret, whose beginning is lost, would not be recognised.
	cutSecret = 8 << 10
	// linesInBurst of each burst are handed out. Looking for secrets in a flood
	// would cost more than the program itself.
	linesInBurst = 200
	burst        = time.Second
)

// tail keeps the end of standard error and hands out its lines. Its writer is one
// goroutine, its reader may be another.
type tail struct {
	limit   int
	secrets []sdk.Secret
	onLine  func(string)
	line    []byte // of onLine, unfinished
	begun   time.Time
	inBurst int // lines since begun
	leftOut int

	mu   sync.Mutex
	kept []byte // at most twice the limit
	cut  bool   // something was dropped before kept
}

func newTail(c Command) *tail {
	return &tail{limit: c.StderrLimit, secrets: c.Redact, onLine: c.OnStderr}
}

// Write never fails: what cannot be kept is dropped.
func (t *tail) Write(b []byte) (int, error) {
	t.keep(b)
	if t.onLine != nil {
		t.split(b)
	}
	return len(b), nil
}

func (t *tail) keep(b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b...)
	if drop := len(t.kept) - t.limit; drop > t.limit {
		t.kept = append(t.kept[:0], t.kept[drop:]...)
		t.cut = true
	}
}

// String is what was kept, for people: without control bytes, secrets and the
// space around it.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept, cut := t.kept, t.cut
	if drop := len(kept) - t.limit; drop > 0 {
		kept, cut = kept[drop:], true
	}
	if cut {
		kept = fromLine(kept)
	}
	return strings.TrimSpace(t.clean(kept))
}

// fromLine drops the line that b begins within, or what of it may be a secret.
func fromLine(b []byte) []byte {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[i+1:]
	}
	return b[min(cutSecret, len(b)):]
}

func (t *tail) clean(b []byte) string {
	return Redact(PlainText(string(b)), t.secrets...)
}

// split hands out the lines that b completes. A carriage return ends one too:
// progress is drawn with it.
func (t *tail) split(b []byte) {
	for {
		i := bytes.IndexAny(b, "\r\n")
		if i < 0 {
			t.append(b)
			return
		}
		t.append(b[:i])
		t.flush()
		b = b[i+1:]
	}
}

func (t *tail) append(b []byte) {
	t.line = append(t.line, b[:min(len(b), max(maxRawLine-len(t.line), 0))]...)
}

// flush hands out the line so far, unless there have been too many.
func (t *tail) flush() {
	if t.onLine == nil || len(bytes.TrimSpace(t.line)) == 0 {
		t.line = t.line[:0]
		return
	}
	if now := time.Now(); now.Sub(t.begun) >= burst {
		t.tellLeftOut()
		t.begun, t.inBurst = now, 0
	}
	if t.inBurst++; t.inBurst > linesInBurst {
		t.leftOut++
	} else if text := t.cleanLine(); text != "" {
		t.onLine(text)
	}
	t.line = t.line[:0]
}

func (t *tail) cleanLine() string {
	text := strings.TrimSpace(t.clean(t.line))
	if len(text) > maxLogLine {
		text = strings.ToValidUTF8(text[:maxLogLine], "") + "…"
	}
	return text
}

// finish hands out what is left at the end of standard error.
func (t *tail) finish() {
	t.flush()
	t.tellLeftOut()
}

func (t *tail) tellLeftOut() {
	if t.leftOut > 0 {
		t.onLine(fmt.Sprintf("(%d lines left out)", t.leftOut))
		t.leftOut = 0
	}
}
