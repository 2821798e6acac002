// Command standin serves a stand-in for the Claude Messages API on loopback,
// for tests, benchmarks and the demonstration. It is not part of any release.
//
//	standin [--listen 127.0.0.1:0] [--scenario FILE] [--api-key KEY] [--log FILE]
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

	"github.com/jcode-go/jcode/tools/standin/messages"
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

type settings struct {
	listen, scenario, apiKey, log, flush, golden string
	lenient, withStdin                           bool
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("standin", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&s.listen, "listen", "127.0.0.1:0", "loopback `address`; port 0 takes a free one")
	f.StringVar(&s.scenario, "scenario", "", "scenario `file`; without one the server echoes")
	f.StringVar(&s.apiKey, "api-key", "", "the only `key` or token accepted; without it any is")
	f.StringVar(&s.log, "log", "", "append one JSON line per request to `file`")
	f.StringVar(&s.flush, "flush", "frame", "when bytes leave: frame, batch or a `number` of bytes")
	f.StringVar(&s.golden, "golden", "", "write the golden streams into `folder` and exit")
	f.BoolVar(&s.lenient, "lenient", false, "check nothing but that requests are JSON")
	f.BoolVar(&s.withStdin, "exit-with-stdin", false, "end when stdin does")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if f.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	return s, nil
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if s.golden != "" {
		return writeGolden(s.golden)
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
	if _, err := fmt.Fprintf(stdout, "http://%s\n", listener.Addr()); err != nil {
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

func (s settings) handler() (http.Handler, func(), error) {
	opts := messages.Options{APIKey: s.apiKey, Flush: s.flush, Lenient: s.lenient}
	closeLog := func() {}
	if s.scenario != "" {
		scenario, err := messages.Load(s.scenario)
		if err != nil {
			return nil, nil, err
		}
		opts.Scenario = scenario
	}
	if s.log != "" {
		f, err := os.OpenFile(s.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, fmt.Errorf("open log: %w", err)
		}
		opts.Log, closeLog = f, func() { _ = f.Close() } // every line was already written
	}
	server, err := messages.New(opts)
	if err != nil {
		closeLog()
		return nil, nil, err
	}
	return server, closeLog, nil
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
