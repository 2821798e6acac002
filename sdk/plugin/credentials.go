package plugin

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"google.golang.org/grpc/credentials"
)

// The socket of a plugin is proved, not encrypted: it lies in a folder of mode
// 0700, and nobody but the kernel carries the bytes. Both ends know a token that
// the host put into the plugin's environment, and neither sends it:
//
//	host   -> plugin  magic, 32 random bytes
//	plugin -> host    32 random bytes, HMAC-SHA256(token, "plugin" host plugin)
//	host   -> plugin  HMAC-SHA256(token, "host" host plugin)
//
// So whoever sits on the socket first, or connects to it, learns nothing that
// would serve it elsewhere. After that the connection is gRPC's, untouched.
// Where the system tells it, the plugin also wants the peer to be its host's
// process and user.

const (
	magic     = "JCODEP1\n"
	nonceSize = 32
	tokenSize = 32
	// proofLimit is how long an exchange of 136 bytes may take.
	proofLimit = 5 * time.Second
)

// NewToken returns a fresh token for [EnvToken]: 64 hex digits.
func NewToken() string {
	token := make([]byte, tokenSize)
	_, _ = rand.Read(token) // never fails, see its documentation
	return hex.EncodeToString(token)
}

// HostCredentials are the host's side of the proof: transport credentials for
// the connection to a plugin that was started with token in [EnvToken]. A token
// of another form fails at the first connection.
func HostCredentials(token string) credentials.TransportCredentials {
	return tokenCredentials{token: token}
}

// anyProcess, in the place of a host's number, lets any process of the same user
// prove that it knows the token.
const anyProcess = 0

// pluginCredentials are the plugin's side. hostPID is who may connect.
func pluginCredentials(token string, hostPID int) credentials.TransportCredentials {
	return tokenCredentials{token: token, hostPID: hostPID}
}

// tokenCredentials hold no connection and no secret beyond the token; gRPC may
// copy them.
type tokenCredentials struct {
	token   string
	hostPID int
}

// String keeps the token out of whatever prints the value.
func (tokenCredentials) String() string { return "token credentials" }

// GoString keeps the token out of %#v.
func (tokenCredentials) GoString() string { return "token credentials" }

var (
	errNotPlugin = errors.New("the other end of the socket is not the plugin that was started")
	errNotHost   = errors.New("the other end of the socket is not the host that started this plugin")
)

// ClientHandshake proves the host and wants the plugin's proof. It returns
// raw itself.
func (c tokenCredentials) ClientHandshake(ctx context.Context, _ string, raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	key, err := c.key()
	if err != nil {
		return nil, nil, err
	}
	defer limitTime(ctx, raw)()
	host := newNonce()
	if _, err := raw.Write(append([]byte(magic), host...)); err != nil {
		return nil, nil, fmt.Errorf("greet plugin: %w", err)
	}
	reply := make([]byte, nonceSize+sha256.Size)
	if _, err := io.ReadFull(raw, reply); err != nil {
		return nil, nil, fmt.Errorf("read the plugin's proof: %w", err)
	}
	plugin := reply[:nonceSize]
	if !hmac.Equal(reply[nonceSize:], proof(key, "plugin", host, plugin)) {
		return nil, nil, errNotPlugin
	}
	if _, err := raw.Write(proof(key, "host", host, plugin)); err != nil {
		return nil, nil, fmt.Errorf("send the host's proof: %w", err)
	}
	return raw, proved, nil
}

// ServerHandshake wants the right process and the right proof. It returns raw
// itself.
func (c tokenCredentials) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	if err := checkPeer(raw, c.hostPID); err != nil {
		return nil, nil, err
	}
	key, err := c.key()
	if err != nil {
		return nil, nil, err
	}
	defer limitTime(context.Background(), raw)()
	hello := make([]byte, len(magic)+nonceSize)
	if _, err := io.ReadFull(raw, hello); err != nil {
		return nil, nil, fmt.Errorf("read the host's greeting: %w", err)
	}
	if string(hello[:len(magic)]) != magic {
		return nil, nil, errNotHost
	}
	host, plugin := hello[len(magic):], newNonce()
	if _, err := raw.Write(append(plugin[:nonceSize:nonceSize], proof(key, "plugin", host, plugin)...)); err != nil {
		return nil, nil, fmt.Errorf("send the plugin's proof: %w", err)
	}
	answer := make([]byte, sha256.Size)
	if _, err := io.ReadFull(raw, answer); err != nil {
		return nil, nil, fmt.Errorf("read the host's proof: %w", err)
	}
	if !hmac.Equal(answer, proof(key, "host", host, plugin)) {
		return nil, nil, errNotHost
	}
	return raw, proved, nil
}

// Info names the protocol.
func (tokenCredentials) Info() credentials.ProtocolInfo {
	return credentials.ProtocolInfo{SecurityProtocol: "jcode-token"}
}

// Clone returns the same credentials: they are immutable.
func (c tokenCredentials) Clone() credentials.TransportCredentials { return c }

// OverrideServerName does nothing: a socket has no server name.
func (tokenCredentials) OverrideServerName(string) error { return nil }

func (c tokenCredentials) key() ([]byte, error) {
	key, err := hex.DecodeString(c.token)
	if err != nil || len(key) != tokenSize {
		return nil, fmt.Errorf("%s must be %d hex digits", EnvToken, 2*tokenSize)
	}
	return key, nil
}

func newNonce() []byte {
	nonce := make([]byte, nonceSize)
	_, _ = rand.Read(nonce) // never fails, see its documentation
	return nonce
}

func proof(key []byte, side string, host, plugin []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(side))
	mac.Write(host)
	mac.Write(plugin)
	return mac.Sum(nil)
}

// limitTime gives the exchange its own deadline, or the caller's if that is
// sooner. The returned function lifts it.
func limitTime(ctx context.Context, raw net.Conn) func() {
	deadline := time.Now().Add(proofLimit)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	_ = raw.SetDeadline(deadline) // without one gRPC's own limit holds
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Now()) })
	return func() {
		stop()
		_ = raw.SetDeadline(time.Time{})
	}
}

// authInfo tells gRPC how safe the connection is.
type authInfo struct{ credentials.CommonAuthInfo }

// AuthType names the protocol.
func (authInfo) AuthType() string { return "jcode-token" }

// ValidateAuthority accepts any: a socket has no authority.
func (authInfo) ValidateAuthority(string) error { return nil }

var proved = authInfo{credentials.CommonAuthInfo{SecurityLevel: credentials.PrivacyAndIntegrity}}
