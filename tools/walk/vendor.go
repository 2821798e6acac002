package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/jcode-go/jcode/tools/standin/messages"
	"github.com/jcode-go/jcode/tools/standin/oauth"
)

// startVendor serves login and model on one port of the loopback. The model lets in
// only what the login gave out.
func startVendor(ctx context.Context, root string) (url string, stop func(), err error) {
	scenario, err := scenario(root)
	if err != nil {
		return "", nil, err
	}
	model, err := messages.New(messages.Options{Scenario: scenario})
	if err != nil {
		return "", nil, err
	}
	login := oauth.New(oauth.Options{})
	mux := http.NewServeMux()
	mux.Handle("/oauth/", login)
	mux.Handle("/v1/oauth/", login)
	mux.Handle("/", login.Guard(model))
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

// onTheWire are the names that the login's requests have for jcode's tools.
var onTheWire = strings.NewReplacer(`"bash"`, `"shell_exec"`, `"grep"`, `"file_grep"`, `"read"`, `"file_read"`, `"edit"`, `"file_edit"`)

// scenario is that of `make run`, with an answer to the question that follows.
func scenario(root string) (*messages.Scenario, error) {
	own, err := messages.Load(filepath.Join(root, "tools", "walk", "scenario.json"))
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(root, "tools", "demo", "scenario.json"))
	if err != nil {
		return nil, err
	}
	demo, err := messages.Parse([]byte(onTheWire.Replace(string(text))))
	if err != nil {
		return nil, err
	}
	own.Captures, own.Steps = append(own.Captures, demo.Captures...), append(own.Steps, demo.Steps...)
	return own, nil
}

var shownCode = regexp.MustCompile(`<p id=code>(\S+)</p>`)

// visit does what the user's browser would, and returns the code that the page shows.
func visit(ctx context.Context, page string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, page, http.NoBody)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", fmt.Errorf("visit the login page: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "", fmt.Errorf("visit the login page: %w", err)
	}
	found := shownCode.FindSubmatch(body)
	if found == nil {
		return "", fmt.Errorf("visit the login page: %s and no code", response.Status)
	}
	return string(found[1]), nil
}
