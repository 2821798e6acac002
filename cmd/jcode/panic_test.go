package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

func TestPanicIsReportedAndKept(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	var out, errOut bytes.Buffer
	c := &command{process: &process{out: &out, err: &errOut, env: map[string]string{"JCODE_HOME": home}}}
	c.inv = invocation{verbs: []string{"run"}, flags: []setFlag{{"output-format", "stream-json"}}}
	err := c.protect(func() error { panic("index out of range \x1b[31m") })
	if code := c.finish(err); code != exitInternal {
		t.Errorf("exit %d", code)
	}
	lines := checkStream(t, out.Bytes())
	if len(lines) != 1 || lines[0]["is_error"] != true {
		t.Errorf("result %v", lines)
	}
	files, _ := filepath.Glob(filepath.Join(home, "logs", "jcode-crash-*.txt"))
	if len(files) != 1 {
		t.Fatalf("crash files: %v", files)
	}
	stack, _ := os.ReadFile(files[0])
	if !bytes.Contains(stack, []byte("TestPanicIsReportedAndKept")) {
		t.Errorf("no stack in %s", stack)
	}
	text := errOut.String()
	if !strings.HasPrefix(text, "jcode: internal error: index out of range") || !strings.Contains(text, files[0]) ||
		strings.Count(text, "\n") != 2 || !strings.Contains(text, "\n  try: report it") || strings.Contains(text, "\x1b") {
		t.Errorf("stderr %q", text)
	}
}

func TestFailureIsTwoPlainLines(t *testing.T) {
	t.Parallel()
	var errOut bytes.Buffer
	c := &command{process: &process{err: &errOut}, provider: "acme"}
	code := c.finish(&sdk.Error{
		Kind: sdk.KindUnauthenticated, Message: "expired\r\n\x1b]0;x\arefused", Remedy: "jcode login --provider acme",
	})
	if want := "jcode: acme: expired refused\n  try: jcode login --provider acme\n"; code != 4 || errOut.String() != want {
		t.Errorf("exit %d, %q, want %q", code, &errOut, want)
	}
	errOut.Reset()
	if code := c.finish(errReaderGone); code != exitReaderGone || errOut.Len() > 0 {
		t.Errorf("exit %d, %q", code, &errOut)
	}
	errOut.Reset()
	c.finish(&host.NoProviderError{Found: []string{"acme", "other"}})
	if !strings.Contains(errOut.String(), "try: jcode login --provider acme\n") {
		t.Errorf("%q", &errOut)
	}
}
