package install

import (
	"bytes"
	"encoding/json"
)

// The lock is written with one entry on each line, so that a change of one plugin is a
// change of one line. It reads the same however it is laid out.
const (
	lockHead = `{"schema":1,"plugin":[`
	lockFoot = `]}`
)

// encodeLock writes a lock.
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
