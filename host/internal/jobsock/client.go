package jobsock

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"time"
)

// Call asks the jcode that listens at path.
func Call(ctx context.Context, path string, request Request) (Response, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	if err != nil {
		return Response{}, err
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	line, err := json.Marshal(request)
	if err != nil {
		return Response{}, err
	}
	if _, err := conn.Write(append(line, '\n')); err != nil {
		return Response{}, err
	}
	answer, err := bufio.NewReader(io.LimitReader(conn, maxResponse)).ReadBytes('\n')
	if ctx.Err() != nil {
		return Response{}, context.Cause(ctx)
	}
	if err != nil {
		return Response{}, fmt.Errorf("the run ended without an answer: %w", err)
	}
	var response Response
	if err := json.Unmarshal(answer, &response); err != nil {
		return Response{}, fmt.Errorf("read answer: %w", err)
	}
	return response, nil
}
