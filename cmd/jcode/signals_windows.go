package main

import (
	"errors"
	"os"
	"syscall"
)

// catchBrokenPipe has nothing to do: there is no such signal.
func catchBrokenPipe() {}

// The two errors that a write to a pipe without reader gives.
const (
	errorBrokenPipe = syscall.Errno(109)
	errorNoData     = syscall.Errno(232)
)

func isReaderGone(err error) bool {
	return errors.Is(err, errorBrokenPipe) || errors.Is(err, errorNoData) ||
		errors.Is(err, syscall.EPIPE)
}

// terminate ends a process: there is no way to ask it.
func terminate(p *os.Process) error { return p.Kill() }
