package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

// explained is err as a command explains it.
func explained(err error, provider string, verbs ...string) *failure {
	c := &command{process: &process{env: map[string]string{}}, provider: provider}
	c.inv.verbs = verbs
	return c.explain(err)
}

// Whoever fails is told what to do, except who cancelled.
func TestEveryFailureHasANextCommand(t *testing.T) {
	t.Parallel()
	without := map[string]bool{"cancelled": true, "reader_gone": true, "usage": true, "session_not_found": true, "session_locked": true, "session_name": true}
	for code := range errorCodes(t) {
		if (nextCommands[code] == "") != without[code] {
			t.Errorf("%s: try %q", code, nextCommands[code])
		}
	}
	for _, kind := range sdk.Kinds() {
		f := explained(&sdk.Error{Kind: kind, Message: "m"}, "acme")
		if (f.hint == "") != (kind == sdk.KindCancelled) || strings.Contains(f.hint, theProvider) {
			t.Errorf("%s: try %q", kind, f.hint)
		}
	}
}

func TestNextCommands(t *testing.T) {
	t.Parallel()
	full := &fs.PathError{Op: "write", Path: filepath.Join("home", "me", "config.toml"), Err: errNoRoom}
	tests := map[string]struct {
		err      error
		provider string
		verbs    []string
		want     string
	}{
		"usage":              {usagef("", "x"), "", []string{"sessions", "export"}, "jcode sessions export --help"},
		"no network":         {&sdk.Error{Kind: sdk.KindNetwork}, "acme", nil, "jcode doctor, which looks at proxies, certificates and the way to the provider"},
		"login":              {&sdk.Error{Kind: sdk.KindUnauthenticated}, "acme", nil, "jcode login --provider acme"},
		"login of nobody":    {&sdk.Error{Kind: sdk.KindUnauthenticated}, "", nil, "jcode login"},
		"the error knows":    {&sdk.Error{Kind: sdk.KindUnauthenticated, Remedy: "pay"}, "acme", nil, "pay"},
		"when":               {&sdk.Error{Kind: sdk.KindRateLimited, Retryable: true, RetryAfter: 30 * time.Second}, "acme", nil, "again in 30 s, or jcode run --fallback PROVIDER/MODEL, which goes on with another"},
		"provider's defect":  {&sdk.Error{Kind: sdk.KindInternal}, "acme", nil, "jcode plugins logs acme"},
		"provider's setting": {&sdk.Error{Kind: sdk.KindConfiguration}, "acme", nil, "jcode doctor --provider acme"},
		"setting":            {&host.ConfigError{Message: "x"}, "", nil, "jcode config list --origin"},
		"a file's setting":   {&host.ConfigError{File: "f", Message: "x"}, "", nil, "check f"},
		"full disk":          {fmt.Errorf("write configuration: %w", full), "", []string{"config", "set"}, "make room: df -h " + filepath.Join("home", "me")},
		"no right":           {&fs.PathError{Path: "f", Err: fs.ErrPermission}, "", nil, "ls -ld . f, which shows whose they are"},
		"no link":            {&os.LinkError{New: "f", Err: fs.ErrNotExist}, "", nil, "check the path: f"},
		"a file, otherwise":  {&fs.PathError{Path: "f", Err: errors.New("x")}, "", nil, "jcode doctor"},
		"name":               {&host.SessionNameError{Name: "my fix!", Reason: "x"}, "", nil, "another name, such as my-fix"},
		"no name":            {&host.SessionNameError{Name: "-", Reason: "x"}, "", nil, "another name, such as fix-login"},
		"long name":          {&host.SessionNameError{Name: strings.Repeat("ä", 99), Reason: "x"}, "", nil, "another name, such as " + strings.Repeat("ä", 64)},
		"install":            {&host.InstallError{Kind: "consent", Detail: "x"}, "", []string{"plugins", "install"}, "jcode plugins install --help"},
		"job":                {&host.JobTimeoutError{ID: "job-1"}, "", nil, "jcode job wait job-1"},
		"the doctor":         {errUnhealthy, "", []string{"doctor"}, ""},
		"interrupted":        {&signalError{syscall.SIGINT}, "", nil, ""},
	}
	for name, test := range tests {
		if got := explained(test.err, test.provider, test.verbs...).hint; got != test.want {
			t.Errorf("%s: try %q, want %q", name, got, test.want)
		}
	}
}
