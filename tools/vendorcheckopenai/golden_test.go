package vendorcheckopenai

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3/responses"

	standin "github.com/jcode-go/jcode/tools/standin/responses"
)

func goldens(t *testing.T) []standin.Golden {
	t.Helper()
	all, err := standin.GoldenStreams()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func canned(body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write(body)
	})
}

// unfit are streams that the SDK gives up on, by design or not.
var unfit = []string{"garbage"}

// The items that the SDK reads are those that the stand-in says it streamed, and so
// is the response at the end, where that has its output.
func TestSDKReadsEveryGoldenStream(t *testing.T) {
	t.Parallel()
	for _, g := range goldens(t) {
		if g.Outcome != standin.Complete || slices.Contains(unfit, g.Name) {
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			o := stream(t, clientOf(t, canned(g.Stream)), prompt("hi"))
			if o.err != nil {
				t.Fatal(o.err)
			}
			var want struct {
				Status string
				Output []json.RawMessage
			}
			if err := json.Unmarshal(g.Response, &want); err != nil {
				t.Fatal(err)
			}
			if o.last.Type != "response."+want.Status {
				t.Errorf("ends with %s, want %s", o.last.Type, want.Status)
			}
			compareItems(t, want.Output, o.items)
			if g.Name != "empty-output" {
				compareItems(t, want.Output, raw(o.last.Response.Output))
				if got := o.last.Response.OutputText(); got != textIn(t, g.Response) {
					t.Errorf("output text %q", got)
				}
			}
		})
	}
}

func raw(items []responses.ResponseOutputItemUnion) []json.RawMessage {
	var all []json.RawMessage
	for _, i := range items {
		all = append(all, json.RawMessage(i.RawJSON()))
	}
	return all
}

func compareItems(t *testing.T, want, got []json.RawMessage) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%d items, want %d", len(got), len(want))
		return
	}
	for i := range want {
		if diff := cmp.Diff(decode(t, want[i]), decode(t, got[i])); diff != "" {
			t.Errorf("item %d (-streamed +read):\n%s", i, diff)
		}
	}
}

// textIn joins the texts of a response, without the SDK.
func textIn(t *testing.T, response []byte) string {
	t.Helper()
	var r struct {
		Output []struct {
			Content []struct{ Type, Text string }
		}
	}
	if err := json.Unmarshal(response, &r); err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, item := range r.Output {
		for _, part := range item.Content {
			if part.Type == "output_text" {
				all += part.Text
			}
		}
	}
	return all
}

// A failed response is an event like others to the SDK, an error event is an error,
// and so is a broken connection. A clean end too early is none, but the last event
// is missing.
func TestSDKOnStreamsThatEndBadly(t *testing.T) {
	t.Parallel()
	for _, g := range goldens(t) {
		if g.Outcome == standin.Complete {
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			_, client := start(t, standin.Options{})
			o := stream(t, client, prompt("@golden "+g.Name))
			failed := strings.HasPrefix(g.Name, "failed")
			if failed != (o.last.Type == "response.failed" && o.last.Response.Error.Code != "" && o.last.Response.Error.Message != "") {
				t.Errorf("ends with %s %+v", o.last.Type, o.last.Response.Error)
			}
			if slices.Contains(o.types, "response.completed") {
				t.Error("completed")
			}
			if g.Outcome == standin.Aborted && o.err == nil {
				t.Error("no error from a broken connection")
			}
			t.Logf("ends with %s, error %v", o.last.Type, o.err)
		})
	}
}

// Each through the server, cut into pieces of seven bytes, which falls inside events
// and characters.
func TestServedStreamsEqualGoldens(t *testing.T) {
	t.Parallel()
	_, client := start(t, standin.Options{Flush: "7"})
	for _, g := range goldens(t) {
		if g.Outcome != standin.Complete || slices.Contains(unfit, g.Name) || len(g.Stream) > 1<<20 {
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			direct, served := stream(t, clientOf(t, canned(g.Stream)), prompt("hi")), stream(t, client, prompt("@golden "+g.Name))
			if served.err != nil || served.text != direct.text || !slices.Equal(served.types, direct.types) {
				t.Errorf("%v %q %v, want %q %v", served.err, served.text, served.types, direct.text, direct.types)
			}
		})
	}
}
