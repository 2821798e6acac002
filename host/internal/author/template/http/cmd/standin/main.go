// Command standin serves the stand-in API on this machine, for a first try without
// an account (make standin) and for the conformance cases (make conform).
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/jcode-go/jcode/host/internal/author/template/http/internal/standin"
)

func main() {
	address := "127.0.0.1:8099"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if err := serve(address); err != nil {
		fmt.Fprintln(os.Stderr, "serve stand-in:", err)
		os.Exit(1)
	}
}

// serve serves for ever. For "conformance" it takes any free port and says which, as
// `jcode plugins test` wants to hear it.
func serve(address string) error {
	says := "stand-in API on http://%s, key " + standin.Key + "; Ctrl-C ends it\n"
	if address == "conformance" {
		address, says = "127.0.0.1:0", "url=http://%s\nready\n"
	}
	listener, err := net.Listen("tcp", address) //nolint:noctx // it ends with the program
	if err != nil {
		return err
	}
	fmt.Printf(says, listener.Addr())
	server := http.Server{Handler: standin.Handler(), ReadHeaderTimeout: time.Minute}
	return server.Serve(listener)
}
