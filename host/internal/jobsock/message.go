package jobsock

import "time"

// Op is what is asked for.
type Op string

// The operations. List is about all jobs, the others about one.
const (
	List Op = "list"
	Wait Op = "wait"
	Kill Op = "kill"
)

// The states of a job.
const (
	Running = "running"
	Ended   = "ended"
)

// Request is one question.
type Request struct {
	Op Op     `json:"op"`
	ID string `json:"id,omitempty"`
	// TimeoutMS bounds a Wait; 0 waits as long as it takes.
	TimeoutMS int64 `json:"timeout_ms,omitempty"`
}

// Job is one background job.
type Job struct {
	ID      string `json:"id"`
	PID     int    `json:"pid"`
	Command string `json:"command"`
	// State is Running or Ended. ExitCode is null before that, and when a
	// signal ended the job, which Signal names then.
	State    string  `json:"state"`
	ExitCode *int    `json:"exit_code"`
	Signal   *string `json:"signal"`
	// Reason is why jcode ended it; null when it did not.
	Reason *string   `json:"reason"`
	Log    string    `json:"output_path"`
	Bytes  int64     `json:"output_bytes"`
	Began  time.Time `json:"started"`
	// Seconds is how long it ran, or has run by now.
	Seconds float64 `json:"seconds"`
}

// Response is the answer: the jobs asked about, as they are now, or a fault.
type Response struct {
	Jobs []Job `json:"jobs"`
	// TimedOut says that a Wait ended before the job.
	TimedOut bool   `json:"timed_out,omitempty"`
	Error    string `json:"error,omitempty"`
	// Unknown says that Error is about an id that no job has.
	Unknown bool `json:"unknown,omitempty"`
}
