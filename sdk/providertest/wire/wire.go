// Package wire tests what a provider says to its vendor's HTTP API and what it
// makes of the answers, by golden files: one txtar file for each behaviour, with the
// host's request, the vendor's responses, and what is wanted on both sides.
//
// The parts of a file:
//
//	request.json   an sdk.Request
//	variables      NAME=value lines; $DIR is a folder of the test's own
//	settings       name=value lines
//	files/PATH     written to $DIR/PATH before the start
//	response.sse   the body of the response, or "HTTP 400", header lines, a blank
//	               line and the body; several are parted by ---- lines, and the last
//	               one is repeated
//	want.http      the requests, parted by ---- lines
//	want.events    the events, then the result or the error, with $DIR, $URL and
//	               $HOST for what is another one in every run
//
// go test -update rewrites the wanted parts; read the difference.
package wire

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
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

// Update reports whether go test -update was asked for, for tests with golden files
// of another kind.
func Update() bool { return *update }

// Part returns one part of a golden file's text; empty where it has none.
func Part(file, name string) string { return parseArchive(file).parts[name] }

// Subject is what is tested.
type Subject struct {
	// New returns a provider, with a clock that does not sleep.
	New func(t *testing.T) sdk.Provider
	// Variables point the provider at the server; those of a file are added.
	Variables func(url string) map[string]string
	// Headers are the request headers that are shown, in this order.
	Headers []string
	// ResponseHeaders are sent with every response, unless the file sets them.
	ResponseHeaders map[string]string
	// Check looks at a request's body and returns what the vendor would refuse of
	// it; later is true for every request but the first. May be nil.
	Check func(body []byte, later bool) []string
}

// Run tests every file in testdata/wire.
func Run(t *testing.T, subject Subject) {
	t.Helper()
	files, err := filepath.Glob("testdata/wire/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no wire files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			check(t, subject, file)
		})
	}
}

func check(t *testing.T, subject Subject, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := parseArchive(strings.ReplaceAll(string(data), "\r\n", "\n"))
	gotHTTP, gotEvents := replay(t, subject, a)
	if *update {
		a.set("want.http", gotHTTP)
		a.set("want.events", gotEvents)
		if err := os.WriteFile(file, []byte(a.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(a.parts["want.http"], gotHTTP); d != "" {
		t.Errorf("the requests differ, -want +got:\n%s", d)
	}
	if d := cmp.Diff(a.parts["want.events"], gotEvents); d != "" {
		t.Errorf("the events differ, -want +got:\n%s", d)
	}
}

func replay(t *testing.T, subject Subject, a archive) (requests, events string) {
	t.Helper()
	v := &vendor{t: t, subject: subject, responses: strings.Split(a.parts["response.sse"], "----\n")}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	provider := subject.New(t)
	config := configuration(t, a, subject.Variables(server.URL))
	if err := provider.Configure(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	var request sdk.Request
	if err := json.Unmarshal([]byte(a.parts["request.json"]), &request); err != nil {
		t.Fatal("request.json:", err)
	}
	stream := &recorder{}
	result, err := provider.Generate(t.Context(), &request, stream)
	var out strings.Builder
	for _, event := range stream.events {
		WriteLine(t, &out, event)
	}
	if err != nil {
		e := sdk.AsError(err)
		fmt.Fprintf(&out, "Error %s %d %q\n", e.Kind, e.HTTPStatus, e.Error())
	} else {
		WriteLine(t, &out, result)
	}
	names := strings.NewReplacer(config.HomeDir, "$DIR", server.URL, "$URL", strings.TrimPrefix(server.URL, "http://"), "$HOST")
	return strings.Join(v.requests, "----\n"), names.Replace(out.String())
}

// configuration writes the files of an archive and reads its variables.
func configuration(t *testing.T, a archive, variables map[string]string) sdk.Config {
	t.Helper()
	dir := t.TempDir()
	config := sdk.Config{
		HomeDir: dir, StateDir: filepath.Join(dir, "state"), CacheDir: filepath.Join(dir, "cache"),
		Variables: sdk.Variables{}, Settings: pairs(a.parts["settings"]),
	}
	for _, folder := range []string{config.StateDir, config.CacheDir} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range a.names {
		path, ok := strings.CutPrefix(name, "files/")
		if !ok {
			continue
		}
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(a.parts[name]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, all := range []map[string]string{variables, pairs(a.parts["variables"])} {
		for name, value := range all {
			config.Variables[name] = sdk.NewSecret(strings.ReplaceAll(value, "$DIR", dir))
		}
	}
	return config
}

func pairs(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		out[name] = value
	}
	return out
}

// vendor answers with the responses of a file.
type vendor struct {
	t         *testing.T
	subject   Subject
	responses []string

	mu       sync.Mutex
	requests []string
}

// ServeHTTP notes a request and answers it.
func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	response := v.responses[min(len(v.requests), len(v.responses)-1)]
	v.requests = append(v.requests, v.dump(r, len(v.requests) > 0))
	v.mu.Unlock()
	status := http.StatusOK
	w.Header().Set("Content-Type", "text/event-stream")
	for name, value := range v.subject.ResponseHeaders {
		w.Header().Set(name, value)
	}
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

func (v *vendor) dump(r *http.Request, later bool) string {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s %s\n", r.Method, r.URL.RequestURI())
	for _, name := range v.subject.Headers {
		if value := r.Header.Get(name); value != "" {
			fmt.Fprintf(&out, "%s: %s\n", name, value)
		}
	}
	out.WriteByte('\n')
	body, err := io.ReadAll(r.Body)
	if err != nil {
		v.t.Error(err)
	}
	if json.Indent(&out, body, "", "  ") != nil {
		out.Write(body)
	}
	out.WriteByte('\n')
	if v.subject.Check == nil || r.Method == http.MethodGet {
		return out.String()
	}
	for _, fault := range v.subject.Check(body, later) {
		v.t.Errorf("the API would refuse the body: %s", fault)
	}
	return out.String()
}

// WriteLine writes an event or a result in the form of want.events.
func WriteLine(t *testing.T, out io.Writer, value any) {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(out, "%s %s\n", reflect.TypeOf(value).Name(), data); err != nil {
		t.Fatal(err)
	}
}
