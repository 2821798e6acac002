// Command chat-standin serves the stand-in on loopback, to try the plugin without a
// model:
//
//	go run ./internal/standin/cmd/chat-standin --ollama --address 127.0.0.1:11434
package main

import (
	"context"
	"flag"
	"fmt"
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
	flag.Parse()
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
	fmt.Println("http://" + listener.Addr().String())
	return (&http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}).Serve(listener)
}
