// Command standin serves a stand-in for a vendor's API on loopback, for tests,
// benchmarks and the demonstration. It is not part of any release.
//
//	standin [--api messages|responses|openai] [--listen 127.0.0.1:0]
//	        [--scenario FILE] [--api-key KEY] [--log FILE]
//
// The first line on stdout is the base URL. SIGINT and SIGTERM end it cleanly,
// and with --exit-with-stdin so does the end of stdin.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "standin:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if s.golden != "" {
		return s.writeGolden()
	}
	handler, closeLog, err := s.handler()
	if err != nil {
		return err
	}
	defer closeLog()
	listener, err := listen(ctx, s.listen)
	if err != nil {
		return err
	}
	if err := s.announce(stdout, "http://"+listener.Addr().String()); err != nil {
		return fmt.Errorf("print the address: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if s.withStdin {
		go func() {
			_, _ = io.Copy(io.Discard, stdin) // any end of stdin is the end
			cancel()
		}()
	}
	return serve(ctx, listener, handler)
}

// listen refuses what other machines could reach: the server has no real
// authentication and tells everything it was sent.
func listen(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w", address, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("--listen %s: only a loopback address such as 127.0.0.1 or ::1", address)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return l, nil
}

// leaving is how long requests under way have to end after their context did.
const leaving = 2 * time.Second

// serve runs until ctx ends. Replies under way are cut short then, since a
// client under test may be hanging on one, but their records still reach the log.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	gone := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(gone)
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaving)
		defer cancel()
		if server.Shutdown(late) != nil {
			_ = server.Close() // what did not leave is cut off
		}
	})
	err := server.Serve(l)
	if !errors.Is(err, http.ErrServerClosed) {
		stop()
		return fmt.Errorf("serve: %w", err)
	}
	<-gone
	return nil
}
