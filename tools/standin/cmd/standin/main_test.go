package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestMain lets the test binary stand in for the program.
func TestMain(m *testing.M) {
	if os.Getenv("STANDIN_MAIN") == "1" {
		main()
		return
	}
	os.Exit(m.Run())
}

func start(t *testing.T, args ...string) (*exec.Cmd, io.WriteCloser, string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "STANDIN_MAIN=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("first line %q: %v", line, err)
	}
	return cmd, in, strings.TrimSpace(line)
}

func TestProgramServesUntilStdinEnds(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log.jsonl")
	cmd, in, base := start(t, "--exit-with-stdin", "--log", log, "--api-key", "k", "--scenario", "../../../demo/scenario.json")
	if !strings.HasPrefix(base, "http://127.0.0.1:") {
		t.Errorf("base URL = %q", base)
	}
	get(t, base+"/v1/models", http.StatusOK)
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("exit: %v", err)
	}
	if b, err := os.ReadFile(log); err != nil || strings.Count(string(b), "\n") != 1 {
		t.Errorf("log %q, %v", b, err)
	}
}

func TestProgramEndsCleanlyOnInterrupt(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("windows cannot send an interrupt to one process")
	}
	cmd, _, base := start(t)
	get(t, base+"/v1/models", http.StatusOK)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("exit: %v", err)
	}
}

// TestProgramLeavesAHangingClient: a reply that never ends does not keep it.
func TestProgramLeavesAHangingClient(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log.jsonl")
	cmd, in, base := start(t, "--exit-with-stdin", "--log", log, "--lenient")
	body := `{"model":"m","stream":true,"messages":[{"role":"user","content":"@hang"}]}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/v1/messages", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("exit: %v", err)
	}
	if b, err := os.ReadFile(log); err != nil || !strings.Contains(string(b), `"client_gone"`) {
		t.Errorf("log %q, %v", b, err)
	}
}

func get(t *testing.T, url string, want int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", "k")
	req.Header.Set("Anthropic-Version", "2023-06-01")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != want {
		t.Errorf("%s: %d, want %d", url, res.StatusCode, want)
	}
}

func TestListenTakesOnlyLoopback(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"127.0.0.1:0": true, "127.0.0.2:0": runtime.GOOS == "linux", "0.0.0.0:0": false, ":0": false,
		"[::]:0": false, "192.0.2.1:80": false, "localhost:0": false, "127.0.0.1": false,
	} {
		l, err := listen(t.Context(), address)
		if (err == nil) != ok {
			t.Errorf("listen %s: %v, want it taken: %v", address, err, ok)
		}
		if err == nil {
			closeListener(t, l)
		}
	}
}

func closeListener(t *testing.T, l net.Listener) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for want, args := range map[string][]string{
		"not defined":         {"--nope"},
		"unexpected argument": {"extra"},
		"read scenario":       {"--scenario", filepath.Join(dir, "none.json")},
		"open log":            {"--log", filepath.Join(dir, "no", "log")},
		"flush":               {"--flush", "x"},
		"loopback":            {"--listen", "0.0.0.0:0"},
		"want messages":       {"--api", "telepathy"},
		"need --api openai":   {"--minted-only"},
		"read --auth":         {"--api", "openai", "--auth", `{"poll":1}`},
		"failure":             {"--api", "openai", "--auth", `{"failures":[{"name":"x"}]}`},
	} {
		err := run(t.Context(), args, strings.NewReader(""), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("run %v = %v, want %q", args, err, want)
		}
	}
}

func TestGoldenFilesAreWritten(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "golden")
	if err := run(context.Background(), []string{"--golden", dir}, nil, nil, io.Discard); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "golden")
	if err := run(context.Background(), []string{"--api", "responses", "--golden", other}, nil, nil, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dir, other} {
		for _, name := range []string{"text.sse", "text.json", "tools-parallel.sse", "aborted.json"} {
			if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || len(b) == 0 {
				t.Errorf("%s: %d bytes, %v", name, len(b), err)
			}
		}
	}
}

// One port has the login and the API that takes its tokens.
func TestProgramServesOpenAI(t *testing.T) {
	t.Parallel()
	cmd, in, base := start(t, "--api", "openai", "--minted-only", "--exit-with-stdin", "--auth", `{"account":"acc-7"}`)
	response, err := http.Post(base+"/_standin/auth/issue?expires_in=60", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var file struct {
		Tokens struct {
			Access  string `json:"access_token"`
			Account string `json:"account_id"`
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&file); err != nil || file.Tokens.Account != "acc-7" {
		t.Fatalf("%+v %v", file, err)
	}
	for token, want := range map[string]int{file.Tokens.Access: 200, "other": 401} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/backend-api/codex/models?client_version=1.0.0", nil)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Chatgpt-Account-Id", "acc-7")
		req.Header.Set("Originator", "test")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%d, want %d", res.StatusCode, want)
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("exit: %v", err)
	}
}
