// Command jcode is a coding agent on the command line. This package is thin: it
// turns flags into one call of package host, renders what comes back, and maps
// errors to exit codes.
package main

import (
	"os"
	"runtime/debug"
	"time"

	"github.com/jcode-go/jcode/sdk/guard"
)

// gcPercent trades a little processor time for memory: what lives is small, and
// many runs may go on side by side. It holds once the start is over: collecting
// then would only make a short run longer.
const (
	gcPercent = 30
	gcDelay   = 250 * time.Millisecond
)

func main() {
	guard.Main()
	time.AfterFunc(gcDelay, func() { debug.SetGCPercent(gcPercent) })
	os.Exit(run(os.Args[1:], thisProcess(os.Environ(), os.Exit)))
}
