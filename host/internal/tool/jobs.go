package tool

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// BackgroundJob is a command that was still running when its set was closed.
type BackgroundJob struct {
	// ID is empty for a process that a finished command left behind.
	ID      string
	PID     int
	Command string
	// LogPath is the file with its output; it stays.
	LogPath string
	Started time.Time
	// Kept says that it goes on: it was released, not ended.
	Kept bool
}

// jobs are the commands that go on after their call.
type jobs struct {
	mu      sync.Mutex
	running []*job
	// known are all that have an id, for whoever asks; see jobs_socket.go.
	known []*job
	count int

	socket jobSocket
}

// job is one of them. Without an id it is what a finished command left behind,
// whose end is not worth a note.
type job struct {
	id  string
	pid int // the shell, or the first process that a finished command left
	*command
}

func newJobs() *jobs { return &jobs{} }

// add makes a background job of a command whose shell still runs.
func (j *jobs) add(c *command) *job {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.count++
	added := &job{id: fmt.Sprintf("job-%d", j.count), pid: c.tree.Pid(), command: c}
	j.running = append(j.running, added)
	j.remember(added)
	go prepareNext()
	return added
}

// keep remembers what a finished command left behind: the processes left, at
// least one.
func (j *jobs) keep(c *command, left []int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.running = append(j.running, &job{pid: left[0], command: c})
	go prepareNext()
}

// takeFinished forgets the jobs that are over and returns those worth a note, each
// of which must be given to settle.
func (j *jobs) takeFinished() []*job {
	j.mu.Lock()
	defer j.mu.Unlock()
	var finished []*job
	j.running = slices.DeleteFunc(j.running, func(job *job) bool {
		if !job.over() {
			return false
		}
		if job.id != "" {
			finished = append(finished, job)
		} else {
			_ = job.log.Close()
		}
		return true
	})
	return finished
}

// settle keeps what a finished job left running, as if a command had, and says so:
// it is still watched, and ended with the run.
func (j *jobs) settle(ctx context.Context, finished *job) string {
	left := finished.leftovers(context.WithoutCancel(ctx))
	if len(left) == 0 {
		_ = finished.log.Close()
		return ""
	}
	j.keep(finished.command, left)
	return fmt.Sprintf("[background %s left running: pid %s; its output goes to %s]", finished.id, joinInts(left), finished.log.Name())
}

func (j *job) over() bool {
	done := j.exited
	if j.id == "" {
		return isClosed(j.tree.Gone())
	}
	return isClosed(done)
}

func isClosed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// describe tells the model how to go on; program is jcode, fit for a shell.
func (j *job) describe(program string) string {
	return fmt.Sprintf("%s, pid %d. Its output goes to %s: use read on that file to follow it. A later tool result says when it has ended. "+
		"\"%s job wait %s --timeout 60s\" waits for its end, \"%s job kill %s\" ends it.",
		j.id, j.tree.Pid(), j.log.Name(), program, j.id, program, j.id)
}

// endNote is the line that tells the model about the end of a job.
func (j *job) endNote() string {
	status := j.status()
	if j.wroteTooMuch() {
		status += ", killed for writing too much"
	}
	return fmt.Sprintf("[background %s ended: %s · %s; output: %s]", j.id, status, seconds(j.took), j.log.Name())
}

// close ends everything that still runs, or with keep lets it go on, and lists it.
func (j *jobs) close(ctx context.Context, keep bool) []BackgroundJob {
	j.socket.close()
	j.mu.Lock()
	running := j.running
	j.running = nil
	j.mu.Unlock()
	var listed []BackgroundJob
	var ending sync.WaitGroup
	for _, job := range running {
		kept := keep && !isClosed(job.tree.Gone()) && job.tree.Release() == nil
		if !isClosed(job.tree.Gone()) {
			listed = append(listed, BackgroundJob{
				ID: job.id, PID: job.pid, Command: job.text, LogPath: job.log.Name(), Started: job.started, Kept: kept,
			})
		}
		if kept {
			_ = job.log.Close() // the job has it open itself
			continue
		}
		ending.Go(func() {
			job.end(ctx, cancelGrace)
			_ = job.log.Close()
		})
	}
	ending.Wait()
	return listed
}
