package conformance

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// others counts the living processes of the session without the plugin itself:
// those that have its marker in their environment, and those in the process's own
// session, whatever their environment. known is false where the system does not
// tell.
func others(s *session) (count int, known bool) {
	eachOther(s, func(int, []byte) { count++ })
	return count, true
}

// othersEnvironment is the environment of all of them, one after the other.
func othersEnvironment(s *session) string {
	var all bytes.Buffer
	eachOther(s, func(_ int, environ []byte) { all.Write(environ) })
	return all.String()
}

// endAll kills them.
func endAll(s *session) {
	eachOther(s, func(pid int, _ []byte) { _ = syscall.Kill(pid, syscall.SIGKILL) })
}

// eachOther also serves a session that has no process of its own, only a marker.
func eachOther(s *session, found func(pid int, environ []byte)) {
	own := -1
	if s.process != nil {
		own = s.process.PID()
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == own || pid == os.Getpid() {
			continue
		}
		alive, session := stat(pid)
		if !alive {
			continue
		}
		environ, err := os.ReadFile("/proc/" + entry.Name() + "/environ")
		if session == own || err == nil && bytes.Contains(environ, []byte(s.marker)) {
			found(pid, environ)
		}
	}
}

// stat reads whether a process is more than a zombie, and its session. The
// command's name in parentheses may hold anything.
func stat(pid int) (alive bool, session int) {
	line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false, 0
	}
	fields := bytes.Fields(line[bytes.LastIndexByte(line, ')')+1:])
	if len(fields) < 4 {
		return false, 0
	}
	session, _ = strconv.Atoi(string(fields[3]))
	return fields[0][0] != 'Z' && fields[0][0] != 'X', session
}
