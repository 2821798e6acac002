package responses

import (
	"net/http"
	"strconv"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/exchange"
	"github.com/jcode-go/jcode/tools/standin/internal/responserules"
)

const (
	requestLimit  = 5000
	tokenLimit    = 2_000_000
	windowSeconds = 18_000
)

// commonHeaders sets what the vendor puts on every reply of a face.
func (s *Server) commonHeaders(face responserules.Face, x *exchange.Exchange) {
	x.Rec.RequestID = requestID(x.Rec.Seq, s.started)
	h := x.W.Header()
	h.Set("X-Request-Id", x.Rec.RequestID)
	h.Set("Cf-Ray", x.Rec.RequestID[4:20]+"-FRA")
	if face == responserules.ChatGPT {
		h.Set("X-Oai-Request-Id", x.Rec.RequestID)
		planLimits(h)
		return
	}
	h.Set("Openai-Organization", "user-standin")
	h.Set("Openai-Version", "2020-10-01")
	h.Set("Openai-Processing-Ms", "12")
	h.Set("X-Ratelimit-Limit-Requests", strconv.Itoa(requestLimit))
	h.Set("X-Ratelimit-Remaining-Requests", strconv.Itoa(max(0, requestLimit-int(x.Rec.Seq))))
	h.Set("X-Ratelimit-Reset-Requests", "12ms")
	h.Set("X-Ratelimit-Limit-Tokens", strconv.Itoa(tokenLimit))
	h.Set("X-Ratelimit-Remaining-Tokens", strconv.Itoa(tokenLimit))
	h.Set("X-Ratelimit-Reset-Tokens", "6ms")
}

// planLimits are those of a subscription.
func planLimits(h http.Header) {
	unix := func(seconds int64) string { return strconv.FormatInt(time.Now().Unix()+seconds, 10) }
	for name, value := range map[string]string{
		"Primary-Used-Percent": "25", "Primary-Window-Minutes": "300", "Primary-Reset-At": unix(windowSeconds),
		"Secondary-Used-Percent": "10", "Secondary-Window-Minutes": "10080", "Secondary-Reset-At": unix(7 * 86_400),
		"Credits-Has-Credits": "False", "Credits-Unlimited": "False", "Credits-Balance": "",
		"Active-Limit": "codex", "Plan-Type": "plus",
	} {
		h.Set("X-Codex-"+name, value)
	}
}
