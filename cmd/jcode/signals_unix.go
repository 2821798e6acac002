//go:build unix

package main

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// catchBrokenPipe makes a write to a pipe without reader fail instead of killing
// the program, which then still ends its tools and keeps its session. Ignoring
// the signal would do the same here, but every child would inherit that.
func catchBrokenPipe() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

func isReaderGone(err error) bool { return errors.Is(err, syscall.EPIPE) }

// terminate asks a process to end.
func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
