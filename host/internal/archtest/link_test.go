package archtest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// uncalled are exported methods that nothing calls, of types that are in the program.
// The linker leaves them out unless it must keep every exported method.
var uncalled = []string{
	"google.golang.org/protobuf/internal/filedesc.(*File).ProtoInternal",
	"google.golang.org/protobuf/internal/filedesc.(*Service).ProtoInternal",
}

// callsByName is a file that does what must not be done.
const callsByName = `package main

import (
	"io"
	"text/template"
)

func init() { _ = template.Must(template.New("").Parse("{{.}}")).Execute(io.Discard, nil) }
`

// TestNoMethodByName: nothing in jcode looks up a method by a name that the linker
// cannot see (text/template does). One such place keeps every exported method of
// every type in the program: some megabytes, and a slower start of every command.
// `go build -ldflags -dumpdep` says more of who it is; what it prints, the build
// cache prints again in somebody's next build, so no test may use it.
func TestNoMethodByName(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("links the program")
	}
	symbols := linked(t)
	for _, method := range uncalled {
		if symbols[method] {
			t.Errorf("%s is in the program: something in it, or in a library of it, looks up methods by name", method)
		}
	}
	if t.Failed() {
		return
	}
	// The proof that they would show it.
	added, err := filepath.Abs(filepath.Join(root, "cmd", "jcode", "zz_calls_by_name.go"))
	if err != nil {
		t.Fatal(err)
	}
	source, overlay := filepath.Join(t.TempDir(), "source.go"), filepath.Join(t.TempDir(), "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {added: source}})
	if err != nil {
		t.Fatal(err)
	}
	for path, data := range map[string][]byte{source: []byte(callsByName), overlay: replace} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	symbols = linked(t, "-overlay", overlay)
	for _, method := range uncalled {
		if !symbols[method] {
			t.Errorf("%s is not even in a program that calls methods by name: name another one here", method)
		}
	}
}

// linked is what the linker put into jcode, built as a release but for its symbols.
func linked(t *testing.T, flags ...string) map[string]bool {
	t.Helper()
	program := filepath.Join(t.TempDir(), "jcode")
	args := append([]string{"build", "-tags", "grpcnotrace,urfave_cli_no_docs", "-trimpath", "-o", program}, flags...)
	build := exec.CommandContext(t.Context(), "go", append(args, "./cmd/jcode")...)
	build.Dir = root
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build jcode: %v\n%s", err, out)
	}
	list, err := exec.CommandContext(t.Context(), "go", "tool", "nm", program).Output()
	if err != nil {
		t.Fatal(err)
	}
	symbols := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		if fields := strings.Fields(line); len(fields) > 2 {
			symbols[fields[2]] = true
		}
	}
	if !symbols["main.main"] {
		t.Fatalf("%d symbols, and main.main is none of them", len(symbols))
	}
	return symbols
}
