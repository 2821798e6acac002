package launch

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
)

// handshake is go-plugin's first line of standard output:
// core|protocol|network|address|kind|certificate.
type handshake struct {
	core, protocol   int
	network, address string
	kind             string
	certificate      bool
}

// goPluginCore is the version of go-plugin's own handshake.
const goPluginCore = 1

// minCertificate tells a certificate from the filler that old versions write.
const minCertificate = 50

var errNoHandshake = errors.New("not a handshake")

func parseHandshake(line string) (handshake, error) {
	parts := strings.Split(strings.TrimSpace(line), "|")
	if len(parts) < 4 {
		return handshake{}, errNoHandshake
	}
	core, err := strconv.Atoi(parts[0])
	if err != nil {
		return handshake{}, errNoHandshake
	}
	protocol, err := strconv.Atoi(parts[1])
	if err != nil {
		return handshake{}, errNoHandshake
	}
	h := handshake{core: core, protocol: protocol, network: parts[2], address: parts[3], kind: "netrpc"}
	if len(parts) > 4 {
		h.kind = parts[4]
	}
	h.certificate = len(parts) > 5 && len(parts[5]) > minCertificate
	return h, nil
}

// checkTransport refuses an address that this transport does not allow: the host
// must not be sent to somebody else's socket.
func (h handshake) checkTransport(transport Transport, folder string) error {
	switch {
	case h.core != goPluginCore:
		return fmt.Errorf("go-plugin handshake %d is not %d", h.core, goPluginCore)
	case h.kind != "grpc":
		return fmt.Errorf("it serves %q, not gRPC", h.kind)
	case transport == TransportMTLS && !h.certificate:
		return errors.New("it answered without a certificate: AutoMTLS is not supported by it")
	case transport == TransportSocket && (h.network != "unix" || filepath.Dir(h.address) != folder):
		return fmt.Errorf("it listens on %s %s, not in the folder it was given", h.network, printable(h.address))
	case h.network == "tcp" && !loopback(h.address):
		return fmt.Errorf("it listens on %s, which is not this machine", printable(h.address))
	case h.network != "tcp" && h.network != "unix":
		return fmt.Errorf("unknown network %q", printable(h.network))
	}
	return nil
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
