// Command jcode is a coding agent on the command line. This package is thin: it
// turns flags into one call of package host, renders what comes back, and maps
// errors to exit codes.
package main

import (
	"os"

	"github.com/jcode-go/jcode/sdk/guard"
)

func main() {
	guard.Main()
	os.Exit(run(os.Args[1:], thisProcess(os.Environ(), os.Exit)))
}
