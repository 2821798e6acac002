package install

import (
	"bytes"
	"encoding/json"
	"sync/atomic"
)

// The lock is written with one entry on each line: a change of one plugin is a change
// of one line, and a listing of many decodes them side by side. It reads the same
// however it is laid out.
const (
	lockHead = `{"schema":1,"plugin":[`
	lockFoot = `]}`
)

// encodeLock writes what decodeLines reads fastest.
func encodeLock(l *Lock) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString(lockHead + "\n")
	for i := range l.Plugin {
		entry, err := json.Marshal(&l.Plugin[i])
		if err != nil {
			return nil, err
		}
		out.Write(entry)
		if i < len(l.Plugin)-1 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
	}
	out.WriteString(lockFoot + "\n")
	return out.Bytes(), nil
}

// decodeLines reads a lock that is laid out as encodeLock does it. ok is false for every
// other one, and for one that is wrong: the whole is then decoded, which says where.
func decodeLines(data []byte) (lock Lock, ok bool) {
	body, found := bytes.CutPrefix(data, []byte(lockHead+"\n"))
	body, closed := bytes.CutSuffix(body, []byte(lockFoot+"\n"))
	if !found || !closed || len(body) == 0 {
		return Lock{}, false
	}
	lines := bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))
	lock = Lock{Schema: 1, Plugin: make([]Entry, len(lines))}
	var wrong atomic.Bool
	halves(len(lines), func(i int) {
		line, comma := bytes.CutSuffix(lines[i], []byte(","))
		if comma == (i == len(lines)-1) || json.Unmarshal(line, &lock.Plugin[i]) != nil {
			wrong.Store(true)
		}
	})
	return lock, !wrong.Load()
}
