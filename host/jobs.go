package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"

	"github.com/jcode-go/jcode/host/internal/jobsock"
)

// Job is one background job of the run that the asking program is part of.
type Job = jobsock.Job

// JobSocketVariable names the variable by which a shell command of the model finds
// the run that it is part of.
const JobSocketVariable = jobsock.Variable

// JobRunning is the state of a job that has not ended.
const JobRunning = jobsock.Running

// JobTimeoutError says that a job still ran when the wait was over.
type JobTimeoutError struct {
	ID    string
	After time.Duration
}

// Error is one line for the user.
func (e *JobTimeoutError) Error() string {
	return fmt.Sprintf("%s: still running after %s", e.ID, e.After)
}

// Hint is how to wait on.
func (e *JobTimeoutError) Hint() string { return "jcode job wait " + e.ID }

// Is makes it one of the timeouts.
func (e *JobTimeoutError) Is(target error) bool { return target == ErrTimeout }

// Jobs lists the background jobs of a run, oldest first. socket is the value of
// JobSocketVariable.
func Jobs(ctx context.Context, socket string) ([]Job, error) {
	return askJobs(ctx, socket, jobsock.Request{Op: jobsock.List})
}

// WaitJob waits until a job has ended, at most limit (0 is no limit): then comes a
// [JobTimeoutError] beside the job.
func WaitJob(ctx context.Context, socket, id string, limit time.Duration) (Job, error) {
	milliseconds := max(limit.Milliseconds(), min(1, int64(limit)))
	return oneJob(ctx, socket, jobsock.Request{Op: jobsock.Wait, ID: id, TimeoutMS: milliseconds}, limit)
}

// KillJob ends a job with all that it started.
func KillJob(ctx context.Context, socket, id string) (Job, error) {
	return oneJob(ctx, socket, jobsock.Request{Op: jobsock.Kill, ID: id}, 0)
}

func oneJob(ctx context.Context, socket string, request jobsock.Request, limit time.Duration) (Job, error) {
	jobs, err := askJobs(ctx, socket, request)
	if err != nil {
		return Job{}, err
	}
	if len(jobs) != 1 {
		return Job{}, fmt.Errorf("ask about %s: %d jobs answered", request.ID, len(jobs))
	}
	if limit > 0 && jobs[0].State == jobsock.Running {
		return jobs[0], &JobTimeoutError{ID: request.ID, After: limit}
	}
	return jobs[0], nil
}

func askJobs(ctx context.Context, socket string, request jobsock.Request) ([]Job, error) {
	if socket == "" {
		return nil, &UsageError{
			Message: "there is no run to ask: background jobs belong to a run, and `jcode job` works in its shell commands only (" + JobSocketVariable + " is not set)",
		}
	}
	response, err := jobsock.Call(ctx, socket, request)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, &UsageError{Message: "the run that this shell command belonged to is over: nothing listens at " + socket}
	case err != nil:
		return nil, fmt.Errorf("ask about jobs: %w", err)
	case response.Unknown:
		return nil, &UsageError{Message: response.Error, Remedy: "jcode job list"}
	case response.Error != "":
		return nil, fmt.Errorf("ask about jobs: %s", response.Error)
	}
	return response.Jobs, nil
}
