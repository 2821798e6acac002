package conformance

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk/plugin"
)

var processCases = []Case{
	{"stdout_clean", "the program writes the handshake to standard output and nothing else", asProgram, stdoutClean},
	{"lifeline", "the program ends within a second of the end of its standard input", asProgram, lifeline},
	{"environment", "children of the plugin see neither the handshake nor its token", asProgram, environment},
	{"describe", "describe tells name and version as JSON without a host; by hand the program explains itself and exits 2", asProgram, describe},
}

func stdoutClean(c *check) {
	s := c.open()
	if c.subject.Fixtures.Text != nil {
		c.mustGenerate(s, c.subject.Fixtures.Text("stdout"))
	}
	s.process.Kill()
	out := s.stdout.String()
	if strings.Count(out, "\n") != 1 || !strings.HasPrefix(out, "1|") {
		c.failf("standard output is %.500q", out)
	}
}

const lifelineLimit = time.Second

func lifeline(c *check) {
	s := c.open()
	if err := s.process.CutLifeline(); err != nil {
		c.fatalf("close standard input: %v", err)
	}
	select {
	case <-s.process.Exited():
	case <-time.After(c.limit(lifelineLimit)):
		c.failf("the program lives on %v after the end of its standard input", c.limit(lifelineLimit))
	}
}

func environment(c *check) {
	c.need(c.subject.Fixtures.Children != nil, "Children")
	s := c.open()
	if _, known := others(s); !known {
		c.skip("this system does not show the environment of processes")
	}
	var leaked string
	_, _ = c.cancelled(s, c.subject.Fixtures.Children, func() {
		eventually(c.limit(500*time.Millisecond), func() bool {
			// A child that has not yet executed its program shows its parent's.
			n, _ := others(s)
			leaked = handshakeName(othersEnvironment(s))
			return n > 0 && leaked == ""
		})
	})
	if leaked != "" {
		c.failf("a child has %s in its environment", leaked)
	}
}

// handshakeName is a variable of the handshake in environ, if one is there.
func handshakeName(environ string) string {
	for entry := range strings.SplitSeq(environ, "\x00") {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "JCODE_PLUGIN_") || strings.HasPrefix(name, "PLUGIN_") || name == plugin.Handshake().MagicCookieKey {
			return name
		}
	}
	return ""
}

func describe(c *check) {
	s := c.openBare()
	info, err := s.provider.Info(c.ctx)
	if err != nil {
		c.fatalf("info: %v", err)
	}
	out, code := c.byHand(s, "describe")
	var description struct {
		Name, Version string
		Protocol      []int
	}
	if err := json.Unmarshal(out, &description); err != nil || code != 0 {
		c.fatalf("describe gave exit %d, %v, and %.200q", code, err, out)
	}
	if description.Name != info.Name || description.Version != info.Version || len(description.Protocol) == 0 {
		c.failf("describe says %+v, Info %s %s", description, info.Name, info.Version)
	}
	if out, code := c.byHand(s); code != 2 || len(out) > 0 {
		c.failf("by hand: exit %d, standard output %.200q", code, out)
	}
}

// byHand runs the program without a host.
func (c *check) byHand(s *session, args ...string) (stdout []byte, code int) {
	var out bytes.Buffer
	cmd := exec.CommandContext(c.ctx, c.subject.Path, args...)
	cmd.Env, cmd.Stdout = c.environment(s), &out
	_ = cmd.Run() // the exit code says it
	return out.Bytes(), cmd.ProcessState.ExitCode()
}
