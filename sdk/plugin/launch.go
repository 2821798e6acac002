package plugin

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
)

// EnvLogLevel is "trace", "debug", "info", "warn" or "error": what the plugin writes to
// its log. The default is "info".
const EnvLogLevel = "JCODE_PLUGIN_LOG_LEVEL"

// launch is what the host says through the environment.
type launch struct {
	token   string
	hostPID int
	level   slog.Level
}

var errUnprotected = errors.New("refuse to serve an unprotected socket: neither " + EnvToken +
	" nor a client certificate is set")

// readLaunch reads our own variables and removes them, so that no child sees
// them. With a token go-plugin must not set up TLS as well.
func readLaunch(get func(string) string, unset func(string) error) (launch, error) {
	l := launch{token: get(EnvToken)}
	pid, pidErr := strconv.Atoi(get(EnvHostPID))
	l.hostPID = pid
	if text := get(EnvLogLevel); text != "" {
		if text == "trace" { // which slog has no name for
			text = "DEBUG-4"
		}
		_ = l.level.UnmarshalText([]byte(text)) // an unknown level is info
	}
	for _, entry := range os.Environ() { //nolint:forbidigo // what the host says before there is a configuration
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "JCODE_PLUGIN_") {
			_ = unset(name) // fails only for a malformed name
		}
	}
	if l.token == "" {
		if get(envClientCert) == "" {
			return l, errUnprotected
		}
		return l, nil
	}
	if _, err := (tokenCredentials{token: l.token}).key(); err != nil {
		return l, err
	}
	if pidErr != nil || pid <= 0 {
		return l, fmt.Errorf("%s must be a process id", EnvHostPID)
	}
	return l, unset(envClientCert)
}

const envClientCert = "PLUGIN_CLIENT_CERT"

// forgetHandshake removes what go-plugin read, once it has read it.
// PLUGIN_MULTIPLEX_GRPC stays: it is looked at once more, and says nothing.
func forgetHandshake() {
	for _, name := range []string{
		Handshake().MagicCookieKey, envClientCert, "PLUGIN_PROTOCOL_VERSIONS", "PLUGIN_UNIX_SOCKET_DIR",
		"PLUGIN_UNIX_SOCKET_GROUP", "PLUGIN_MIN_PORT", "PLUGIN_MAX_PORT",
	} {
		_ = os.Unsetenv(name) // fails only for a malformed name
	}
}
