package tool

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jcode-go/jcode/host/internal/jobsock"
)

// maxKnown is how many jobs are remembered after their end.
const maxKnown = 200

// jobSocket is where shell commands ask about jobs; it is made with the first one.
type jobSocket struct {
	once   sync.Once
	mu     sync.Mutex
	path   string
	server *jobsock.Server
	remove func()
}

// serve returns the path of the socket. It is empty when there is none: then the
// model still has pid and log.
func (j *jobs) serve(ctx context.Context, folder func() (string, func(), error)) string {
	s := &j.socket
	s.once.Do(func() {
		if folder == nil {
			return
		}
		dir, remove, err := folder()
		if err != nil {
			return
		}
		path := filepath.Join(dir, "jobs")
		server, err := jobsock.Listen(context.WithoutCancel(ctx), path, j.answer)
		if err != nil {
			remove()
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.path, s.server, s.remove = path, server, remove
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.path
}

func (s *jobSocket) close() {
	s.once.Do(func() {}) // no later command makes one
	s.mu.Lock()
	server, remove := s.server, s.remove
	s.server, s.path = nil, ""
	s.mu.Unlock()
	if server != nil {
		_ = server.Close()
		remove()
	}
}

// remember keeps a job for whoever asks; the caller holds the lock.
func (j *jobs) remember(added *job) {
	j.known = append(j.known, added)
	for i := 0; len(j.known) > maxKnown && i < len(j.known); i++ {
		if isClosed(j.known[i].exited) {
			j.known = slices.Delete(j.known, i, i+1)
			i--
		}
	}
}

// answer is the handler of the socket.
func (j *jobs) answer(ctx context.Context, request jobsock.Request) jobsock.Response {
	j.mu.Lock()
	known := slices.Clone(j.known)
	j.mu.Unlock()
	if request.Op == jobsock.List {
		return jobsock.Response{Jobs: facts(known)}
	}
	at := slices.IndexFunc(known, func(job *job) bool { return job.id == request.ID })
	if at < 0 {
		return unknownJob(known, request.ID)
	}
	found := known[at]
	switch request.Op {
	case jobsock.Wait:
		over := found.waitFor(ctx, time.Duration(request.TimeoutMS)*time.Millisecond)
		return jobsock.Response{Jobs: facts(known[at : at+1]), TimedOut: !over}
	case jobsock.Kill:
		found.end(ctx, timeoutGrace)
		return jobsock.Response{Jobs: facts(known[at : at+1])}
	case jobsock.List:
	}
	return jobsock.Response{Error: fmt.Sprintf("there is no operation %q", request.Op)}
}

func unknownJob(known []*job, id string) jobsock.Response {
	ids := make([]string, len(known))
	for i, job := range known {
		ids[i] = job.id
	}
	return jobsock.Response{
		Error:   fmt.Sprintf("there is no job %q; the jobs of this run: %s", id, cmp.Or(strings.Join(ids, ", "), "none")),
		Unknown: true,
	}
}

// waitFor reports whether the job ended within limit; 0 is none.
func (j *job) waitFor(ctx context.Context, limit time.Duration) bool {
	if limit > 0 {
		limited, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		ctx = limited
	}
	select {
	case <-j.exited:
	case <-ctx.Done():
	}
	return isClosed(j.exited)
}

func facts(jobs []*job) []jobsock.Job {
	rows := make([]jobsock.Job, len(jobs))
	for i, job := range jobs {
		rows[i] = job.facts()
	}
	return rows
}

func (j *job) facts() jobsock.Job {
	row := jobsock.Job{
		ID: j.id, PID: j.pid, Command: j.text, State: jobsock.Running, Log: j.log.Name(),
		Bytes: fileSize(j.log.Name()), Began: j.started, Seconds: time.Since(j.started).Seconds(),
	}
	if j.wroteTooMuch() {
		reason := "it wrote too much"
		row.Reason = &reason
	}
	if !isClosed(j.exited) {
		return row
	}
	row.State, row.Seconds = jobsock.Ended, j.took.Seconds()
	switch {
	case j.failure != nil:
		reason := j.status()
		row.Reason = &reason
	case j.exit.Signal != 0:
		name := signalName(j.exit.Signal)
		row.Signal = &name
	default:
		code := j.exit.Code
		row.ExitCode = &code
	}
	return row
}

func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// program is jcode as a shell command writes it.
func (t *bashTool) program() string { return shellWord(t.Program) }

// shellWord quotes a path for a shell, if it must be.
func shellWord(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
