package host

import (
	"testing"

	"github.com/jcode-go/jcode/host/internal/permission"
	"github.com/jcode-go/jcode/sdk"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		mode           permission.Mode
		tool, input    string
		known, allowed bool
	}{
		"command":              {permission.ModeAuto, "bash", `{"command":"go test ./..."}`, true, true},
		"dangerous command":    {permission.ModeAuto, "bash", `{"command":"rm -rf /"}`, true, false},
		"command while edit":   {permission.ModeEdit, "bash", `{"command":"go test ./..."}`, true, false},
		"write inside":         {permission.ModeEdit, "write", `{"file_path":"a.go"}`, true, true},
		"write outside":        {permission.ModeEdit, "edit", `{"file_path":"/etc/passwd"}`, true, false},
		"write while read":     {permission.ModeReadOnly, "write", `{"file_path":"a.go"}`, true, false},
		"read":                 {permission.ModeReadOnly, "grep", `{}`, true, true},
		"no command":           {permission.ModeAuto, "bash", `{}`, false, false},
		"no path":              {permission.ModeAuto, "write", `{}`, false, false},
		"broken":               {permission.ModeAuto, "write", `{"file_path":7}`, false, false},
		"a tool of its own":    {permission.ModeAuto, "WebFetch", `{"url":"x"}`, false, false},
		"everything is bypass": {permission.ModeBypass, "bash", `{"command":"rm -rf x"}`, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy, err := permission.New(permission.Options{Mode: tt.mode, WorkingDir: dir, TempDirs: []string{}})
			if err != nil {
				t.Fatal(err)
			}
			known, err := judge(t.Context(), policy, dir, sdk.PermissionRequest{Tool: tt.tool, Input: []byte(tt.input)})
			if known != tt.known || tt.known && (err == nil) != tt.allowed {
				t.Errorf("known %t, %v", known, err)
			}
		})
	}
}
