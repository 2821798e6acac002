package launch

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/jcode-go/jcode/host/internal/redact"
)

const (
	maxLogLine    = 64 << 10
	linesPerBurst = 200 // lines that are logged in each burstWindow
	burstWindow   = time.Second
)

// stderrPump reads a plugin's standard error to its end, whatever comes. Every
// line goes into the ring, stripped and redacted; so many a second go to the sink.
type stderrPump struct {
	source *os.File
	redact redact.Redactor
	ring   ring
	sink   func(Record)
	done   chan struct{}

	mu          sync.Mutex // guards what follows: lines also come over gRPC
	windowStart time.Time
	inWindow    int
	dropped     int
	inPanic     bool
}

func newStderrPump(source *os.File, hide redact.Redactor, sink func(Record)) *stderrPump {
	return &stderrPump{source: source, redact: hide, sink: sink, done: make(chan struct{})}
}

// run reads until end of file. It owns source.
func (p *stderrPump) run() {
	defer close(p.done)
	defer func() { _ = p.source.Close() }()
	defer p.finish()
	reader := bufio.NewReaderSize(p.source, 4096)
	for {
		line, err := readBounded(reader, maxLogLine)
		if len(line) > 0 {
			p.line(line, time.Now())
		}
		if err != nil {
			return
		}
	}
}

// readBounded reads one line without its end. What exceeds limit is read and
// dropped, so that one endless line costs no memory.
func readBounded(reader *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	total := 0
	for {
		chunk, err := reader.ReadSlice('\n')
		total += len(chunk)
		if room := limit - len(line); room > 0 {
			line = append(line, chunk[:min(room, len(chunk))]...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if total > limit {
			line = fmt.Appendf(line, " …(line of %d bytes cut)", total)
		}
		return line, err
	}
}

func (p *stderrPump) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reportDropped(time.Now())
}

// line handles one line of standard error.
func (p *stderrPump) line(raw []byte, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.windowStart) >= burstWindow {
		p.reportDropped(now)
		p.windowStart, p.inWindow = now, 0
	}
	p.inWindow++
	if p.inWindow > linesPerBurst {
		// Not even parsed: a flood must not cost the host its processor. The
		// end of the flood still reaches the ring, when it is short of this.
		p.dropped++
		p.ring.add(p.redactCheaply(raw))
		return
	}
	record := parseLogLine(raw, now)
	if panicking := beginsPanic(record.Message); panicking || p.inPanic {
		p.inPanic = p.inPanic || panicking
		record.Level = LevelError
	}
	record = p.clean(record)
	p.ring.add(record.line())
	p.sink(record)
}

// redactCheaply is for lines of a flood: only known secrets are replaced.
func (p *stderrPump) redactCheaply(raw []byte) string {
	return p.redact.Known(printable(string(raw)))
}

func (p *stderrPump) reportDropped(now time.Time) {
	if p.dropped == 0 {
		return
	}
	p.sink(Record{Time: now, Level: LevelWarn, Message: fmt.Sprintf("%d more lines were dropped: more than %d a second", p.dropped, linesPerBurst)})
	p.dropped = 0
}

func (p *stderrPump) clean(r Record) Record {
	r.Message = p.redact.Text(printable(r.Message))
	r.Module = p.redact.Text(printable(r.Module))
	if r.Fields != nil {
		r.Fields, _ = p.cleanValue(r.Fields, 0).(map[string]any)
	}
	return r
}

const maxFieldDepth = 8

// cleanValue strips and redacts every string of a JSON value.
func (p *stderrPump) cleanValue(value any, depth int) any {
	if depth > maxFieldDepth {
		return "…"
	}
	switch v := value.(type) {
	case string:
		return p.redact.Text(printable(v))
	case []any:
		for i := range v {
			v[i] = p.cleanValue(v[i], depth+1)
		}
		return v
	case map[string]any:
		cleaned := make(map[string]any, len(v))
		for key, inner := range v {
			if s, ok := inner.(string); ok && SecretName(key) && s != "" {
				inner = redact.Mark
			}
			cleaned[p.redact.Text(printable(key))] = p.cleanValue(inner, depth+1)
		}
		return cleaned
	}
	return value
}
