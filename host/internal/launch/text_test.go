package launch

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jcode-go/jcode/host/internal/redact"
	"github.com/jcode-go/jcode/sdk"
)

func TestPrintable(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, want string }{
		"plain":          {"hello", "hello"},
		"colour":         {"\x1b[1;31mred\x1b[0m", "red"},
		"title":          {"\x1b]0;evil\x07text", "text"},
		"clipboard":      {"a\x1b]52;c;ZXZpbA==\x1b\\b", "ab"},
		"unfinished":     {"a\x1b[12", "a"},
		"lone escape":    {"a\x1b", "a"},
		"two bytes":      {"a\x1bcb", "ab"},
		"bell, tab, del": {"a\x07\tb\x7f", "a b"},
		"line breaks":    {"a\r\nb", "ab"},
		"c1":             {"a\u009b31mb", "a31mb"},
		"bidi":           {"a\u202eb", "ab"},
		"bad UTF-8":      {"a\xffb", "a\ufffdb"},
		"umlaut":         {"grün", "grün"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := printable(test.in); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func FuzzPrintable(f *testing.F) {
	for _, seed := range []string{"", "a", "\x1b[", "\x1b]0;\x1b", "\x1bP\x1b\\", "\xff\x1b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := printable(in)
		if !utf8.ValidString(out) || strings.ContainsFunc(out, unicode.IsControl) {
			t.Errorf("%q became %q", in, out)
		}
	})
}

func TestRedact(t *testing.T) {
	t.Parallel()
	r := newRedactor(
		sdk.Variables{"A": sdk.NewSecret("correct-horse"), "B": sdk.NewSecret("correct-horse-battery"), "MODE": sdk.NewSecret("1"), "DIR": sdk.NewSecret("/home/user/x"), "URL": sdk.NewSecret("http://localhost:8080")},
		[]string{"DB_PASSWORD=child-secret", "EDITOR=longeditor"},
	)
	tests := map[string]struct{ in, want string }{
		"value":             {"key correct-horse!", "key [redacted]!"},
		"longer value":      {"correct-horse-battery", "[redacted]"},
		"child's":           {"child-secret", "[redacted]"},
		"not secret":        {"mode 1 in /home/user/x with longeditor at http://localhost:8080", "mode 1 in /home/user/x with longeditor at http://localhost:8080"},
		"bearer":            {"Authorization: Bearer abc.def-ghi", "Authorization: Bearer [redacted]"},
		"jwt":               {"got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig ok", "got [redacted] ok"},
		"key":               {"sk-abcdefghijklmnopqrstuvwx", "[redacted]"},
		"twice":             {"token=sk-abcdefghijklmnopqrstuvwx!", "token=[redacted]!"},
		"query":             {"GET /?access_token=abcdefghij&x=1", "GET /?access_token=[redacted]&x=1"},
		"json":              {`{"refresh_token":"abcdefghij"}`, `{"refresh_token":"[redacted]"}`},
		"proxy":             {"http://user:hunter2@proxy:3128", "http://user:[redacted]@proxy:3128"},
		"ordinary sentence": {"token expired, the code is 42; exit code: 137", "token expired, the code is 42; exit code: 137"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := r.Text(test.in); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
	if got := (redact.Redactor{}).Text("nothing"); got != "nothing" {
		t.Errorf("zero value: %q", got)
	}
}

func TestParseLogLine(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		in   string
		want Record
	}{
		"hclog": {
			`{"@level":"warn","@message":"m","@module":"x","@timestamp":"2026-05-01T12:00:01.000000Z","n":1}`,
			Record{Time: now.Add(time.Second), Level: LevelWarn, Message: "m", Module: "x", Fields: map[string]any{"n": 1.0}},
		},
		"far away time":    {`{"@message":"m","@timestamp":"1999-05-01T12:00:01.000000Z"}`, Record{Time: now, Level: LevelDebug, Message: "m"}},
		"message a number": {`{"@message":1}`, Record{Time: now, Level: LevelDebug, Fields: map[string]any{"@message": 1.0}}},
		"time a list":      {`{"@timestamp":[]}`, Record{Time: now, Level: LevelDebug, Fields: map[string]any{"@timestamp": []any{}}}},
		"level an object":  {`{"@level":{}}`, Record{Time: now, Level: LevelDebug, Fields: map[string]any{"@level": map[string]any{}}}},
		"unknown level":    {`{"@level":"loud","@message":"m"}`, Record{Time: now, Level: LevelDebug, Message: "m", Fields: map[string]any{"@level": "loud"}}},
		"text":             {"hello\r\n", Record{Time: now, Level: LevelDebug, Message: "hello"}},
		"bracket":          {"[ERROR] bad", Record{Time: now, Level: LevelError, Message: "bad"}},
		"other bracket":    {"[main] bad", Record{Time: now, Level: LevelDebug, Message: "[main] bad"}},
		"a list":           {"[1,2]", Record{Time: now, Level: LevelDebug, Message: "[1,2]"}},
		"broken json":      {`{"@message":`, Record{Time: now, Level: LevelDebug, Message: `{"@message":`}},
		"null":             {"null", Record{Time: now, Level: LevelDebug, Message: "null"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := json.Marshal(parseLogLine([]byte(test.in), now))
			want, _ := json.Marshal(test.want)
			if string(got) != string(want) {
				t.Errorf("%s\nwant %s", got, want)
			}
		})
	}
}

func FuzzStderr(f *testing.F) {
	for _, seed := range []string{"", "\n", `{"@message":1}`, `{"@timestamp":[],"@level":{},"a":{"b":[1,"\u001b"]}}`, "panic: x\n\tmain.go", "\x1b[2J{}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var records []Record
		p := newStderrPump(nil, redact.Redactor{}, func(r Record) { records = append(records, r) })
		p.line(in, time.Now())
		for _, r := range records {
			if _, err := json.Marshal(r); err != nil {
				t.Errorf("%q cannot be logged: %v", in, err)
			}
			if strings.ContainsFunc(r.line(), func(c rune) bool { return unicode.IsControl(c) }) {
				t.Errorf("%q became %q", in, r.line())
			}
		}
	})
}

func FuzzHandshake(f *testing.F) {
	for _, seed := range []string{"", "1|1|unix|/a/b|grpc|", "1|9|tcp|127.0.0.1:1|grpc|" + strings.Repeat("A", 60), "x|1|unix|a", "1|1", "1|1|unix||grpc"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		h, err := parseHandshake(line)
		if err != nil {
			return
		}
		if err := h.checkTransport(TransportSocket, "/run/x"); err == nil && !strings.HasPrefix(h.address, "/run/x/") {
			t.Errorf("%q leads to %q", line, h.address)
		}
	})
}

func TestHandshake(t *testing.T) {
	t.Parallel()
	certificate := strings.Repeat("A", 60)
	tests := map[string]struct {
		line      string
		transport Transport
		ok        bool
	}{
		"socket":                    {"1|1|unix|/run/x/p|grpc|\n", TransportSocket, true},
		"another folder":            {"1|1|unix|/run/y/p|grpc|", TransportSocket, false},
		"below the folder":          {"1|1|unix|/run/x/../y/p|grpc|", TransportSocket, false},
		"tcp instead of the socket": {"1|1|tcp|127.0.0.1:5|grpc|", TransportSocket, false},
		"mtls over tcp":             {"1|1|tcp|127.0.0.1:5|grpc|" + certificate, TransportMTLS, true},
		"mtls over tcp6":            {"1|1|tcp|[::1]:5|grpc|" + certificate, TransportMTLS, true},
		"mtls over a socket":        {"1|1|unix|/tmp/p|grpc|" + certificate, TransportMTLS, true},
		"mtls without certificate":  {"1|1|tcp|127.0.0.1:5|grpc|", TransportMTLS, false},
		"mtls elsewhere":            {"1|1|tcp|10.0.0.1:5|grpc|" + certificate, TransportMTLS, false},
		"name instead of address":   {"1|1|tcp|localhost:5|grpc|" + certificate, TransportMTLS, false},
		"core 2":                    {"2|1|unix|/run/x/p|grpc|", TransportSocket, false},
		"net/rpc by default":        {"1|1|unix|/run/x/p", TransportSocket, false},
		"unknown network":           {"1|1|udp|127.0.0.1:5|grpc|" + certificate, TransportMTLS, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, err := parseHandshake(test.line)
			if err != nil {
				t.Fatal(err)
			}
			if err := h.checkTransport(test.transport, "/run/x"); (err == nil) != test.ok {
				t.Errorf("error %v", err)
			}
		})
	}
	for _, line := range []string{"", "hello", "a|b|c|d", "1|b|c|d", "1|1|unix"} {
		if _, err := parseHandshake(line); !errors.Is(err, errNoHandshake) {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func TestReadBounded(t *testing.T) {
	t.Parallel()
	reader := bufio.NewReaderSize(strings.NewReader("short\n"+strings.Repeat("x", 5000)+"\nlast"), 16)
	var lines []string
	for {
		line, err := readBounded(reader, 100)
		if len(line) > 0 {
			lines = append(lines, string(line))
		}
		if errors.Is(err, io.EOF) {
			break
		}
	}
	if len(lines) != 3 || lines[0] != "short\n" || lines[1] != strings.Repeat("x", 100)+" …(line of 5001 bytes cut)" || lines[2] != "last" {
		t.Errorf("%q", lines)
	}
}

func TestFloodIsDropped(t *testing.T) {
	t.Parallel()
	var records []Record
	p := newStderrPump(nil, newRedactor(sdk.Variables{"K": sdk.NewSecret("correct-horse")}, nil), func(r Record) { records = append(records, r) })
	now := time.Now()
	for range linesPerBurst + 50 {
		p.line([]byte("correct-horse"), now)
	}
	p.line([]byte("later"), now.Add(2*burstWindow))
	if len(records) != linesPerBurst+2 || !strings.HasPrefix(records[linesPerBurst].Message, "50 more lines") || records[linesPerBurst+1].Message != "later" {
		t.Errorf("%d records", len(records))
	}
	if tail := p.ring.tail(); strings.Contains(tail, "horse") || strings.Count(tail, "\n") != linesPerBurst+51 {
		t.Errorf("ring %q", tail)
	}
}

func TestPanicIsAnError(t *testing.T) {
	t.Parallel()
	var records []Record
	p := newStderrPump(nil, redact.Redactor{}, func(r Record) { records = append(records, r) })
	for _, line := range []string{"before", "panic: boom", "", "goroutine 1 [running]:"} {
		p.line([]byte(line), time.Now())
	}
	if records[0].Level != LevelDebug || records[1].Level != LevelError || records[3].Level != LevelError {
		t.Errorf("%+v", records)
	}
	if got := quoteCause(p.ring.tail()); got != `"panic: boom"` {
		t.Errorf("quoted %s", got)
	}
}

func TestRing(t *testing.T) {
	t.Parallel()
	var r ring
	line := strings.Repeat("z", 1023)
	for range 1000 {
		r.add(line)
	}
	r.add("last")
	if tail := r.tail(); len(tail) > ringBytes || !strings.HasSuffix(tail, "\nlast\n") || cap(r.text) > 4*ringBytes {
		t.Errorf("%d bytes, capacity %d", len(tail), cap(r.text))
	}
}

func TestLogFileRotates(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	l := newLogFile(home, "acme")
	l.limit = 1000
	for range 100 {
		l.write(Record{Level: LevelInfo, Message: strings.Repeat("m", 100)})
	}
	l.close()
	l.write(Record{Message: "after the end"})
	entries, err := os.ReadDir(filepath.Join(home, "logs"))
	if err != nil || len(entries) != keptLogs+1 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	for _, entry := range entries {
		if info, _ := entry.Info(); info.Size() > l.limit || info.Size() == 0 {
			t.Errorf("%s has %d bytes", entry.Name(), info.Size())
		}
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	if got := quote("\n \x1b[0m\n  first \nsecond"); got != `"first"` {
		t.Errorf("quote: %s", got)
	}
	if got := quoteLast("first\nlast\n\n"); got != `"last"` {
		t.Errorf("quoteLast: %s", got)
	}
	if got := quote(strings.Repeat("ü", 400)); len(got) > maxQuote+10 || !utf8.ValidString(got) {
		t.Errorf("long quote: %d bytes", len(got))
	}
	if quote(" \n") != "" {
		t.Error("nothing was quoted")
	}
}
