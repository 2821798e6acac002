//go:build unix

package plugin

import (
	"os"
	"syscall"
)

var (
	endSignals = []os.Signal{syscall.SIGTERM, syscall.SIGHUP}
	brokenPipe = []os.Signal{syscall.SIGPIPE}
)
