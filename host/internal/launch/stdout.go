package launch

import (
	"bytes"
	"io"
	"os"
	"sync"
	"time"
)

const (
	headBytes      = 8 << 10  // of standard output, kept to show what was said
	maxHandshake   = 64 << 10 // go-plugin's scanner gives up there and then blocks the plugin
	drainAfterExit = 100 * time.Millisecond
)

// stdoutPump reads a plugin's standard output to its end. The first line goes to
// go-plugin if accept agrees; all else is thrown away, because nobody else reads
// it and a full pipe would stop the plugin.
type stdoutPump struct {
	source *os.File
	accept func(line string) error
	client *io.PipeReader // go-plugin's side
	feed   *io.PipeWriter
	done   chan struct{}

	mu      sync.Mutex
	head    []byte
	refused error // what accept said
	line    bool  // a whole first line came
}

func newStdoutPump(source *os.File, accept func(string) error) *stdoutPump {
	p := &stdoutPump{source: source, accept: accept, done: make(chan struct{})}
	p.client, p.feed = io.Pipe()
	return p
}

// run reads until end of file. It owns source. go-plugin, which ends the process
// when it sees the end, sees it last.
func (p *stdoutPump) run() {
	defer func() { _ = p.feed.Close() }()
	defer close(p.done)
	defer func() { _ = p.source.Close() }()
	line, more := p.readLine()
	if !more {
		return
	}
	err := p.accept(line)
	p.mu.Lock()
	p.refused, p.line = err, true
	p.mu.Unlock()
	if err != nil {
		_ = p.feed.Close() // go-plugin sees the end and gives up
	} else if _, err := io.WriteString(p.feed, line); err != nil {
		return
	}
	p.drain()
}

// readLine returns the first line with its end. more is false when standard
// output ended before it.
func (p *stdoutPump) readLine() (line string, more bool) {
	var text []byte
	buffer := make([]byte, 4096)
	for {
		n, err := p.source.Read(buffer)
		p.keep(buffer[:n])
		text = append(text, buffer[:n]...)
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			return string(text[:i+1]), true
		}
		if len(text) > maxHandshake {
			return string(text), true
		}
		if err != nil {
			return "", false
		}
	}
}

func (p *stdoutPump) drain() {
	buffer := make([]byte, 4096)
	for {
		n, err := p.source.Read(buffer)
		p.keep(buffer[:n])
		if err != nil {
			return
		}
	}
}

func (p *stdoutPump) keep(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if room := headBytes - len(p.head); room > 0 {
		p.head = append(p.head, b[:min(room, len(b))]...)
	}
}

// said returns the first bytes, whether a whole line was among them, and what
// accept said of it.
func (p *stdoutPump) said() (head string, line bool, refused error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.head), p.line, p.refused
}

// mute reports whether standard output ended without a word.
func (p *stdoutPump) mute() bool {
	head, line, _ := p.said()
	return !line && head == ""
}

// expire lets the pump read what is in the pipe and then stop, although somebody
// that the plugin left behind may still hold the other end.
func expire(source *os.File) {
	if err := source.SetReadDeadline(time.Now().Add(drainAfterExit)); err != nil {
		_ = source.Close() // pipes have no deadlines on Windows
	}
}
