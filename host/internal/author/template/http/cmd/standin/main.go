// Command standin serves the stand-in API on this machine, for a first try without
// an account: make standin.
package main

import (
	"errors"
	"fmt"
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
	server := &http.Server{Addr: address, Handler: standin.Handler(), ReadHeaderTimeout: time.Minute}
	fmt.Println("stand-in API on http://" + address + ", key " + standin.Key + "; Ctrl-C ends it")
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintln(os.Stderr, "serve stand-in:", err)
		os.Exit(1)
	}
}
