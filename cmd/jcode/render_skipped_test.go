package main

import (
	"strings"
	"testing"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

// The error of the run gives the reason, once.
func TestTextSkippedCallIsOneShortLine(t *testing.T) {
	t.Parallel()
	call := sdk.ToolCall{ID: "a", Name: "grep"}
	result := host.ToolResult{IsError: true, Code: "limit", Content: []sdk.Block{sdk.Text{Text: "not run: limit reached: 2 turns"}}}
	_, errOut := show(t, flag("verbose"), host.RunResult{}, nil, host.ToolFinished{Call: call, Result: result})
	if !strings.Contains(errOut, " not run: grep\n") || strings.Contains(errOut, "2 turns") {
		t.Errorf("%q", errOut)
	}
}
