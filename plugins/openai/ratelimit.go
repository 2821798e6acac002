package openai

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// warnAt is the share of a limit from which it is worth a word.
const warnAt = 0.9

// readLimit is the tightest limit that a response tells of.
func readLimit(header http.Header, status int) (sdk.RateLimit, bool) {
	limit, ok := tightest(headerWindow(header, "Primary").limit(), headerWindow(header, "Secondary").limit())
	if !ok {
		limit, ok = tightest(keyLimit(header, "requests"), keyLimit(header, "tokens"))
	}
	if ok && status == http.StatusTooManyRequests {
		limit.Status = httpapi.LimitRejected
	}
	return limit, ok
}

// headerWindow is one window of a ChatGPT plan, as the headers have it.
func headerWindow(header http.Header, name string) *wireWindow {
	var w wireWindow
	prefix := "X-Codex-" + name + "-"
	for field, target := range map[string]*number{
		"Used-Percent": &w.UsedPercent, "Window-Minutes": &w.WindowMinutes, "Reset-At": &w.ResetAt,
	} {
		_ = target.UnmarshalJSON([]byte(header.Get(prefix + field))) // never fails
	}
	return &w
}

// limit is unknown, with a utilization below 0, where the window says nothing.
func (w *wireWindow) limit() sdk.RateLimit {
	if w == nil || !w.UsedPercent.set {
		return sdk.RateLimit{Utilization: -1}
	}
	limit := sdk.RateLimit{Window: windowName(w.WindowMinutes.value), Utilization: w.UsedPercent.value / 100}
	reset := w.ResetAt
	if !reset.set {
		reset = w.ResetsAt
	}
	if reset.set && reset.value > 0 && reset.value < 1e11 {
		limit.ResetsAt = time.Unix(int64(reset.value), 0)
	}
	limit.Status = statusAt(limit.Utilization)
	return limit
}

// windowName is the name of a window by its length.
func windowName(minutes float64) string {
	switch {
	case minutes == 5*60:
		return "five_hour"
	case minutes == 7*24*60:
		return "seven_day"
	case minutes > 0:
		return strconv.Itoa(int(minutes)) + "_minutes"
	}
	return "plan"
}

func statusAt(utilization float64) string {
	if utilization >= warnAt {
		return httpapi.LimitWarning
	}
	return httpapi.LimitAllowed
}

// keyLimit is one limit of an API key, whose reset is a duration such as "6m0s".
func keyLimit(header http.Header, name string) sdk.RateLimit {
	most, err := strconv.ParseFloat(header.Get("X-Ratelimit-Limit-"+name), 64)
	left, leftErr := strconv.ParseFloat(header.Get("X-Ratelimit-Remaining-"+name), 64)
	if err != nil || leftErr != nil || most <= 0 {
		return sdk.RateLimit{Utilization: -1}
	}
	limit := sdk.RateLimit{Window: name, Utilization: min(max(1-left/most, 0), 1)}
	limit.Status = statusAt(limit.Utilization)
	if wait, err := time.ParseDuration(strings.TrimSpace(header.Get("X-Ratelimit-Reset-" + name))); err == nil && wait > 0 {
		limit.ResetsAt = time.Now().Add(wait)
	}
	return limit
}

// tightest is the limit nearest to its end; ok is false when none is known.
func tightest(limits ...sdk.RateLimit) (sdk.RateLimit, bool) {
	worst := sdk.RateLimit{Utilization: -1}
	for _, limit := range limits {
		if limit.Utilization > worst.Utilization {
			worst = limit
		}
	}
	return worst, worst.Utilization >= 0
}
