//go:build !linux && !darwin

package plugin

import "net"

// checkPeer has nothing to ask here: the token alone decides.
func checkPeer(net.Conn, int) error { return nil }
