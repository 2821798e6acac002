package plugin

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// checkPeer wants the process at the other end to be hostPID, of our own user.
func checkPeer(raw net.Conn, hostPID int) error {
	var uid, pid int
	err := control(raw, func(fd int) error {
		cred, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
		if err != nil {
			return err
		}
		uid = int(cred.Uid)
		pid, err = unix.GetsockoptInt(fd, unix.SOL_LOCAL, unix.LOCAL_PEERPID)
		return err
	})
	if err != nil {
		return fmt.Errorf("read peer of socket: %w", err)
	}
	if uid != os.Geteuid() {
		return fmt.Errorf("%w: it belongs to user %d", errNotHost, uid)
	}
	if hostPID != anyProcess && pid != hostPID {
		return fmt.Errorf("%w: it is process %d", errNotHost, pid)
	}
	return nil
}
