// Program floor is what no agent can be faster than: it posts one streaming
// request to a Messages server, with net/http and a line reader, and prints the
// text. The tools that an answer calls it runs without more ado. `make bench` runs it
// beside jcode against the same server.
//
//	floor URL PROMPT
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// message is one of a conversation.
type message struct {
	Role    string `json:"role"`
	Content any    `json:"content"`
}

// run asks, and as long as the answer calls tools runs them and asks again.
func run(url, prompt string) error {
	conversation := []message{{"user", prompt}}
	for {
		reply, err := ask(url, conversation)
		if err != nil || len(reply.calls) == 0 {
			return err
		}
		results := make([]result, len(reply.calls))
		for i, c := range reply.calls {
			results[i] = c.run()
		}
		conversation = append(conversation, message{"assistant", reply.calls}, message{"user", results})
	}
}

func ask(url string, conversation []message) (reply, error) {
	body, err := json.Marshal(map[string]any{
		"model": "claude-opus-4-5-20251101", "max_tokens": 32000, "stream": true, "messages": conversation,
	})
	if err != nil {
		return reply{}, err
	}
	request, err := http.NewRequest(http.MethodPost, url+"/v1/messages", bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	request.Header.Set("x-api-key", os.Getenv("ANTHROPIC_API_KEY"))
	request.Header.Set("anthropic-version", "2023-06-01")
	request.Header.Set("content-type", "application/json")
	request.Header.Set("accept", "text/event-stream")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return reply{}, fmt.Errorf("status %s", response.Status)
	}
	return read(response.Body)
}
