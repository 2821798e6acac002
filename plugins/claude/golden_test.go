package claude

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
)

var update = flag.Bool("update", false, "rewrite the wanted parts of testdata/wire")

// archive is a txtar file: a comment and named parts.
type archive struct {
	comment string
	names   []string
	parts   map[string]string
}

func parseArchive(data string) archive {
	a := archive{parts: map[string]string{}}
	name := ""
	for line := range strings.Lines(data) {
		if head, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(strings.TrimSpace(head), " --") {
			name = strings.TrimSuffix(strings.TrimSpace(head), " --")
			a.names = append(a.names, name)
			a.parts[name] = ""
			continue
		}
		if name == "" {
			a.comment += line
		} else {
			a.parts[name] += line
		}
	}
	return a
}

func (a archive) String() string {
	var out strings.Builder
	out.WriteString(a.comment)
	for _, name := range a.names {
		fmt.Fprintf(&out, "-- %s --\n%s", name, a.parts[name])
	}
	return out.String()
}

func (a *archive) set(name, text string) {
	if _, ok := a.parts[name]; !ok {
		a.names = append(a.names, name)
	}
	a.parts[name] = text
}

// Each file is one behaviour: what the host asks, what goes over the wire, what
// the vendor answers, what the host is told. Several requests of one turn are
// separated by ---- lines, and so are their responses.
func TestWire(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/wire/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no wire files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			checkWire(t, file)
		})
	}
}

func checkWire(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := parseArchive(strings.ReplaceAll(string(data), "\r\n", "\n"))
	var request sdk.Request
	if err := json.Unmarshal([]byte(a.parts["request.json"]), &request); err != nil {
		t.Fatal("request.json:", err)
	}
	gotHTTP, gotEvents := replayWire(t, a, &request)
	if *update {
		a.set("want.http", gotHTTP)
		a.set("want.events", gotEvents)
		if err := os.WriteFile(file, []byte(a.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(a.parts["want.http"], gotHTTP); d != "" {
		t.Errorf("the request differs, -want +got:\n%s", d)
	}
	if d := cmp.Diff(a.parts["want.events"], gotEvents); d != "" {
		t.Errorf("the events differ, -want +got:\n%s", d)
	}
}

func replayWire(t *testing.T, a archive, request *sdk.Request) (wire, events string) {
	var mu sync.Mutex
	var requests []string
	responses := strings.Split(a.parts["response.sse"], "----\n")
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		response := responses[min(len(requests), len(responses)-1)]
		requests = append(requests, dump(t, r, len(requests) > 0))
		mu.Unlock()
		respond(w, response)
	})
	setup := testSetup{variables: map[string]string{}}
	for line := range strings.Lines(a.parts["variables"]) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		setup.variables[name] = value
	}
	p, _ := newTestProvider(t, serve(t, handler), setup)
	stream := &recorder{}
	result, err := p.Generate(t.Context(), request, stream)
	var out strings.Builder
	for _, event := range stream.events {
		writeLine(t, &out, event)
	}
	if err != nil {
		e := sdk.AsError(err)
		fmt.Fprintf(&out, "Error %s %d %q\n", e.Kind, e.HTTPStatus, e.Error())
	} else {
		writeLine(t, &out, result)
	}
	return strings.Join(requests, "----\n"), out.String()
}

// respond sends a response: optional "HTTP 400" and "Name: value" lines before
// a blank line, then the body.
func respond(w http.ResponseWriter, response string) {
	status := http.StatusOK
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Request-Id", "req_1")
	if rest, ok := strings.CutPrefix(response, "HTTP "); ok {
		head, body, _ := strings.Cut(rest, "\n\n")
		for i, line := range strings.Split(head, "\n") {
			if i == 0 {
				_, _ = fmt.Sscan(line, &status)
				continue
			}
			name, value, _ := strings.Cut(line, ": ")
			w.Header().Set(name, value)
		}
		response = body
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, response)
}

var dumped = []string{
	"Accept", "Accept-Encoding", "Anthropic-Beta", "Anthropic-Version", "Authorization", "Content-Type",
	"User-Agent", "X-Api-Key",
}

func dump(t *testing.T, r *http.Request, later bool) string {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s %s\n", r.Method, r.URL.RequestURI())
	for _, name := range dumped {
		if value := r.Header.Get(name); value != "" {
			fmt.Fprintf(&out, "%s: %s\n", name, value)
		}
	}
	out.WriteByte('\n')
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	if err := json.Indent(&out, body, "", "  "); err != nil {
		t.Errorf("the body is no JSON: %v\n%s", err, body)
	}
	out.WriteByte('\n')
	for _, fault := range validate(body, later) {
		t.Errorf("the API would refuse the body: %s", fault)
	}
	return out.String()
}

func writeLine(t *testing.T, out io.Writer, value any) {
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(out, "%s %s\n", reflect.TypeOf(value).Name(), data)
}
