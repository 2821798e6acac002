package conformance

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/internal/spawn"
	"github.com/jcode-go/jcode/sdk/plugin"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

var programCases = []Case{
	{ID: "by_hand", Section: sectionProgram, Modes: asProgram, run: byHand, Proves: "started by hand the program says on standard error what it is and exits with 2, at once"},
	{ID: "version", Section: sectionProgram, Modes: asProgram, run: version, Proves: "--version prints one line with name and version, and exits with 0"},
	{ID: "describe", Section: sectionProgram, Modes: asProgram, run: describe, Proves: "describe tells name, version and protocols as JSON without a host, the same as GetInfo"},
	{ID: "manifest", Section: sectionProgram, Modes: asProgram, run: manifest, Proves: "the plugin.toml beside the program is valid, and has the name and version of GetInfo"},
	{ID: "protocol_versions", Section: sectionHandshake, Modes: asProgram, run: protocolVersions, Proves: "the handshake names the highest protocol version that both sides speak; if there is none, the plugin's lowest"},
	{ID: "automtls", Section: sectionProtection, Modes: asProgram, run: autoMTLS, Proves: "AutoMTLS, if the host sets it, protects the connection"},
	{ID: "strangers", Section: sectionProtection, Modes: asProgram, run: strangers, Proves: "who has neither token nor certificate gets no answer"},
	{ID: "restart", Section: sectionLife, Modes: asProgram, run: restart, Proves: "started again with the same folders, the plugin is the same and answers"},
	{ID: "jcode_start", Section: sectionHandshake, Modes: asProgram, run: jcodeStart, Proves: "jcode itself can start it, and nothing of the user's environment beyond the list reaches it"},
}

// handTime is how long a program may take that a person runs by hand.
const handTime = 5 * time.Second

// hand runs the program without a host.
func (c *check) hand(args ...string) (stdout, stderr string, code int) {
	s := &session{}
	c.folders(s)
	ctx, cancel := context.WithTimeout(c.ctx, c.limit(handTime))
	defer cancel()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, c.path(), args...)
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.Dir, cmd.WaitDelay = c.environment(s), &out, &errs, s.work, time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		c.fatalf("run by hand with %q it does not end", args)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.fatalf("run by hand: %v", err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func byHand(c *check) {
	out, errs, code := c.hand()
	if code != 2 || out != "" {
		c.failf("by hand: exit %d and not 2, or text on standard output: %.200q", code, out)
	}
	if !strings.Contains(strings.ToLower(errs), "plugin") {
		c.failf("by hand: standard error does not say that this is a plugin: %.300q", errs)
	}
}

func (c *check) info() sdk.Info {
	info, err := c.openBare().provider.Info(c.ctx)
	if err != nil {
		c.fatalf("info: %v", err)
	}
	return info
}

func version(c *check) {
	info := c.info()
	out, _, code := c.hand("--version")
	if code != 0 || strings.Count(out, "\n") != 1 || !strings.Contains(out, info.Name) || !strings.Contains(out, info.Version) {
		c.failf("--version: exit %d, %.200q; wanted one line with %s and %s", code, out, info.Name, info.Version)
	}
}

func describe(c *check) {
	info := c.info()
	out, _, code := c.hand("describe")
	var description struct {
		Name, Version string
		Protocol      []int
	}
	if err := json.Unmarshal([]byte(out), &description); err != nil || code != 0 {
		c.fatalf("describe gave exit %d, %v, and %.200q", code, err, out)
	}
	if description.Name != info.Name || description.Version != info.Version || !slices.Contains(description.Protocol, plugin.ProtocolVersion) {
		c.failf("describe says %+v, GetInfo %s %s and protocol %d", description, info.Name, info.Version, plugin.ProtocolVersion)
	}
}

// manifest looks at name and version itself, and has jcode look at the rest where
// it is at hand.
func manifest(c *check) {
	text, found := c.manifestText()
	if !found {
		c.missing = true
		c.skip("there is no plugin.toml beside the program")
	}
	if c.subject.Host != nil {
		if err := c.subject.Host.CheckManifest(c.path()); err != nil {
			c.fatalf("%v", err)
		}
	}
	info := c.info()
	if name := topLevel(text, "name"); name != info.Name {
		c.failf("plugin.toml has the name %q, GetInfo %q", name, info.Name)
	}
	if v := topLevel(text, "version"); v != strings.TrimPrefix(info.Version, "v") && v != info.Version {
		c.failf("plugin.toml has the version %q, GetInfo %q", v, info.Version)
	}
}

func (c *check) manifestText() (text string, found bool) {
	base := strings.TrimSuffix(c.path(), ".exe")
	for _, path := range []string{base + ".plugin.toml", filepath.Join(filepath.Dir(base), "plugin.toml")} {
		if data, err := os.ReadFile(path); err == nil {
			return string(data), true
		}
	}
	return "", false
}

// topLevel is a string of a manifest that is in no table.
func topLevel(toml, key string) string {
	toml, _, _ = strings.Cut("\n"+toml, "\n[")
	found := regexp.MustCompile(`\n\s*` + key + `\s*=\s*["']([^"']*)["']`).FindStringSubmatch(toml)
	if found == nil {
		return ""
	}
	return found[1]
}

func protocolVersions(c *check) {
	for _, versions := range []string{"1", "1,999", "999"} {
		line := c.handshakeLine(versions)
		if parts := strings.Split(line, "|"); len(parts) < 5 || parts[0] != "1" || parts[1] != "1" || parts[4] != "grpc" {
			c.failf("to a host that speaks %s it answers %.200q", versions, line)
		}
	}
}

// handshakeLine starts the program as far as its handshake.
func (c *check) handshakeLine(versions string) string {
	s := &session{}
	c.folders(s)
	sockets, err := os.MkdirTemp("", "c")
	if err != nil {
		c.fatalf("make folder: %v", err)
	}
	defer func() { _ = os.RemoveAll(sockets) }()
	ctx, cancel := context.WithTimeout(c.ctx, c.limit(startTime))
	defer cancel()
	handshake := plugin.Handshake()
	cmd := exec.CommandContext(ctx, c.path())
	cmd.Dir, cmd.WaitDelay = s.work, time.Second
	cmd.Env = append(c.environment(s), handshake.MagicCookieKey+"="+handshake.MagicCookieValue,
		"PLUGIN_PROTOCOL_VERSIONS="+versions, "PLUGIN_UNIX_SOCKET_DIR="+sockets, "PLUGIN_MIN_PORT=10000", "PLUGIN_MAX_PORT=25000")
	cmd.Env = append(cmd.Env, c.proof()...)
	spawn.OwnSession(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		c.fatalf("make pipe: %v", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		c.fatalf("make pipe: %v", err)
	}
	if err := cmd.Start(); err != nil {
		c.fatalf("start: %v", err)
	}
	line, _ := bufio.NewReader(io.LimitReader(stdout, 64<<10)).ReadString('\n')
	_ = stdin.Close()
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	kill := time.AfterFunc(c.limit(time.Second), func() { spawn.KillSession(cmd.Process.Pid) })
	_ = cmd.Wait() // whatever it thinks of the versions
	kill.Stop()
	return strings.TrimSpace(line)
}

const startTime = 10 * time.Second

// proof is what a host sets for the protection of the connection.
func (c *check) proof() []string {
	if c.foreign() {
		return []string{"PLUGIN_CLIENT_CERT=" + strangerPEM(c)}
	}
	return []string{plugin.EnvToken + "=" + plugin.NewToken(), plugin.EnvHostPID + "=1"}
}

func autoMTLS(c *check) {
	s := c.program(true)
	if _, err := s.provider.Info(c.ctx); err != nil {
		c.fatalf("info: %v", err)
	}
	c.knock(s, "AutoMTLS")
}

func strangers(c *check) { c.knock(c.open(), "the connection") }

// knock tries to be answered without having been let in.
func (c *check) knock(s *session, where string) {
	address := s.process.Socket
	network := "unix"
	if _, _, err := net.SplitHostPort(address); err == nil && runtime.GOOS == "windows" {
		network = "tcp"
	}
	var knocks sync.WaitGroup
	answered := make(chan string, 3)
	for what, credentials := range map[string]credentials.TransportCredentials{
		"without encryption":  insecure.NewCredentials(),
		"without certificate": credentials.NewTLS(&tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}),
		"with a certificate of its own": credentials.NewTLS(&tls.Config{
			InsecureSkipVerify: true, NextProtos: []string{"h2"}, Certificates: []tls.Certificate{stranger(c)},
		}),
	} {
		knocks.Go(func() {
			if isAnswered(c.ctx, network, address, credentials) {
				answered <- what
			}
		})
	}
	knocks.Wait()
	close(answered)
	for what := range answered {
		c.failf("%s: a stranger %s was answered", where, what)
	}
	if _, err := s.provider.Info(c.ctx); err != nil {
		c.failf("%s: after strangers had knocked, the host got %v", where, err)
	}
}

// knockTime is long enough for an answer, if there is to be one.
const knockTime = 500 * time.Millisecond

func isAnswered(ctx context.Context, network, address string, credentials credentials.TransportCredentials) bool {
	conn, err := grpc.NewClient("passthrough:///stranger", grpc.WithTransportCredentials(credentials),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}))
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	ctx, cancel := context.WithTimeout(ctx, knockTime)
	defer cancel()
	_, err = pb.NewProviderServiceClient(conn).GetInfo(ctx, &pb.GetInfoRequest{})
	return err == nil
}

func restart(c *check) {
	var first sdk.Info
	for start := range 2 {
		s := c.open()
		info, err := s.provider.Info(c.ctx)
		if err != nil {
			c.fatalf("info: %v", err)
		}
		if start > 0 && (info.Name != first.Name || info.Version != first.Version || !slices.Equal(info.Capabilities, first.Capabilities)) {
			c.failf("first it was %+v, then %+v", first, info)
		}
		first = info
		if c.subject.Fixtures.Text != nil {
			c.mustGenerate(s, c.subject.Fixtures.Text("restart"))
		}
		s.process.Kill()
	}
}

// canary is a variable that no plugin is to see.
const canary = "CONFORMANCE_CANARY_TOKEN=sk-canary-0123456789"

func jcodeStart(c *check) {
	if c.subject.Host == nil {
		c.skip("only `jcode plugins test` has jcode at hand")
	}
	s := &session{}
	c.folders(s)
	err := c.subject.Host.Start(c.ctx, c.startRequest(s), func(pid int) {
		if environ, known := environmentOf(pid); known && strings.Contains(environ, canary) {
			c.failf("a variable of the user's is in the plugin's environment")
		}
	})
	if err != nil {
		c.failf("%v", err)
	}
}

// startRequest has jcode start the program in the environment of a user who has set
// the subject's variables, and more.
func (c *check) startRequest(s *session) StartRequest {
	request := StartRequest{
		Program: c.path(), Name: c.info().Name, Settings: c.subject.Config.Settings,
		Environ: append(c.environment(s), canary),
	}
	for name, value := range c.subject.Config.Variables {
		request.Environ = append(request.Environ, name+"="+value.Reveal())
	}
	return request
}
