//go:build unix

package e2e

import (
	"testing"
	"time"

	"github.com/jcode-go/jcode/tools/standin/openaiauth"
	"github.com/jcode-go/jcode/tools/standin/responses"
)

// openAIFault is a failure of the provider and what comes of it.
type openAIFault struct {
	name    string
	step    responses.Step
	key     bool // with an API key instead of a login
	code    int
	message string
	least   int // requests for a response
	most    int
}

func refused(status int, e responses.HTTPError) responses.Step {
	e.Status = status
	return responses.Step{HTTP: &e}
}

func soon(s responses.Step) responses.Step {
	s.Headers = map[string]string{"retry-after": "1"}
	return s
}

func broken(items ...responses.Item) responses.Step { return responses.Step{Reply: output(items...)} }

func failed(code string) responses.Step {
	return responses.Step{Reply: &responses.Reply{Failed: &responses.Fault{Code: code}}}
}

func incomplete(reason string) responses.Step {
	return responses.Step{Reply: &responses.Reply{Items: []responses.Item{says("half a ")}, Incomplete: reason}}
}

func httpFaults() []openAIFault {
	return []openAIFault{
		{"400", refused(400, responses.HTTPError{Shape: "detail", Message: "Unsupported parameter: nonsense"}), false, 1, "nonsense", 1, 1},
		{"400 in a list", refused(422, responses.HTTPError{Shape: "detail_list", Message: "Field required", Param: "x"}), false, 1, "Field required", 1, 1},
		{"400 as an event", refused(400, responses.HTTPError{Shape: "error_event", Code: "context_length_exceeded", Message: "too much"}), false, 7, "", 1, 1},
		{"400 retired model", refused(400, responses.HTTPError{Shape: "detail", Message: "The 'gpt-5.2-codex' model is not supported when using Codex with a ChatGPT account."}), false, 2, "gpt-5.5", 1, 1},
		{"401", refused(401, responses.HTTPError{Shape: "error_status"}), false, 4, openAIRemedy, 2, 2},
		{"401 with a key", refused(401, responses.HTTPError{Code: "invalid_api_key", Message: "Incorrect API key provided"}), true, 4, openAIRemedy, 1, 1},
		{"401 wrong host", refused(401, responses.HTTPError{Code: "missing_scope", Message: "Missing scopes: api.responses.write"}), true, 4, "", 1, 1},
		{"402", refused(402, responses.HTTPError{Shape: "detail_code"}), false, 4, "workspace", 1, 1},
		{"403", refused(403, responses.HTTPError{}), false, 4, openAIRemedy, 1, 1},
		{"403 page", refused(403, responses.HTTPError{Shape: "cloudflare"}), false, 5, "network", 1, 2},
		{"404", refused(404, responses.HTTPError{Shape: "detail", Message: "Model not found gpt-5.6-luna"}), false, 2, "model", 1, 1},
		{"413", refused(413, responses.HTTPError{}), false, 7, "", 1, 1},
		{"429 usage", responses.Step{HTTP: responses.UsageLimit(7200)}, false, 5, "plus", 1, 1},
		{"429 usage in words", refused(429, responses.HTTPError{Type: "usage_limit_reached", Message: "The usage limit has been reached", ResetsIn: 7200, Strings: true}), false, 5, "limit", 1, 1},
		{"429 plan", refused(429, responses.HTTPError{Code: "usage_not_included"}), false, 5, "plan", 1, 1},
		{"429 quota", refused(429, responses.HTTPError{Code: "insufficient_quota"}), true, 5, "", 1, 1},
		{"429 rate", refused(429, responses.HTTPError{Type: "tokens", Code: "rate_limit_exceeded", Message: "Please try again in 20ms."}), false, 5, "429", 2, 3},
		{"429 retry-after", soon(refused(429, responses.HTTPError{})), true, 5, "429", 2, 3},
		{"500", soon(refused(500, responses.HTTPError{})), false, 5, "500", 2, 3},
		{"502 page", soon(refused(502, responses.HTTPError{Shape: "html"})), false, 5, "502", 2, 3},
		{"503", soon(refused(503, responses.HTTPError{})), false, 5, "503", 2, 3},
		{"503 empty", soon(refused(503, responses.HTTPError{Shape: "empty"})), true, 5, "503", 2, 3},
	}
}

func streamFaults() []openAIFault {
	open := responses.Item{Type: responses.Text, Text: "partial ", Open: true}
	half := responses.Item{Type: responses.RawBytes, Text: "event: response.output_text.delta\ndata: {\"type\":\"resp"}
	return []openAIFault{
		{"cut", broken(open, half, responses.Item{Type: responses.Cut, Abort: true}), false, 5, "", 1, 1},
		{"early end", broken(open, responses.Item{Type: responses.Cut}), false, 5, "", 1, 1},
		{"end after a whole text", broken(says("partial "), responses.Item{Type: responses.Cut}), true, 5, "", 1, 1},
		{"cut before anything", broken(responses.Item{Type: responses.Cut, Abort: true}), false, 5, "", 2, 3},
		{"garbage", broken(open, responses.Item{Type: responses.RawBytes, Text: "data: {oops\n\n"}, responses.Item{Type: responses.Cut}), false, 5, "", 1, 1},
		{"error event", broken(open, responses.Item{Type: responses.Error, Fault: &responses.Fault{Code: "server_error"}}), false, 5, "", 1, 1},
		{"nested error event", broken(open, responses.Item{Type: responses.Error, Nested: true, Fault: &responses.Fault{Code: "server_is_overloaded"}}), true, 5, "", 1, 1},
		{"error event first", broken(responses.Item{Type: responses.Error, Fault: &responses.Fault{Code: "invalid_prompt"}}), false, 1, "", 1, 1},
		{"context", failed("context_length_exceeded"), false, 7, "", 1, 1},
		{"quota", failed("insufficient_quota"), false, 5, "", 1, 1},
		{"plan", failed("usage_not_included"), false, 5, "", 1, 1},
		{"prompt", failed("invalid_prompt"), false, 1, "", 1, 1},
		{"cyber", failed("cyber_policy"), false, 1, "", 1, 1},
		{"bio", failed("bio_policy"), false, 1, "", 1, 1},
		{"image", failed("invalid_image"), false, 1, "", 1, 1},
		{"residency", failed("data_residency_mismatch"), false, 4, "", 1, 1},
		{"rate", failed("rate_limit_exceeded"), false, 5, "", 2, 3},
		{"server", failed("server_error"), false, 5, "", 2, 3},
		{"overloaded", failed("server_is_overloaded"), true, 5, "", 2, 3},
		{"vector store", failed("vector_store_timeout"), true, 5, "", 2, 3},
		{"unknown", failed("something_new"), false, 5, "something_new", 2, 3},
		{"max tokens", incomplete("max_output_tokens"), false, 7, "output tokens", 1, 1},
		{"filtered", incomplete("content_filter"), false, 1, "", 1, 1},
	}
}

// Each failure of the provider has its exit code, message and number of requests,
// and the session is there to go on with.
func TestOpenAIErrors(t *testing.T) {
	t.Parallel()
	for _, c := range append(httpFaults(), streamFaults()...) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.step.Name, c.step.When = "fault", responses.When{UserRegex: `break\s*$`}
			b := newOpenAIBed(t, openaiauth.Options{}, &responses.Scenario{Steps: []responses.Step{
				c.step, {Name: "text", Reply: output(says("going on"))},
			}})
			if c.key {
				b.withKey()
			} else {
				b.withLogin()
			}
			r := b.run("-o", "stream-json", "break")
			r.want(t, c.code, "jcode: ", c.message)
			checkStream(t, r)
			if n := len(b.posts()); n < c.least || n > c.most {
				t.Errorf("%d requests, want %d to %d", n, c.least, c.most)
			}
			again := b.run("-c", "go on")
			again.want(t, 0)
			if again.stdout != "going on\n" {
				t.Errorf("the session does not go on: %q", again.stdout)
			}
			b.noViolations()
		})
	}
}

// A failure that passes is not one.
func TestOpenAIRecovers(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]responses.Step{
		"503": soon(refused(503, responses.HTTPError{})), "rate": refused(429, responses.HTTPError{Code: "rate_limit_exceeded", Message: "Please try again in 20ms."}),
		"failed": failed("server_error"), "cut": broken(responses.Item{Type: responses.Cut, Abort: true}),
		"glitch": refused(400, responses.HTTPError{Message: "prompt_cache_retention is not supported on this model", Code: "invalid_parameter"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			step.Name, step.Times = "fault", 1
			b := newOpenAIBed(t, openaiauth.Options{}, &responses.Scenario{Steps: []responses.Step{step, {Name: "text", Reply: output(says("fine"))}}}).withLogin()
			r := b.run("hi")
			r.want(t, 0)
			if r.stdout != "fine\n" || len(b.posts()) != 2 {
				t.Errorf("%q after %d requests", r.stdout, len(b.posts()))
			}
		})
	}
}

// Reasoning that the server does not know any more costs the reasoning, not the
// session: another account, and a server with another key.
func TestOpenAIForeignReasoning(t *testing.T) {
	t.Parallel()
	b := newOpenAIBed(t, openaiauth.Options{Account: "acc-1"}, nil).withLogin()
	b.run("@reasoning first").want(t, 0)
	b.store(b.login.IssueFor("acc-2", time.Hour))
	r := b.run("-c", "second")
	r.want(t, 0)
	if r.stdout != "echo: second\n" {
		t.Errorf("stdout %q", r.stdout)
	}
}
