package vendorcheck

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/tools/standin/messages"
)

// unfit are the golden streams that the SDK, by its own design, cannot read to
// the end or reads as another message: what matters of them is checked apart.
var unfit = []string{"garbage", "unknown-block", "tool-cut-by-max-tokens"}

func goldens(t *testing.T) []messages.Golden {
	t.Helper()
	all, err := messages.GoldenStreams()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestSDKReadsEveryGoldenStream holds the decoder's result against the message
// that the stand-in says it streamed.
func TestSDKReadsEveryGoldenStream(t *testing.T) {
	t.Parallel()
	for _, g := range goldens(t) {
		if g.Outcome != messages.Complete || slices.Contains(unfit, g.Name) {
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			m, events, err := stream(t, clientOf(t, canned(g.Stream)), prompt("hi"))
			if err != nil {
				t.Fatal(err)
			}
			if len(events) == 0 || events[len(events)-1] != "message_stop" {
				t.Errorf("events end with %v", events)
			}
			if diff := cmp.Diff(decode(t, g.Message), decode(t, []byte(m.RawJSON()))); diff != "" {
				t.Errorf("message (-streamed +read):\n%s", diff)
			}
		})
	}
}

// TestSDKSeesEveryBrokenStreamAsBroken is about the streams that do not end
// well: an error event is a typed error, a broken connection an error. A clean
// end too early is no error to the SDK, but message_stop is missing.
func TestSDKSeesEveryBrokenStreamAsBroken(t *testing.T) {
	t.Parallel()
	for _, g := range goldens(t) {
		if g.Outcome == messages.Complete {
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			_, client := start(t, messages.Options{})
			_, events, err := stream(t, client, prompt("@golden "+g.Name))
			if slices.Contains(events, "message_stop") {
				t.Error("message_stop was seen")
			}
			var typed *anthropic.Error
			if got := errors.As(err, &typed); got != (g.Outcome == messages.Errored) {
				t.Errorf("typed error: %v, outcome %s: %v", got, g.Outcome, err)
			}
			if g.Outcome == messages.Aborted && err == nil {
				t.Error("no error from a broken connection")
			}
			if typed != nil && (typed.Type() == "" || typed.RequestID == "") {
				t.Errorf("error has type %q, request %q", typed.Type(), typed.RequestID)
			}
		})
	}
}

func TestSDKOnUnfitStreams(t *testing.T) {
	t.Parallel()
	for _, g := range goldens(t) {
		if !slices.Contains(unfit, g.Name) {
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			m, _, err := stream(t, clientOf(t, canned(g.Stream)), prompt("hi"))
			if (err != nil) != (g.Name == "garbage") {
				t.Errorf("err = %v", err)
			}
			if g.Name == "tool-cut-by-max-tokens" && m.StopReason != anthropic.StopReasonMaxTokens {
				t.Errorf("stop reason = %s", m.StopReason)
			}
		})
	}
}

// TestServedStreamsEqualGoldens reads each through the server, cut into pieces
// of seven bytes, which falls inside events and characters.
func TestServedStreamsEqualGoldens(t *testing.T) {
	t.Parallel()
	_, client := start(t, messages.Options{Flush: "7"})
	for _, g := range goldens(t) {
		if g.Outcome != messages.Complete || slices.Contains(unfit, g.Name) {
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			want, got := decode(t, g.Message), decode(t, []byte(mustStream(t, client, prompt("@golden "+g.Name)).RawJSON()))
			for _, m := range []map[string]any{want, got} {
				blank(m)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("message (-golden +served):\n%s", diff)
			}
		})
	}
}

// blank removes what differs from run to run.
func blank(m map[string]any) {
	delete(m, "id")
	delete(m, "usage")
	content, _ := m["content"].([]any)
	for _, b := range content {
		if block, ok := b.(map[string]any); ok {
			delete(block, "id")
		}
	}
}

func decode(t *testing.T, b []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return m
}

func canned(body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write(body)
	})
}
