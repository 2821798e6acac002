// Package standin answers like the vendor's API, without a model behind it. What it
// answers depends on the last text of the conversation:
//
//	tool …          calls the tool read
//	long …          5 MiB of text
//	endless …       begins and does not end
//	fail STATUS …   refuses with that status
//	cut …           closes the connection in the middle
//	anything else   says what was said
package standin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Key is the one key that is accepted.
const Key = "acme-name-standin-key"

// Handler is the whole API.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/me", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"account":"me@example.com"}`)
	})
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"models":[{"id":"small","context":100000},{"id":"large","context":1000000}]}`)
	})
	mux.HandleFunc("POST /v1/chat", chat)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "req_1")
		if r.Header.Get("Authorization") != "Bearer "+Key {
			refuse(w, http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func refuse(w http.ResponseWriter, status int) {
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After-Ms", "20")
	}
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"error":{"message":%q}}`, http.StatusText(status))
}

func chat(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Model    string
		Messages []struct {
			Text    string
			Results []struct{ Text string }
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil || len(request.Messages) == 0 {
		refuse(w, http.StatusBadRequest)
		return
	}
	last := request.Messages[len(request.Messages)-1]
	said := last.Text
	for _, result := range last.Results {
		said = "the tool said " + result.Text
	}
	word, rest, _ := strings.Cut(said, " ")
	if word == "fail" {
		status, _ := strconv.Atoi(strings.TrimSpace(rest))
		refuse(w, max(status, http.StatusBadRequest))
		return
	}
	answer(w, r, request.Model, word, said)
}

func answer(w http.ResponseWriter, r *http.Request, model, word, said string) {
	w.Header().Set("Content-Type", "text/event-stream")
	send(w, map[string]any{"type": "start", "id": "r1", "model": model})
	stop := "end_turn"
	switch word {
	case "tool":
		send(w, map[string]any{"type": "call", "call": map[string]any{"id": "c1", "name": "read", "input": map[string]string{"file_path": "plugin.toml"}}})
		stop = "tool_use"
	case "long":
		for range 5 << 10 {
			text(w, strings.Repeat("long ", 205))
		}
	case "endless":
		text(w, "I am thinking")
		<-r.Context().Done()
		return
	case "cut":
		text(w, "I was about to")
		return
	default:
		text(w, "You said: ")
		text(w, said)
	}
	send(w, map[string]any{"type": "end", "stop": stop, "usage": map[string]int{"input": 3, "output": 2}})
}

func text(w http.ResponseWriter, words string) {
	send(w, map[string]any{"type": "text", "text": words})
}

func send(w http.ResponseWriter, event map[string]any) {
	data, err := json.Marshal(event)
	if err != nil {
		return
	}
	_, _ = fmt.Fprintf(w, "data: %s\n\n", data)
	_ = http.NewResponseController(w).Flush()
}
