package jobsock

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// maxLine bounds what one side reads from the other.
const (
	maxRequest  = 64 << 10
	maxResponse = 16 << 20
	readTime    = 10 * time.Second
)

// Handler answers requests, several at a time. ctx ends when the other side goes
// away or the server is closed.
type Handler func(ctx context.Context, request Request) Response

// Server listens until it is closed.
type Server struct {
	listener net.Listener
	handler  Handler
	cancel   context.CancelFunc
	working  sync.WaitGroup
}

// Listen makes the socket at path, for this user only, and answers what comes until it
// is closed; ctx lends its values. The folder must be private: the socket is open to all for a
// moment.
func Listen(ctx context.Context, path string, handler Handler) (*Server, error) {
	var config net.ListenConfig
	ctx, cancel := context.WithCancel(ctx)
	listener, err := config.Listen(ctx, "unix", path)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("listen for jobs: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		cancel()
		return nil, fmt.Errorf("listen for jobs: %w", errors.Join(err, listener.Close()))
	}
	s := &Server{listener: listener, handler: handler, cancel: cancel}
	s.working.Go(func() { s.accept(ctx) })
	return s, nil
}

// Close removes the socket and waits until nobody is served any more.
func (s *Server) Close() error {
	s.cancel()
	err := s.listener.Close()
	s.working.Wait()
	return err
}

func (s *Server) accept(ctx context.Context) {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			time.Sleep(10 * time.Millisecond) // too many open files, say
			continue
		}
		s.working.Go(func() { s.serve(ctx, conn) })
	}
}

// serve reads one request and answers it. A request that makes no sense is told so.
func (s *Server) serve(ctx context.Context, conn net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })
	defer stop()
	defer func() { _ = conn.Close() }()
	_ = conn.SetReadDeadline(time.Now().Add(readTime))
	reader := bufio.NewReader(io.LimitReader(conn, maxRequest))
	line, err := reader.ReadBytes('\n')
	if err != nil {
		return
	}
	response := Response{Error: "not a request of this protocol"}
	var request Request
	if json.Unmarshal(line, &request) == nil {
		_ = conn.SetReadDeadline(time.Time{})
		s.working.Go(func() { // the other side says no more: what comes is its end
			_, _ = io.Copy(io.Discard, conn)
			cancel()
		})
		response = s.handler(ctx, request)
	}
	if data, err := json.Marshal(response); err == nil {
		_ = conn.SetWriteDeadline(time.Now().Add(readTime))
		_, _ = conn.Write(append(data, '\n'))
	}
}
