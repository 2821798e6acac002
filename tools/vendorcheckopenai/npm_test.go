package vendorcheckopenai

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	standin "github.com/jcode-go/jcode/tools/standin/responses"
)

// npmVersion is the one that these tests were written with.
const npmVersion = "7.57.0"

// npmRead is what the npm package made of one stream.
type npmRead struct {
	Name, Text, Status, Error string
	Events                    []string
	Calls                     []npmCall
	Output                    []map[string]any
}

type npmCall struct {
	Name, Arguments string
	CallID          string `json:"call_id"`
}

// The official npm package reads every stream that today's vendor could send: the
// same text, the same calls, the same items.
func TestNPMReadsEveryGoldenStream(t *testing.T) {
	if os.Getenv("JCODE_VENDOR_OPENAI_SDK") == "" {
		t.Skip("set JCODE_VENDOR_OPENAI_SDK=1, or run make vendor-openai-sdk")
	}
	dir := installNPM(t)
	all := goldens(t)
	mux := http.NewServeMux()
	var names []string
	for _, g := range all {
		mux.Handle("POST /"+g.Name+"/v1/responses", canned(g.Stream))
		names = append(names, g.Name)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	script, err := filepath.Abs("testdata/read.mjs")
	if err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", append([]string{script, server.URL}, names...)...)
	node.Dir = dir
	var stderr bytes.Buffer
	node.Stderr = &stderr
	out, err := node.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if len(lines) != len(all) {
		t.Fatalf("%d of %d streams were read\n%s", len(lines), len(all), stderr.String())
	}
	for i, g := range all {
		t.Run(g.Name, func(t *testing.T) {
			var read npmRead
			if err := json.Unmarshal(lines[i], &read); err != nil {
				t.Fatal(err)
			}
			checkNPM(t, g, read)
		})
	}
}

func installNPM(t *testing.T) string {
	t.Helper()
	for _, needed := range []string{"npm", "node"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skipf("SKIPPED: %s is not installed", needed)
		}
	}
	dir := t.TempDir()
	version := npmVersion
	if named := os.Getenv("JCODE_VENDOR_OPENAI_SDK_VERSION"); named != "" {
		version = named
	}
	install := exec.CommandContext(t.Context(), "npm", "install", "--no-fund", "--no-audit", "--prefix", dir, "openai@"+version)
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: npm cannot install openai: %v\n%s", err, out)
	}
	t.Logf("openai %s", version)
	return dir
}

func checkNPM(t *testing.T, g standin.Golden, read npmRead) {
	t.Helper()
	if !g.Standard || g.Outcome != standin.Complete && g.Outcome != standin.Errored {
		t.Logf("not today's vendor: status %q, text %q, error %q, ends with %s", read.Status, read.Text, read.Error, read.Events[max(0, len(read.Events)-1):])
		return
	}
	var want struct {
		Status string
		Output []map[string]any
	}
	if err := json.Unmarshal(g.Response, &want); err != nil {
		t.Fatal(err)
	}
	if read.Error != "" || read.Status != want.Status || read.Text != textIn(t, g.Response) {
		t.Errorf("error %q, status %q, text %q; want %s", read.Error, read.Status, read.Text, want.Status)
	}
	if len(read.Output) != len(want.Output) {
		t.Fatalf("%d items, want %d", len(read.Output), len(want.Output))
	}
	var calls []npmCall
	for i, item := range want.Output {
		for field, value := range item {
			if field != "content" && toText(read.Output[i][field]) != toText(value) {
				t.Errorf("item %d: %s is %s, want %s", i, field, toText(read.Output[i][field]), toText(value))
			}
		}
		if kind, _ := item["type"].(string); strings.HasSuffix(kind, "_call") {
			arguments, _ := item["arguments"].(string)
			input, _ := item["input"].(string)
			name, _ := item["name"].(string)
			id, _ := item["call_id"].(string)
			calls = append(calls, npmCall{Name: name, Arguments: arguments + input, CallID: id})
		}
	}
	if !slices.Equal(calls, read.Calls) {
		t.Errorf("calls %+v, want %+v", read.Calls, calls)
	}
}

func toText(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
