//go:build linux

package plugin

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/credentials"
)

// socketPair is a connection over a real Unix socket.
func socketPair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, _ := listener.Accept()
		accepted <- conn
	}()
	client, err = net.Dial("unix", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server = <-accepted
	t.Cleanup(func() { _, _ = client.Close(), server.Close() })
	return client, server
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	token, other := NewToken(), NewToken()
	tests := map[string]struct {
		host, plugin       credentials.TransportCredentials
		hostErr, pluginErr bool
		pluginErrIs        error
		hostErrIs          error
	}{
		"right":            {HostCredentials(token), pluginCredentials(token, os.Getpid()), false, false, nil, nil},
		"wrong token":      {HostCredentials(other), pluginCredentials(token, os.Getpid()), true, true, nil, errNotPlugin},
		"wrong process":    {HostCredentials(token), pluginCredentials(token, 1), true, true, errNotHost, nil},
		"broken token":     {HostCredentials("xyz"), pluginCredentials(token, os.Getpid()), true, true, nil, nil},
		"no token at host": {HostCredentials(""), pluginCredentials(token, os.Getpid()), true, true, nil, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, server := socketPair(t)
			served := make(chan error, 1)
			go func() {
				_, _, err := test.plugin.ServerHandshake(server)
				if err != nil {
					_ = server.Close()
				}
				served <- err
			}()
			conn, info, err := test.host.ClientHandshake(t.Context(), "", client)
			if (err != nil) != test.hostErr || (test.hostErrIs != nil && !errors.Is(err, test.hostErrIs)) {
				t.Errorf("host: %v", err)
			}
			if err != nil {
				_ = client.Close()
			} else if conn != client || info.AuthType() == "" {
				t.Error("not the raw connection")
			}
			err = <-served
			if (err != nil) != test.pluginErr || (test.pluginErrIs != nil && !errors.Is(err, test.pluginErrIs)) {
				t.Errorf("plugin: %v", err)
			}
		})
	}
}

// TestSquatterLearnsNothing listens in the plugin's place, and connects in the
// host's: the token never crosses, and no proof can be used again.
func TestSquatterLearnsNothing(t *testing.T) {
	t.Parallel()
	token := NewToken()
	key, _ := tokenCredentials{token: token}.key()
	client, squatter := socketPair(t)
	heard := make(chan []byte, 1)
	go func() {
		hello := make([]byte, len(magic)+nonceSize)
		_, _ = io.ReadFull(squatter, hello)
		_, _ = squatter.Write(make([]byte, 2*nonceSize)) // a guess
		rest, _ := io.ReadAll(squatter)
		heard <- append(hello, rest...)
	}()
	if _, _, err := HostCredentials(token).ClientHandshake(t.Context(), "", client); !errors.Is(err, errNotPlugin) {
		t.Errorf("host: %v", err)
	}
	_ = client.Close()
	if said := <-heard; bytes.Contains(said, key) || bytes.Contains(said, []byte(token)) || len(said) != len(magic)+nonceSize {
		t.Errorf("the squatter heard %d bytes", len(said))
	}
	a, b := proof(key, "host", make([]byte, 32), make([]byte, 32)), proof(key, "plugin", make([]byte, 32), make([]byte, 32))
	if bytes.Equal(a, b) {
		t.Error("the host's proof is the plugin's")
	}
}

// TestHostWithoutTheToken goes through the exchange as if it knew the token.
func TestHostWithoutTheToken(t *testing.T) {
	t.Parallel()
	client, server := socketPair(t)
	served := make(chan error, 1)
	go func() {
		_, _, err := pluginCredentials(NewToken(), os.Getpid()).ServerHandshake(server)
		served <- err
	}()
	_, _ = client.Write(append([]byte(magic), make([]byte, nonceSize)...))
	_, _ = io.ReadFull(client, make([]byte, 2*nonceSize))
	_, _ = client.Write(make([]byte, 32))
	if err := <-served; !errors.Is(err, errNotHost) {
		t.Errorf("let in: %v", err)
	}
}

func TestSilentPeerIsGivenUp(t *testing.T) {
	t.Parallel()
	_, server := socketPair(t)
	begin := time.Now()
	_, _, err := pluginCredentials(NewToken(), os.Getpid()).ServerHandshake(server)
	if err == nil || time.Since(begin) > 10*proofLimit {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}

func TestTokenIsNotPrinted(t *testing.T) {
	t.Parallel()
	token := NewToken()
	if len(token) != 64 || token == NewToken() {
		t.Errorf("token %q", token)
	}
	c := HostCredentials(token)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, c); strings.Contains(text, token) {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}
