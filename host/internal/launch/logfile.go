package launch

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

const (
	maxLogBytes = 2 << 20 // then the file is renamed to NAME.1.jsonl
	keptLogs    = 3
)

// logFile appends records to logs/NAME.jsonl. It is opened by the first record,
// so that a plugin with nothing to say costs no file. Several processes may append
// to the same file. What cannot be written is lost: a full disk must not end a run.
type logFile struct {
	folder, name string
	limit        int64

	mu     sync.Mutex
	f      *os.File
	size   int64
	closed bool
}

func newLogFile(home, name string) *logFile {
	return &logFile{folder: filepath.Join(home, "logs"), name: name, limit: maxLogBytes}
}

func (l *logFile) path(generation int) string {
	if generation == 0 {
		return filepath.Join(l.folder, l.name+".jsonl")
	}
	return filepath.Join(l.folder, fmt.Sprintf("%s.%d.jsonl", l.name, generation))
}

func (l *logFile) write(record Record) {
	line, err := json.Marshal(record)
	if err != nil {
		return
	}
	line = append(line, '\n')
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || (l.f == nil && !l.open()) {
		return
	}
	if l.size+int64(len(line)) > l.limit && !l.rotate() {
		return
	}
	n, _ := l.f.Write(line)
	l.size += int64(n)
}

func (l *logFile) open() bool {
	if err := os.MkdirAll(l.folder, 0o700); err != nil {
		return false
	}
	f, err := os.OpenFile(l.path(0), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return false
	}
	l.f, l.size = f, 0
	if info, err := f.Stat(); err == nil {
		l.size = info.Size()
	}
	return true
}

// rotate moves each file one generation on. If another process has just done so,
// the new file is short and only opened.
func (l *logFile) rotate() bool {
	_ = l.f.Close()
	l.f = nil
	if info, err := os.Stat(l.path(0)); err == nil && info.Size() > l.limit/2 {
		for generation := keptLogs; generation > 0; generation-- {
			_ = os.Rename(l.path(generation-1), l.path(generation))
		}
	}
	return l.open()
}

// close ends the log: what comes later is dropped.
func (l *logFile) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.f != nil {
		_ = l.f.Close()
		l.f = nil
	}
}
