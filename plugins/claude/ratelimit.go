package claude

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

const (
	limitPrefix   = "Anthropic-Ratelimit-"
	unifiedPrefix = limitPrefix + "Unified-"
	// warnAt is the share of a limit from which it is worth a word.
	warnAt = 0.9
)

func readLimit(header http.Header, status int) (sdk.RateLimit, bool) {
	limit, ok := unifiedLimit(header)
	if !ok {
		limit, ok = tightestLimit(header)
	}
	if !ok {
		return limit, false
	}
	if status == http.StatusTooManyRequests {
		limit.Status = httpapi.LimitRejected
	}
	return limit, true
}

// unifiedLimit is that of a subscription, whose windows the vendor names itself.
func unifiedLimit(header http.Header) (sdk.RateLimit, bool) {
	status := header.Get(unifiedPrefix + "Status")
	if status == "" {
		return sdk.RateLimit{}, false
	}
	limit := sdk.RateLimit{Window: header.Get(unifiedPrefix + "Representative-Claim"), Utilization: -1, Status: httpapi.LimitAllowed}
	short := map[string]string{"five_hour": "5h", "seven_day": "7d"}[limit.Window]
	if share, err := strconv.ParseFloat(header.Get(unifiedPrefix+short+"-Utilization"), 64); err == nil && short != "" {
		limit.Utilization = share
	}
	switch {
	case strings.HasSuffix(status, "_warning"):
		limit.Status = httpapi.LimitWarning
	case status == httpapi.LimitRejected:
		limit.Status = httpapi.LimitRejected
	}
	if seconds, err := strconv.ParseInt(header.Get(unifiedPrefix+"Reset"), 10, 64); err == nil {
		limit.ResetsAt = time.Unix(seconds, 0)
	}
	return limit, true
}

// tightestLimit is the one of an API key's limits that is nearest to its end.
func tightestLimit(header http.Header) (sdk.RateLimit, bool) {
	worst := sdk.RateLimit{Utilization: -1}
	for _, window := range []string{"requests", "tokens", "input-tokens", "output-tokens"} {
		prefix := limitPrefix + window
		limit, err := strconv.ParseFloat(header.Get(prefix+"-Limit"), 64)
		if err != nil || limit <= 0 {
			continue
		}
		left, err := strconv.ParseFloat(header.Get(prefix+"-Remaining"), 64)
		if err != nil {
			continue
		}
		if used := min(max(1-left/limit, 0), 1); used > worst.Utilization {
			worst = sdk.RateLimit{
				Window: strings.ReplaceAll(window, "-", "_"), Utilization: used, Status: httpapi.LimitAllowed,
				ResetsAt: resetTime(header.Get(prefix + "-Reset")),
			}
		}
	}
	if worst.Utilization >= warnAt {
		worst.Status = httpapi.LimitWarning
	}
	return worst, worst.Utilization >= 0
}

func resetTime(value string) time.Time {
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return time.Time{}
	}
	return t
}
