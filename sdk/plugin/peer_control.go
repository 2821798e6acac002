//go:build linux || darwin

package plugin

import (
	"errors"
	"net"
)

// control runs use with the descriptor of raw, which must be a Unix socket.
func control(raw net.Conn, use func(fd int) error) error {
	socket, ok := raw.(*net.UnixConn)
	if !ok {
		return errors.New("not a Unix socket")
	}
	conn, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	var useErr error
	if err := conn.Control(func(fd uintptr) { useErr = use(int(fd)) }); err != nil {
		return err
	}
	return useErr
}
