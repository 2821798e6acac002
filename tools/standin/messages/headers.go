package messages

import (
	"net/http"
	"strconv"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/exchange"
)

const (
	organization  = "00000000-0000-4000-8000-000000000001"
	requestLimit  = 4000
	tokenLimit    = 2_000_000
	windowSeconds = 60
	fiveHours     = 5 * time.Hour
	sevenDays     = 7 * 24 * time.Hour
)

// commonHeaders sets what the vendor puts on every reply. A bearer token gets
// the headers of a subscription, a key those of the API.
func (s *Server) commonHeaders(x *exchange.Exchange) {
	x.Rec.RequestID = requestID(x.Rec.Seq, s.started)
	h := x.W.Header()
	h.Set("Request-Id", x.Rec.RequestID)
	h.Set("Anthropic-Organization-Id", organization)
	if x.R.Header.Get("Authorization") != "" {
		unifiedLimits(h)
		return
	}
	left := max(0, requestLimit-int(x.Rec.Seq))
	reset := time.Now().Add(windowSeconds * time.Second).UTC().Format(time.RFC3339)
	for kind, limits := range map[string][2]int{
		"requests": {requestLimit, left}, "tokens": {tokenLimit, tokenLimit},
		"input-tokens": {tokenLimit, tokenLimit}, "output-tokens": {tokenLimit, tokenLimit},
	} {
		h.Set("Anthropic-Ratelimit-"+kind+"-Limit", strconv.Itoa(limits[0]))
		h.Set("Anthropic-Ratelimit-"+kind+"-Remaining", strconv.Itoa(limits[1]))
		h.Set("Anthropic-Ratelimit-"+kind+"-Reset", reset)
	}
}

func unifiedLimits(h http.Header) {
	const prefix = "Anthropic-Ratelimit-Unified-"
	unix := func(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }
	for name, value := range map[string]string{
		"Status": "allowed", "Reset": unix(fiveHours), "Representative-Claim": "five_hour",
		"5h-Status": "allowed", "5h-Reset": unix(fiveHours), "5h-Utilization": "0.25",
		"7d-Status": "allowed", "7d-Reset": unix(sevenDays), "7d-Utilization": "0.1",
		"Fallback-Percentage": "0.5", "Overage-Status": "rejected",
		"Overage-Disabled-Reason": "org_level_disabled",
	} {
		h.Set(prefix+name, value)
	}
}
