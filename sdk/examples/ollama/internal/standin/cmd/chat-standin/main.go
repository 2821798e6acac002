// Command chat-standin serves the stand-in on loopback, to try the plugin without a
// model, and for the conformance suite:
//
//	go run ./internal/standin/cmd/chat-standin --ollama --address 127.0.0.1:11434
//
// It says its address and then that it is ready. With --until-eof it ends with its
// standard input.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/jcode-go/jcode/sdk/examples/ollama/internal/standin"
)

func main() {
	server := &standin.Server{}
	address := flag.String("address", "127.0.0.1:0", "where to listen")
	flag.StringVar(&server.Key, "key", "", "the API key to ask for")
	flag.BoolVar(&server.Ollama, "ollama", false, "be Ollama")
	untilEOF := flag.Bool("until-eof", false, "end when standard input ends")
	flag.Parse()
	if *untilEOF {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin) // whatever ends it
			os.Exit(0)
		}()
	}
	if err := serve(*address, server); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "chat-standin:", err)
		os.Exit(1)
	}
}

func serve(address string, handler http.Handler) error {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("url=http://%s\nready\n", listener.Addr())
	return (&http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}).Serve(listener)
}
