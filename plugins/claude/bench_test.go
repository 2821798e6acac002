package claude

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
)

// session is a conversation of n tool turns whose results have size bytes.
func session(n, size int) *sdk.Request {
	request := &sdk.Request{
		System:   []sdk.SystemBlock{{Text: strings.Repeat("You are a coding agent.\n", 100), Stable: true}},
		Messages: []sdk.Message{say("fix the test")},
	}
	for _, name := range []string{"bash", "edit", "glob", "grep", "read", "task", "todoread", "todowrite", "write"} {
		request.Tools = append(request.Tools, sdk.ToolSpec{
			Name: name, Description: strings.Repeat("what it does ", 30),
			InputSchema: json.RawMessage(`{"type":"object","properties":{"path":{"type":"string"},"command":{"type":"string"}},"required":["path"]}`),
		})
	}
	result := strings.Repeat("func main() {\n\tfmt.Println(\"x\")\n}\n", size/30+1)[:size]
	for i := range n {
		id := fmt.Sprintf("toolu_%06d", i)
		request.Messages = append(request.Messages,
			sdk.Message{Role: sdk.RoleAssistant, Provider: providerName, Model: defaultModel, Blocks: []sdk.Block{
				sdk.Text{Text: "I look at the file."},
				sdk.ToolCall{ID: id, Name: "read", Input: json.RawMessage(`{"path":"cmd/main.go"}`)},
			}},
			sdk.Message{Role: sdk.RoleUser, Blocks: []sdk.Block{
				sdk.ToolResult{ToolCallID: id, Content: []sdk.Block{sdk.Text{Text: result}}},
			}})
	}
	return request
}

func benchmarkBuild(b *testing.B, request *sdk.Request) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		out, err := turnOf(b, request).build(without{})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(out.body)))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(request.Messages)), "ns/message")
}

func BenchmarkBuild300Turns(b *testing.B) { benchmarkBuild(b, session(300, 2_000)) }

func BenchmarkBuild20MB(b *testing.B) { benchmarkBuild(b, session(300, 66_000)) }

func BenchmarkBuildImages20MB(b *testing.B) {
	request := hello()
	image := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{1, 2, 3, 4}, 750_000)...)
	for range 5 {
		request.Messages[0].Blocks = append(request.Messages[0].Blocks, sdk.Image{Data: image})
	}
	benchmarkBuild(b, request)
}

// The body is allocated once: what building costs is the bytes of the body. Not
// parallel, since it counts what the whole process allocates.
func TestBuildAllocates(t *testing.T) {
	request := session(300, 10_000)
	turn := turnOf(t, request)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	out, err := turn.build(without{})
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if n := cap(out.body); n > len(out.body)*5/4 {
		t.Errorf("%d bytes for a body of %d", n, len(out.body))
	}
	if got, limit := after.TotalAlloc-before.TotalAlloc, uint64(len(out.body)*3/2); got > limit {
		t.Errorf("%d bytes allocated for a body of %d", got, len(out.body))
	}
}
