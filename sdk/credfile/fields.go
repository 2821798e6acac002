package credfile

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// secondsBelow is where a number stops being milliseconds: 1973 in those, the
// year 5138 in seconds.
const secondsBelow = 1e11

// Moment is a time as credential files have it: milliseconds, seconds, either in
// quotes, or RFC 3339. Anything else is zero: unknown.
type Moment struct{ time.Time }

// UnmarshalJSON never fails: a file whose expiry cannot be read is still a login.
func (m *Moment) UnmarshalJSON(data []byte) error {
	*m = Moment{}
	text := strings.TrimSpace(strings.Trim(string(data), `"`))
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		m.Time = at
		return nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n <= 0 || n > 1e15 {
		return nil //nolint:nilerr // see above
	}
	if n < secondsBelow {
		n *= 1000
	}
	m.Time = time.UnixMilli(int64(n))
	return nil
}

// Text is a text that may be missing, null, or of another type.
type Text string

// UnmarshalJSON never fails: what is no text is empty.
func (t *Text) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) != nil {
		text = ""
	}
	*t = Text(strings.TrimSpace(text))
	return nil
}
