package plugin

import goplugin "github.com/hashicorp/go-plugin"

// ProtocolVersion is the provider protocol that this SDK speaks: package
// jcode.provider.v1.
const ProtocolVersion = 1

// Environment variables between the host and a plugin that it starts. The
// plugin removes them from its environment before anything else runs.
const (
	// EnvToken holds the 64 hex digits that both ends of the connection
	// present to each other. Empty means that AutoMTLS protects it instead.
	EnvToken = "JCODE_PLUGIN_TOKEN" //nolint:gosec // a name, not a token
	// EnvHostPID is the process that may connect, for the peer check.
	EnvHostPID = "JCODE_PLUGIN_HOST_PID"
)

// Name is the key of the provider in go-plugin's plugin map.
const Name = "provider"

// Handshake tells a plugin that a jcode host started it. The cookie is not a
// secret: it only gives a friendly text to somebody who runs a plugin by hand.
func Handshake() goplugin.HandshakeConfig {
	return goplugin.HandshakeConfig{
		ProtocolVersion:  ProtocolVersion,
		MagicCookieKey:   "JCODE_PROVIDER_PLUGIN",
		MagicCookieValue: "3f6b1f0e-2b0c-4c51-9d0d-5b8b6b1f7a57",
	}
}

// MaxMessageBytes is the limit of one gRPC message, both ways: a long
// conversation with pictures must fit.
const MaxMessageBytes = 256 << 20
