//go:build unix

package shellout_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

func TestStartErrors(t *testing.T) {
	t.Parallel()
	root := house(t, "plain", "folder/")
	write := func(name, text string) string {
		path := filepath.Join(root, name)
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	in := func(name string) string { return filepath.Join(root, name) }
	sh := "/bin/sh"
	tests := []struct {
		name  string
		c     shellout.Command
		kind  sdk.Kind
		cause error
		says  string
	}{
		{"not there", shellout.Command{Path: in("no")}, sdk.KindCLIMissing, syscall.ENOENT, "there is no program " + in("no")},
		{"no interpreter", shellout.Command{Path: write("script", "#! /opt/no/node --x\n")}, sdk.KindCLIMissing, syscall.ENOENT, "needs /opt/no/node, which is not installed"},
		{"another machine", shellout.Command{Path: write("foreign", "MZ\x90\x00nonsense")}, sdk.KindCLIMissing, syscall.ENOEXEC, "not a program for this machine"},
		{"not executable", shellout.Command{Path: in("plain")}, sdk.KindConfiguration, syscall.EACCES, "may not be executed"},
		{"a folder", shellout.Command{Path: in("folder")}, sdk.KindConfiguration, syscall.EACCES, "may not be executed"},
		{"below a file", shellout.Command{Path: in("plain/x")}, sdk.KindConfiguration, syscall.ENOTDIR, "may not be executed"},
		{"argument too long", shellout.Command{Path: sh, Args: []string{strings.Repeat("x", 3<<20)}}, sdk.KindContextTooLong, syscall.E2BIG, "too long for a command line"},
		{"no folder", shellout.Command{Path: sh, Dir: in("no")}, sdk.KindConfiguration, syscall.ENOENT, "cannot work in folder " + in("no")},
		{"relative folder", shellout.Command{Path: sh, Dir: "x"}, sdk.KindConfiguration, nil, "not absolute"},
		{"relative path", shellout.Command{Path: "sh"}, sdk.KindConfiguration, nil, "not absolute"},
		{"NUL in an argument", shellout.Command{Path: sh, Args: []string{"a\x00b"}}, sdk.KindInvalidRequest, nil, "NUL"},
		{"NUL in the environment", shellout.Command{Path: sh, Environment: []string{"A=secret\x00b"}}, sdk.KindConfiguration, nil, `variable "A" holds a NUL`},
		{"two inputs", shellout.Command{Path: sh, Stdin: []byte{}, Input: shellout.NewInput()}, sdk.KindInternal, nil, "both"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			exit, err := shellout.RunText(t.Context(), tt.c, func(string) error { return nil })
			var e *sdk.Error
			if !errors.As(err, &e) || e.Kind != tt.kind || tt.cause != nil && !errors.Is(err, tt.cause) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v (%v), want %v: %q", err, sdk.KindOf(err), tt.kind, tt.says)
			}
			if exit.Code != -1 || exit.Output || strings.Contains(err.Error(), "secret") {
				t.Errorf("%+v, %v", exit, err)
			}
		})
	}
}

// A program that is being replaced cannot be executed for a moment.
func TestProgramThatIsBeingWritten(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self"); err != nil {
		t.Skip("only Linux refuses to execute an open file")
	}
	path := filepath.Join(t.TempDir(), "acme")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("#!/bin/sh\necho ready\n"); err != nil {
		t.Fatal(err)
	}
	c := shellout.Command{Path: path}
	begin := time.Now()
	if _, err := shellout.Collect(t.Context(), c, 10); !errors.Is(err, syscall.ETXTBSY) || kindOf(err) != "internal, retryable" {
		t.Errorf("while it is written: %v", err)
	}
	if took := time.Since(begin); took < 500*time.Millisecond {
		t.Errorf("gave up after %v", took)
	}
	done := make(chan error)
	go func() {
		out, err := shellout.Collect(t.Context(), c, 10)
		if err == nil && string(out.Stdout) != "ready\n" {
			err = errors.New(string(out.Stdout))
		}
		done <- err
	}()
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
