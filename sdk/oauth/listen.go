package oauth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// portTries is how often another free port is taken when the second loopback
// address has the first one's in use.
const portTries = 10

func listen(ctx context.Context, port int) ([]net.Listener, error) {
	for try := 1; ; try++ {
		listeners, err := listenBoth(ctx, port)
		var busy *PortBusyError
		if port == 0 && errors.As(err, &busy) && try < portTries {
			continue
		}
		return listeners, err
	}
}

func listenBoth(ctx context.Context, port int) ([]net.Listener, error) {
	var config net.ListenConfig
	var listeners []net.Listener
	var failed error
	for _, address := range []string{"127.0.0.1", "::1"} {
		l, err := config.Listen(ctx, "tcp", net.JoinHostPort(address, strconv.Itoa(port)))
		switch {
		case err == nil:
			listeners, port = append(listeners, l), portOf(l)
		case errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, errWindowsInUse):
			closeAll(listeners)
			return nil, &PortBusyError{Port: port}
		case errors.Is(err, syscall.EACCES) || errors.Is(err, errWindowsExcluded):
			closeAll(listeners)
			return nil, &PortExcludedError{Port: port}
		default:
			failed = err // this machine may have one of the two only
		}
	}
	if len(listeners) == 0 {
		return nil, fmt.Errorf("listen on port %d: %w", port, innermost(failed))
	}
	return listeners, nil
}

// The errors of Windows that the syscall package does not name: WSAEADDRINUSE and
// WSAEACCES. The latter is a port in a range that the system keeps for itself,
// for Hyper-V for example, without anybody listening on it.
const (
	errWindowsInUse    = syscall.Errno(10048)
	errWindowsExcluded = syscall.Errno(10013)
)

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close() // nothing was accepted on it
	}
}

func portOf(l net.Listener) int {
	if address, ok := l.Addr().(*net.TCPAddr); ok {
		return address.Port
	}
	return 0
}
