package launch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// program writes a file of the given mode and returns its row.
func written(t *testing.T, name, content string, mode os.FileMode) discover.Plugin {
	t.Helper()
	path := filepath.Join(t.TempDir(), discover.Prefix+name)
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return discover.Plugin{Name: name, Path: path, Source: discover.SourceFlag, SDKVersion: discover.Devel}
}

// otherELF is the head of a program for another machine.
func otherELF() string {
	machine := byte(0xb7) // arm64
	if runtime.GOARCH == "arm64" {
		machine = 0x3e // amd64
	}
	head := make([]byte, 128)
	copy(head, "\x7fELF\x02\x01\x01")
	head[16], head[18] = 2, machine
	return string(head)
}

func TestMisbehaviourAtStart(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("scripts and signals of Unix")
	}
	tests := map[string]struct {
		plugin  func(t *testing.T) discover.Plugin
		change  func(*Options)
		reason  Reason
		message []string // all in the one line
		remedy  string
	}{
		"missing": {
			plugin: func(*testing.T) discover.Plugin { return discover.Plugin{Name: "gone", Path: "/nonexistent/gone"} },
			reason: ReasonNotFound, message: []string{"plugin gone", "/nonexistent/gone"}, remedy: "check the path",
		},
		"folder": {
			plugin: func(t *testing.T) discover.Plugin { return discover.Plugin{Name: "dir", Path: t.TempDir()} },
			reason: ReasonNotExecutable, message: []string{"is a folder"},
		},
		"not executable": {
			plugin: func(t *testing.T) discover.Plugin { return written(t, "plain", "#!/bin/sh\n", 0o600) },
			reason: ReasonNotExecutable, message: []string{"plugin plain is not executable", "-rw-------"}, remedy: "chmod +x ",
		},
		"wrong architecture": {
			plugin: func(t *testing.T) discover.Plugin { return written(t, "arch", otherELF(), 0o700) },
			reason: ReasonWrongArchitecture, message: []string{"this machine is " + runtime.GOOS + "/" + runtime.GOARCH}, remedy: "install the build for",
		},
		"no program": {
			plugin: func(t *testing.T) discover.Plugin { return written(t, "text", "hello\n", 0o700) },
			reason: ReasonExecFormat, message: []string{"neither a binary"},
		},
		"truncated program": {
			plugin: func(t *testing.T) discover.Plugin {
				return written(t, "short", strings.Replace(otherELF(), string([]byte{otherELF()[18]}), string([]byte{nativeMachine()}), 1), 0o700)
			},
			reason: ReasonExecFormat,
		},
		"missing interpreter": {
			plugin: func(t *testing.T) discover.Plugin { return written(t, "interp", "#!/no/such/python3 -u\n", 0o700) },
			reason: ReasonInterpreter, message: []string{"/no/such/python3"},
		},
		"script that prints text": {
			plugin: func(t *testing.T) discover.Plugin {
				return written(t, "talks", "#!/bin/sh\nprintf '\\033[1mWelcome\\007 to talks!\\n'\nsleep 60\n", 0o700)
			},
			reason: ReasonWroteText, message: []string{`"Welcome to talks!"`}, remedy: "must write nothing",
		},
		"script that prints a word and ends": {
			plugin: func(t *testing.T) discover.Plugin {
				return written(t, "word", "#!/bin/sh\nprintf oops\necho why >&2\nexit 4\n", 0o700)
			},
			reason: ReasonWroteText, message: []string{`"oops"`, "exit status 4", `"why"`},
		},
		"exits": {
			plugin: func(t *testing.T) discover.Plugin { return testPlugin(t, "exits") },
			reason: ReasonExited, message: []string{"exit status 3", `"cannot find libfoo"`}, remedy: "run it by hand",
		},
		"half a line": {
			plugin: func(t *testing.T) discover.Plugin { return testPlugin(t, "halfline") },
			reason: ReasonWroteText, message: []string{`"1|1|unix"`},
		},
		"endless line": {
			plugin: func(t *testing.T) discover.Plugin { return testPlugin(t, "flood") },
			reason: ReasonWroteText, message: []string{`"xxx`},
		},
		"panics": {
			plugin: func(t *testing.T) discover.Plugin { return testPlugin(t, "panics") },
			reason: ReasonExited, message: []string{"exit status 2", `"panic: no config"`},
		},
		"killed": {
			plugin: func(t *testing.T) discover.Plugin { return testPlugin(t, "signals") },
			reason: ReasonSignal, message: []string{"signal killed"}, remedy: "the system killed it",
		},
		"protocol 9": {
			plugin: func(t *testing.T) discover.Plugin { return testPlugin(t, "nine") },
			reason: ReasonProtocol, message: []string{"plugin nine", "it speaks protocol 9, this jcode speaks 1"}, remedy: "upgrade jcode",
		},
		"another's socket": {
			plugin: func(t *testing.T) discover.Plugin { return testPlugin(t, "elsewhere") },
			reason: ReasonTransport, message: []string{"/var/run/docker.sock"},
		},
		"net/rpc": {
			plugin: func(t *testing.T) discover.Plugin { return testPlugin(t, "netrpc") },
			reason: ReasonTransport, message: []string{"not gRPC"},
		},
		"another machine": {
			plugin: func(t *testing.T) discover.Plugin { return testPlugin(t, "outside") },
			change: func(o *Options) { o.Transport = TransportMTLS },
			reason: ReasonTransport, message: []string{"not this machine"},
		},
		"hangs": {
			plugin: func(t *testing.T) discover.Plugin { return testPlugin(t, "hangs") },
			change: func(o *Options) { o.StartTimeout = 300 * time.Millisecond },
			reason: ReasonTimeout, message: []string{"no handshake within 300ms", `"waiting for Godot"`},
		},
		"closes standard output": {
			plugin: func(t *testing.T) discover.Plugin { return testPlugin(t, "closes") },
			reason: ReasonTransport, message: []string{"closed its standard output"},
		},
		"does not answer": {
			plugin: func(t *testing.T) discover.Plugin { return testPlugin(t, "dumb") },
			reason: ReasonTimeout, message: []string{"did not answer the first call"},
		},
		"another name": {
			plugin: func(t *testing.T) discover.Plugin { return testPlugin(t, "misnamed") },
			reason: ReasonWrongName, message: []string{`"other"`}, remedy: "jcode-provider-other",
		},
		"refuses its configuration": {
			plugin: func(t *testing.T) discover.Plugin { return testPlugin(t, "picky") },
			reason: ReasonConfigure, message: []string{"base URL is no URL"}, remedy: "correct it",
		},
		"wrong digest": {
			plugin: func(t *testing.T) discover.Plugin {
				p := bundled(testPlugin(t, "good"))
				p.LockedSHA256 = strings.Repeat("0", 64)
				return p
			},
			reason: ReasonHash, message: []string{strings.Repeat("0", 64), "has sha256 "}, remedy: "reinstall",
		},
		"wrong digest, blocks as they are": {
			plugin: func(t *testing.T) discover.Plugin {
				p := bundled(testPlugin(t, "good"))
				p.LockedBlocks = blocksOf(t, p.Path, digestOf(t, p.Path))
				p.LockedSHA256 = strings.Repeat("0", 64)
				return p
			},
			reason: ReasonHash, message: []string{strings.Repeat("0", 64), "has sha256 "}, remedy: "reinstall",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := testOptions(t)
			if test.change != nil {
				test.change(&o)
			}
			process, err := Start(t.Context(), test.plugin(t), o)
			if err == nil {
				process.Stop(context.Background())
				t.Fatal("it started")
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("not a launch error: %T %v", err, err)
			}
			if e.Reason != test.reason {
				t.Errorf("reason %q, want %q: %v", e.Reason, test.reason, err)
			}
			for _, part := range test.message {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in: %s", part, err)
				}
			}
			if !strings.Contains(e.Remedy, test.remedy) {
				t.Errorf("remedy %q, want %q", e.Remedy, test.remedy)
			}
			if strings.ContainsAny(err.Error()+e.Remedy, "\n\x1b\x07") {
				t.Errorf("more than a line, or control bytes: %q", err.Error())
			}
			noFolders(t, o.Home)
		})
	}
}

func nativeMachine() byte {
	if runtime.GOARCH == "arm64" {
		return 0xb7
	}
	return 0x3e
}

// noFolders fails if a start has left its socket folder behind.
func noFolders(t *testing.T, home string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(home, "run"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, entry := range entries {
		t.Errorf("left behind: run/%s", entry.Name())
	}
}

// TestNothingRunsUnverified: a program with the wrong digest must not have been
// executed at all.
func TestNothingRunsUnverified(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a shell script")
	}
	mark := filepath.Join(t.TempDir(), "ran")
	p := bundled(written(t, "evil", "#!/bin/sh\ntouch "+mark+"\n", 0o700))
	p.LockedSHA256 = hex.EncodeToString(sha256.New().Sum(nil))
	if _, err := Start(t.Context(), p, testOptions(t)); err == nil {
		t.Fatal("it started")
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("it was executed")
	}
}

func TestStartIsCancelled(t *testing.T) {
	t.Parallel()
	o := testOptions(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := Start(ctx, testPlugin(t, "hangs"), o)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	noFolders(t, o.Home)
}
