package toolspec

import (
	"math/rand/v2"
	"testing"

	"github.com/jcode-go/jcode/sdk"
)

var table = map[string]string{"bash": "shell_exec", "read": "file_read", "task": "task_runner"}

// Any transcript goes out and comes back with the same names: what was sent as a
// call is what a call of that name would be read as.
func TestNamesAreLossless(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	pool := []string{"mcp__x.y/z", "mcp__x_y_z", "täst", "", "a b", "Bash", "odd-name"}
	for host, wire := range table {
		pool = append(pool, host, wire, hashedName(host), wire+"_")
	}
	for i := range 3000 {
		request := &sdk.Request{}
		seen := map[string]bool{}
		for range random.IntN(8) {
			if name := pool[random.IntN(len(pool))]; !seen[name] {
				seen[name] = true
				request.Tools = append(request.Tools, sdk.ToolSpec{Name: name})
			}
		}
		var called []string
		for range random.IntN(12) {
			name := pool[random.IntN(len(pool))]
			called = append(called, name)
			request.Messages = append(request.Messages, sdk.Message{
				Role: sdk.RoleAssistant, Blocks: []sdk.Block{sdk.ToolCall{ID: "1", Name: name}},
			})
		}
		names, err := NewNames(table, request)
		if err != nil { // two tools with one name on the wire are refused
			if sdk.KindOf(err) != sdk.KindInvalidRequest {
				t.Fatal(err)
			}
			continue
		}
		wires := map[string]string{}
		for name := range seen {
			called = append(called, name)
		}
		for _, name := range called {
			wire := names.Wire(name)
			if back := names.Host(wire); back != name || len(wire) > maxNameBytes || CleanWord(wire) != wire || wire == "" {
				t.Fatalf("round %d: %q is %q on the wire and comes back as %q", i, name, wire, back)
			}
			if former, taken := wires[wire]; taken && former != name {
				t.Fatalf("round %d: %q and %q are both %q", i, former, name, wire)
			}
			wires[wire] = name
		}
	}
}

// A renamed tool that the request did not offer still comes back under its own
// name, and a foreign one of the wire's name stays what it is.
func TestNamesWithoutTools(t *testing.T) {
	t.Parallel()
	none, _ := NewNames(table, &sdk.Request{})
	if got := none.Host("shell_exec"); got != "bash" {
		t.Errorf("%q", got)
	}
	foreign, err := NewNames(table, &sdk.Request{Tools: []sdk.ToolSpec{{Name: "shell_exec"}}})
	if err != nil || foreign.Host("shell_exec") != "shell_exec" {
		t.Errorf("%q %v", foreign.Host("shell_exec"), err)
	}
}
