package messages

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// request makes one with the headers of a good client; header replaces some,
// "" removes one.
func request(t *testing.T, method, url, body string, header map[string]string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range map[string]string{
		"x-api-key": "key", "anthropic-version": "2023-06-01", "content-type": "application/json",
	} {
		req.Header.Set(k, v)
	}
	for k, v := range header {
		if v == "" {
			req.Header.Del(k)
			continue
		}
		req.Header.Set(k, v)
	}
	return req
}

func do(t *testing.T, method, url, body string, header map[string]string) (*http.Response, []byte) {
	t.Helper()
	res, err := http.DefaultClient.Do(request(t, method, url, body, header))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	reply, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("read the reply: %v", err)
	}
	return res, reply
}
