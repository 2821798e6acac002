package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/host"
)

var contextEvents = []host.Event{
	host.Compacted{Trigger: "auto", PreTokens: 161_022, PostTokens: 38_417, Cut: 3},
	host.Compacted{Trigger: "context_exceeded", PreTokens: 900, PostTokens: 300, Summarized: true, ParentID: "t1"},
	host.ModelFallback{From: "acme/large", To: "other", Reason: "rate_limited", Message: "too many", RetryAfter: 90 * time.Second},
}

func TestContextEventsAsText(t *testing.T) {
	t.Parallel()
	_, errOut := show(t, nil, host.RunResult{}, nil, contextEvents...)
	want := `jcode: the conversation was compacted from about 161k to 38k tokens: older tool output is cut
jcode: the conversation was compacted from about 900 to 300 tokens, because the provider said it was too long: older messages are summarized
jcode: fallback: other goes on instead of acme/large (rate_limited: too many), which may be asked again in 1m30s
`
	if errOut != want {
		t.Errorf("%s", errOut)
	}
	_, quiet := show(t, flag("quiet"), host.RunResult{}, nil, contextEvents...)
	if quiet != want[strings.LastIndex(want[:len(want)-1], "\n")+1:] {
		t.Errorf("quiet: %q", quiet)
	}
}

func TestContextEventsAsJSON(t *testing.T) {
	t.Parallel()
	var out, errOut bytes.Buffer
	c := &command{process: &process{out: &out, err: &errOut, env: map[string]string{}}}
	r := c.newStreamRenderer(false)
	for _, event := range append([]host.Event{started()}, contextEvents...) {
		if err := r.event(event); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.finish(host.RunResult{}, explain(errors.New("x"))); err != nil {
		t.Fatal(err)
	}
	var faults bytes.Buffer
	lines := checkStreamText(&faults, out.Bytes())
	if faults.Len() > 0 {
		t.Fatal(faults.String())
	}
	for i, want := range []string{"", "compact_boundary", "compact_boundary", "model_fallback"} {
		if want != "" && lines[i]["subtype"] != want {
			t.Errorf("line %d is %v", i, lines[i]["subtype"])
		}
	}
	if lines[2]["parent_tool_use_id"] != "t1" || lines[3]["retry_after_s"] != 90.0 || strings.Count(errOut.String(), "jcode: fallback:") != 1 {
		t.Errorf("%v\n%v\n%s", lines[2], lines[3], errOut.String())
	}
}
