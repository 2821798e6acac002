package conformance

import (
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/internal/spawn"
	"github.com/jcode-go/jcode/sdk/plugin"
)

var faultCases = []Case{
	{ID: "panic_recovered", Section: sectionLife, Modes: onTheWire, run: panicRecovered, Proves: "a panic is an error of kind internal, and the next call works"},
	{ID: "stdout_clean", Section: sectionHandshake, Modes: asProgram, run: stdoutClean, Proves: "the program writes the handshake to standard output and nothing else"},
	{ID: "log_clean", Section: sectionHandshake, Modes: asProgram, run: logClean, Proves: "the log on standard error is lines of text, and none of them holds what the user said"},
	{ID: "environment", Section: sectionHandshake, Modes: asProgram, run: environment, Proves: "children of the plugin see neither the handshake nor its token"},
}

var processCases = []Case{
	{ID: "lifeline", Section: sectionLife, Modes: asProgram, run: lifeline, Proves: "the program ends within a second of the end of its standard input"},
	{ID: "sigterm", Section: sectionLife, Modes: asProgram, run: sigterm, Proves: "the program ends within a second of SIGTERM"},
	{ID: "stop_children", Section: sectionLife, Modes: asProgram, run: stopChildren, Proves: "after Drain and the end of its standard input, neither the program nor a child of it lives on"},
	{ID: "host_killed", Section: sectionLife, Modes: asProgram, run: hostKilled, Proves: "within a second of the host's sudden death neither the program nor a child of it is left"},
	{ID: "jcode_killed", Section: sectionLife, Modes: asProgram, run: jcodeKilled, Proves: "within a second of the SIGKILL of jcode itself nothing is left of what it and the plugin have started"},
}

func panicRecovered(c *check) {
	c.need(c.subject.Fixtures.Panic != nil, "panic")
	s := c.open()
	_, _, err := c.generate(s, c.subject.Fixtures.Panic)
	if err == nil || sdk.KindOf(err) != sdk.KindInternal {
		c.failf("a panic gave %v", err)
	}
	if _, err := s.provider.Info(c.ctx); err != nil {
		c.failf("the call after a panic: %v", err)
	}
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

// logLine is the longest line of a log that a host keeps whole.
const logLine = 64 << 10

func logClean(c *check) {
	s := c.open()
	const said = "what-the-user-said-7c1f"
	if c.subject.Fixtures.Text != nil {
		c.mustGenerate(s, c.subject.Fixtures.Text(said))
	}
	s.process.Kill()
	for line := range strings.Lines(s.stderr.String() + s.printed.String()) {
		switch {
		case strings.Contains(line, said):
			c.failf("a line holds what the user said: %.200q", line)
		case !utf8.ValidString(line):
			c.failf("a line is no UTF-8: %.200q", line)
		case len(line) > logLine:
			c.failf("a line has %d bytes", len(line))
		}
	}
}

func environment(c *check) {
	c.need(c.subject.Fixtures.Children != nil, "children")
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

const endLimit = time.Second

func lifeline(c *check) {
	s := c.open()
	if err := s.process.CutLifeline(); err != nil {
		c.fatalf("close standard input: %v", err)
	}
	c.mustEnd(s, "the end of its standard input")
}

func (c *check) mustEnd(s *session, after string) {
	select {
	case <-s.process.Exited():
	case <-time.After(c.limit(endLimit)):
		c.failf("the program lives on %v after %s", c.limit(endLimit), after)
	}
}

func sigterm(c *check) {
	if runtime.GOOS == "windows" {
		c.skip("Windows has no SIGTERM")
	}
	s := c.open()
	if err := s.process.Signal(syscall.SIGTERM); err != nil {
		c.fatalf("send SIGTERM: %v", err)
	}
	c.mustEnd(s, "SIGTERM")
}

func stopChildren(c *check) {
	c.busy(func(s *session) {
		_ = s.provider.Drain(c.ctx)
		_ = s.process.CutLifeline()
	})
}

func hostKilled(c *check) { c.busy(func(s *session) { s.process.Abandon() }) }

// busy has the plugin run a child, ends it by end, and looks what is left.
func (c *check) busy(end func(*session)) {
	request := c.subject.Fixtures.Children
	if request == nil {
		request = c.subject.Fixtures.Endless
	}
	c.need(request != nil, "endless")
	s := c.open()
	began, over := make(chan struct{}, 1), make(chan struct{})
	stream := &recorder{each: func(sdk.Event) {
		select {
		case began <- struct{}{}:
		default:
		}
	}}
	go func() {
		defer close(over)
		_, _ = stream.call(c.ctx, s, request) // its end is another case's matter
	}()
	select {
	case <-began:
	case <-over:
		c.fatalf("the fixture ended before its first event")
	case <-c.ctx.Done():
		return
	}
	if _, known := others(s); known && c.subject.Fixtures.Children != nil {
		eventually(c.limit(5*time.Second), func() bool { n, _ := others(s); return n > 0 })
	}
	end(s)
	ended := func() bool {
		select {
		case <-s.process.Exited():
			return true
		default:
			return false
		}
	}
	gone := eventually(c.limit(endLimit), func() bool { n, _ := others(s); return n == 0 && ended() })
	if n, _ := others(s); !gone {
		c.failf("%v later the program has ended: %v; %d of its children live on", c.limit(endLimit), ended(), n)
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

// jcodeKilled has a real jcode answer a prompt and kills it.
func jcodeKilled(c *check) {
	if c.subject.Host == nil {
		c.skip("only `jcode plugins test` has jcode at hand")
	}
	request := c.subject.Fixtures.Children
	if request == nil {
		request = c.subject.Fixtures.Endless
	}
	c.need(request != nil, "endless")
	s := &session{}
	c.folders(s)
	if _, known := others(s); !known {
		c.skip("this system does not show the environment of processes")
	}
	prompt, _ := request.Messages[0].Blocks[0].(sdk.Text)
	start := c.startRequest(s)
	start.Home = filepath.Join(c.dir, "jcode")
	var errs buffer
	cmd := c.subject.Host.Run(start, request.Model, prompt.Text)
	cmd.Stderr, cmd.Dir = &errs, s.work
	spawn.OwnSession(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.fatalf("make pipe: %v", err)
	}
	if err := cmd.Start(); err != nil {
		c.fatalf("start jcode: %v", err)
	}
	defer endAll(s)
	giveUp := time.AfterFunc(c.limit(startTime), func() { _ = cmd.Process.Kill() })
	_, err = out.Read(make([]byte, 1))
	giveUp.Stop()
	running, _ := others(s)
	_ = cmd.Process.Kill()
	_ = out.Close()
	if err != nil {
		_ = cmd.Wait()
		c.fatalf("jcode ended before the answer began; its standard error is %.500q", errs.String())
	}
	if !eventually(c.limit(endLimit), func() bool { n, _ := others(s); return n == 0 }) {
		n, _ := others(s)
		c.failf("%v after jcode was killed %d of %d processes live on", c.limit(endLimit), n, running)
		endAll(s)
	}
	_ = cmd.Wait()
}
