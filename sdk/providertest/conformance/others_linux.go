package conformance

import (
	"bytes"
	"os"
	"strconv"
)

// others counts the living processes with the session's marker, without the
// plugin itself. known is false where the system does not tell.
func others(s *session) (count int, known bool) {
	eachOther(s, func([]byte) { count++ })
	return count, true
}

// othersEnvironment is the environment of all of them, one after the other.
func othersEnvironment(s *session) string {
	var all bytes.Buffer
	eachOther(s, func(environ []byte) { all.Write(environ) })
	return all.String()
}

func eachOther(s *session, found func(environ []byte)) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return
	}
	for _, entry := range entries {
		if entry.Name() == strconv.Itoa(s.process.PID()) {
			continue
		}
		environ, err := os.ReadFile("/proc/" + entry.Name() + "/environ")
		if err == nil && bytes.Contains(environ, []byte(s.marker)) {
			found(environ)
		}
	}
}
