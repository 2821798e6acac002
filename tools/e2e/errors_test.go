//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/tools/standin/messages"
)

// Each failure of the provider has its exit code and message, and the session
// is there to go on with.
func TestProviderErrors(t *testing.T) {
	t.Parallel()
	noWait := map[string]string{"retry-after-ms": "1"}
	cases := []struct {
		name    string
		step    messages.Step
		code    int
		message string
	}{
		{"400", messages.Step{HTTP: &messages.HTTPError{Status: 400, Message: "tools.0: nonsense"}}, 1, "nonsense"},
		{"401", messages.Step{HTTP: &messages.HTTPError{Status: 401}}, 4, "try: jcode login --provider claude"},
		{"403", messages.Step{HTTP: &messages.HTTPError{Status: 403}}, 4, "403"},
		{"404", messages.Step{HTTP: &messages.HTTPError{Status: 404}}, 2, "model"},
		{"413", messages.Step{HTTP: &messages.HTTPError{Status: 413}}, 7, "413"},
		{"429", messages.Step{HTTP: &messages.HTTPError{Status: 429}, Headers: noWait}, 5, "429"},
		{"500", messages.Step{HTTP: &messages.HTTPError{Status: 500}, Headers: noWait}, 5, "500"},
		{"529", messages.Step{HTTP: &messages.HTTPError{Status: 529}, Headers: noWait}, 5, "529"},
		{"proxy page", messages.Step{HTTP: &messages.HTTPError{Status: 502, Body: "<html><body>bad gateway</body></html>"}, Headers: noWait}, 5, "502"},
		{"error in the stream", messages.Step{Reply: reply(text("partial "), messages.Block{Type: messages.Error})}, 5, "overloaded"},
		{"cut stream", messages.Step{Reply: reply(text("partial "), messages.Block{Type: messages.Cut, Abort: true})}, 5, ""},
		{"early end", messages.Step{Reply: reply(text("partial "), messages.Block{Type: messages.Cut})}, 5, ""},
		{"garbage", messages.Step{Reply: reply(text("partial "), messages.Block{Type: messages.RawBytes, Text: "event: content_block_delta\ndata: {oops\n\n"})}, 5, ""},
		{"refusal", messages.Step{Reply: &messages.Reply{Blocks: []messages.Block{text("I cannot ")}, StopReason: "refusal"}}, 1, "refus"},
		{"max tokens", messages.Step{Reply: &messages.Reply{Blocks: []messages.Block{text("half a ")}, StopReason: "max_tokens"}}, 7, "output tokens"},
		{"context", messages.Step{Reply: &messages.Reply{Blocks: []messages.Block{text("too ")}, StopReason: "model_context_window_exceeded"}}, 7, "context"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.step.Name, c.step.When = "fault", messages.When{UserRegex: `break\s*$`}
			b := newBed(t, &messages.Scenario{Steps: []messages.Step{
				c.step, {Name: "text", Reply: reply(text("going on"))},
			}})
			r := b.jcode("run", "-o", "stream-json", "break")
			r.want(t, c.code, "jcode: ", c.message)
			checkStream(t, r)
			again := b.jcode("run", "-c", "go on")
			again.want(t, 0)
			if again.stdout != "going on\n" {
				t.Errorf("the session does not go on: %q", again.stdout)
			}
			b.noViolations()
		})
	}
}

// A server that is not there, and one that speaks no protocol.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	html := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "<html>log in to the hotel</html>")
	}))
	t.Cleanup(html.Close)
	for name, url := range map[string]string{"nobody listens": gone.URL, "a web page": html.URL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, nil)
			b.env = append(b.env, "ANTHROPIC_BASE_URL="+url)
			r := b.jcode("run", "hi")
			r.want(t, 5, "jcode: ")
			if strings.Contains(r.stderr, "<html>") {
				t.Errorf("markup in the message: %s", r.stderr)
			}
		})
	}
}

// noViolations fails the test when the server saw a request that the vendor
// would have refused.
func (b *bed) noViolations() {
	b.t.Helper()
	for _, record := range b.server.Violated() {
		b.t.Errorf("the server was sent a bad request: %s: %s", record.Violation, record.Message)
	}
}
