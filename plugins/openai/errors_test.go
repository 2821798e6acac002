package openai

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// Whoever has to wait longer than anybody sits in front of a terminal is told how long.
func TestLongWaitIsTold(t *testing.T) {
	t.Parallel()
	for after, want := range map[string]string{"3600": "wait 1h0m0s", "3": ""} {
		recorder := httptest.NewRecorder()
		recorder.Header().Set("Retry-After", after)
		recorder.WriteHeader(http.StatusTooManyRequests)
		e := readFault(recorder.Result(), testNow).error("", testNow)
		if e.Kind != sdk.KindRateLimited || !strings.HasPrefix(e.Remedy, want) || want == "" && e.Remedy != "" {
			t.Errorf("%s: %+v", after, e)
		}
	}
}

// Who is not reached is named, and what in the user's hands may be wrong.
func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	w := newWorld(t, authJSON("x", testNow.Add(time.Hour)))
	w.configure(map[string]string{chatGPTVariable: gone.URL}, nil)
	_, _, err := w.ask()
	if e := sdk.AsError(err); e == nil || e.Kind != sdk.KindNetwork || e.Remedy != networkRemedy || !strings.Contains(e.Error(), strings.TrimPrefix(gone.URL, "http://")) {
		t.Errorf("%+v", err)
	}
}
