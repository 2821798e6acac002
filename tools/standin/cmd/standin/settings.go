package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/messages"
	"github.com/jcode-go/jcode/tools/standin/openaiauth"
	"github.com/jcode-go/jcode/tools/standin/responses"
)

// The values of --api.
const (
	apiMessages  = "messages"  // the Claude Messages API
	apiResponses = "responses" // OpenAI's Responses API, on both its faces
	apiOpenAI    = "openai"    // the same, and the login that its tokens come from
)

type settings struct {
	api, listen, scenario, apiKey, log, flush, golden, auth string
	lenient, withStdin, minted                              bool
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("standin", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&s.api, "api", apiMessages, "what to stand in for: messages, responses, or `openai` for responses and the login")
	f.StringVar(&s.listen, "listen", "127.0.0.1:0", "loopback `address`; port 0 takes a free one")
	f.StringVar(&s.scenario, "scenario", "", "scenario `file`; without one the server echoes")
	f.StringVar(&s.apiKey, "api-key", "", "the only `key` or token accepted; without it any is")
	f.StringVar(&s.log, "log", "", "append one JSON line per request to `file`")
	f.StringVar(&s.flush, "flush", "frame", "when bytes leave: frame, batch or a `number` of bytes")
	f.StringVar(&s.golden, "golden", "", "write the golden streams into `folder` and exit")
	f.StringVar(&s.auth, "auth", "", "with --api openai: `settings` of the login, JSON or a file of it")
	f.BoolVar(&s.minted, "minted-only", false, "with --api openai: accept no access token but those of the login")
	f.BoolVar(&s.lenient, "lenient", false, "check nothing but that requests are JSON")
	f.BoolVar(&s.withStdin, "exit-with-stdin", false, "end when stdin does")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	switch {
	case f.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q", f.Arg(0))
	case s.api != apiMessages && s.api != apiResponses && s.api != apiOpenAI:
		return s, fmt.Errorf("--api %q: want messages, responses or openai", s.api)
	case s.api != apiOpenAI && (s.auth != "" || s.minted):
		return s, fmt.Errorf("--auth and --minted-only need --api openai")
	}
	return s, nil
}

// announce prints the base URL, then what points jcode at it, except for the API
// that is the default.
func (s settings) announce(w io.Writer, base string) error {
	lines := []string{base}
	if s.api != apiMessages {
		lines = append(lines, "OPENAI_BASE_URL="+base+"/v1", "JCODE_CHATGPT_BASE_URL="+base+responses.DefaultChatGPTBase)
	}
	if s.api == apiOpenAI {
		lines = append(lines, "JCODE_OPENAI_AUTH_URL="+base)
	}
	if _, err := io.WriteString(w, strings.Join(lines, "\n")+"\n"); err != nil {
		return fmt.Errorf("print the address: %w", err)
	}
	return nil
}

func (s settings) handler() (http.Handler, func(), error) {
	var log io.Writer
	closeLog := func() {}
	if s.log != "" {
		f, err := os.OpenFile(s.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, fmt.Errorf("open log: %w", err)
		}
		log, closeLog = f, func() { _ = f.Close() } // every line was already written
	}
	make := s.messages
	if s.api != apiMessages {
		make = s.openAI
	}
	server, err := make(log)
	if err != nil {
		closeLog()
		return nil, nil, err
	}
	return server, closeLog, nil
}

func (s settings) messages(log io.Writer) (http.Handler, error) {
	opts := messages.Options{APIKey: s.apiKey, Flush: s.flush, Lenient: s.lenient, Log: log}
	if s.scenario != "" {
		scenario, err := messages.Load(s.scenario)
		if err != nil {
			return nil, err
		}
		opts.Scenario = scenario
	}
	return messages.New(opts)
}

func (s settings) openAI(log io.Writer) (http.Handler, error) {
	opts := responses.Options{APIKey: s.apiKey, Flush: s.flush, Lenient: s.lenient, Log: log}
	if s.scenario != "" {
		scenario, err := responses.Load(s.scenario)
		if err != nil {
			return nil, err
		}
		opts.Scenario = scenario
	}
	if s.api == apiResponses {
		return responses.New(opts)
	}
	options, err := readAuth(s.auth)
	if err != nil {
		return nil, err
	}
	login, err := openaiauth.New(options)
	if err != nil {
		return nil, err
	}
	if s.minted {
		opts.Account = login.Account
	}
	server, err := responses.New(opts)
	if err != nil {
		return nil, err
	}
	return login.With(server), nil
}

// readAuth reads settings of the login, which may stand on the command line.
func readAuth(text string) (openaiauth.Options, error) {
	var options openaiauth.Options
	if text == "" {
		return options, nil
	}
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		b, err := os.ReadFile(text)
		if err != nil {
			return options, fmt.Errorf("read --auth: %w", err)
		}
		text = string(b)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&options); err != nil {
		return options, fmt.Errorf("read --auth: %w", err)
	}
	return options, nil
}
