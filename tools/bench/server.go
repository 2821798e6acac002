//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/jcode-go/jcode/tools/standin/messages"
)

const benchKey = "bench-key"

// serveUntil is the server's process: it prints its address and serves until lifeline
// ends. It is lenient: whether requests are as they should be is what tests ask, and the
// answer would take its time from the measured program's processors.
func serveUntil(ctx context.Context, lifeline io.Reader, out io.Writer) error {
	handler, err := messages.New(messages.Options{Scenario: scenario(), APIKey: benchKey, Lenient: true})
	if err != nil {
		return err
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	if _, err := fmt.Fprintln(out, "http://"+listener.Addr().String()); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, lifeline)
	return server.Close()
}
