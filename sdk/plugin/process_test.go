//go:build unix

package plugin_test

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	hclog "github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"

	"github.com/jcode-go/jcode/sdk/plugin"
)

// spawn starts this test binary as a plugin and returns its client. The pipe is
// the host's end of the lifeline.
func spawn(tb testing.TB, autoMTLS bool) (*plugin.Client, *goplugin.Client, *os.File) {
	tb.Helper()
	stdin, lifeline, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = lifeline.Close() })
	defer func() { _ = stdin.Close() }()
	cmd := exec.Command(os.Args[0], "-test.run=^$") //nolint:noctx // go-plugin ends it
	cmd.Stdin = stdin
	cmd.Env = append(os.Environ(), "PLUGIN_UNIX_SOCKET_DIR="+tb.TempDir())
	config := &goplugin.ClientConfig{
		HandshakeConfig: plugin.Handshake(), VersionedPlugins: plugin.Plugins(&plugin.GRPCPlugin{}),
		Cmd: cmd, SkipHostEnv: true, AutoMTLS: autoMTLS, Logger: hclog.NewNullLogger(),
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		GRPCDialOptions:  plugin.DialOptions(""),
	}
	if !autoMTLS {
		token := plugin.NewToken()
		cmd.Env = append(cmd.Env, plugin.EnvToken+"="+token, plugin.EnvHostPID+"="+strconv.Itoa(os.Getpid()))
		config.GRPCDialOptions = plugin.DialOptions(token)
	}
	host := goplugin.NewClient(config)
	tb.Cleanup(host.Kill)
	protocol, err := host.Client()
	if err != nil {
		tb.Fatal(err)
	}
	raw, err := protocol.Dispense(plugin.Name)
	if err != nil {
		tb.Fatal(err)
	}
	return raw.(*plugin.Client), host, lifeline
}

func TestProcess(t *testing.T) {
	t.Parallel()
	for name, autoMTLS := range map[string]bool{"token": false, "AutoMTLS": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, _, _ := spawn(t, autoMTLS)
			info, err := client.Info(t.Context())
			if err != nil || info.Name != "fake" || info.SDKVersion == "" {
				t.Fatalf("info %+v, %v", info, err)
			}
			stream := &collector{}
			result, err := client.Generate(t.Context(), ask("5"), stream)
			if err != nil || result.StopReason != "end_turn" || len(stream.events) != 5 {
				t.Fatalf("%+v, %v, %d events", result, err, len(stream.events))
			}
		})
	}
}

func TestByHand(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = []string{"PLUGIN_TEST_MAIN=1"}
	out, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 2 || !strings.Contains(string(out), "not meant to be run by hand") {
		t.Errorf("exit %d: %s", code, out)
	}
}
