//go:build !unix

package plugin

import (
	"os"
	"syscall"
)

var (
	endSignals = []os.Signal{syscall.SIGTERM}
	brokenPipe []os.Signal
)
