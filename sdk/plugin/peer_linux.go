package plugin

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// checkPeer wants the process at the other end to be hostPID, of our own user.
// The kernel notes both when the connection is made.
func checkPeer(raw net.Conn, hostPID int) error {
	var cred *unix.Ucred
	err := control(raw, func(fd int) (err error) {
		cred, err = unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
		return err
	})
	if err != nil {
		return fmt.Errorf("read peer of socket: %w", err)
	}
	if int(cred.Uid) != os.Geteuid() {
		return fmt.Errorf("%w: it belongs to user %d", errNotHost, cred.Uid)
	}
	if hostPID != anyProcess && int(cred.Pid) != hostPID {
		return fmt.Errorf("%w: it is process %d", errNotHost, cred.Pid)
	}
	return nil
}
