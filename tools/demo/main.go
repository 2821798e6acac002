// Program demo shows jcode doing a real task, for `make run`: the real binary
// and the real provider plugin find and mend a bug in a scratch copy of a small
// Go project, against a stand-in of the model's server on this machine. It uses
// neither the user's keys nor the user's files, and fails when the task was not
// really done.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	jcode := flag.String("jcode", "bin/jcode", "the jcode to demonstrate")
	source := flag.String("source", "tools/demo", "folder with scenario.json and testdata/sample")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := demonstrate(ctx, *jcode, *source, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "\ndemonstration: %v\n", err)
		var exit *jcodeError
		if errors.As(err, &exit) {
			os.Exit(exit.code)
		}
		os.Exit(1)
	}
}
