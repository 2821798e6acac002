package claude

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// cliDecoder turns the lines of one run of the claude program into the host's
// events. It does no I/O: it is handed each line and hands out what that means.
type cliDecoder struct {
	emit func(sdk.Event) error
	// model and mode are what was asked for.
	model model
	mode  string
	now   func() time.Time
	// ownLogin says that the program uses its own login, which it may be
	// renewing when it says 401.
	ownLogin bool

	session   string
	effective string // permission mode
	served    string
	started   bool
	shown     bool // text, thinking or a tool was emitted
	answered  bool // text was, and neither voided nor followed by a tool
	current   *cliReply
	replies   map[string]*cliReply
	tools     map[string]*cliTool
	told      sdk.Usage

	refused   bool   // the last try was, for its credentials
	stop      string // of the last reply
	failure   string // the word of the last failed reply
	excuse    string // and its text
	requestID string
	resetsAt  time.Time
	end       *cliResult
	subtype   string // of the end
}

// cliReply is one message of the model. The program prints several in one turn.
type cliReply struct {
	id string
	// text and thinking say that those were streamed, so that the whole message,
	// which follows block by block, repeats them.
	text, thinking bool
	complete       bool
	blocks         map[int]*block
	whole          map[string]bool // blocks that came whole and were shown
	usage          wireUsage
}

// line takes one line. last says that the turn is over.
func (d *cliDecoder) line(line *cliLine) (last bool, err error) {
	if d.session == "" {
		d.session = line.Session
	}
	switch line.Type {
	case "system":
		err = d.system(line)
	case "stream_event":
		if line.ParentID == "" { // a subagent's text is its own
			err = d.event(line.Event)
		}
	case "assistant":
		err = d.assistant(line)
	case "user":
		err = d.user(line)
	case "rate_limit_event":
		err = d.limit(line.Limit)
	case "result":
		d.end, d.subtype, last = &line.cliResult, line.Subtype, true
		if line.Session != "" {
			d.session = line.Session
		}
		err = d.close()
	}
	return last, err // what is unknown must not hurt
}

func (d *cliDecoder) system(line *cliLine) error {
	switch line.Subtype {
	case "init":
		return d.init(line)
	case "api_retry":
		return d.retry(line)
	}
	return nil
}

// minVersion is the oldest claude program whose output this plugin reads.
const minVersion = "2.0.0"

func (d *cliDecoder) init(line *cliLine) error {
	d.served, d.effective = line.Model, line.PermissionMode
	if outdated(line.Version) {
		return tooOld(line.Version)
	}
	if d.mode == "" || d.effective == "" || d.effective == d.mode {
		return nil
	}
	return d.emit(sdk.WarningEvent{
		Code:    "permission_mode",
		Message: fmt.Sprintf("claude works in permission mode %s, not in %s", httpapi.Excerpt(d.effective), d.mode),
	})
}

// outdated reports whether a version is known to be too old.
func outdated(version string) bool {
	digits, _, _ := strings.Cut(version, ".")
	major, err := strconv.Atoi(digits)
	return err == nil && major < 2
}

func tooOld(version string) *sdk.Error {
	return &sdk.Error{
		Kind: sdk.KindCLIOutdated, Op: opGenerate,
		Message: fmt.Sprintf("claude %s is too old, %s is needed", httpapi.Excerpt(version), minVersion), Remedy: installCommand,
	}
}

// retry tells that the program tries again. A key that was refused is refused ten
// times with growing pauses; there is no point in waiting for that.
func (d *cliDecoder) retry(line *cliLine) error {
	d.refused = line.Status == http.StatusUnauthorized
	if d.refused && !d.ownLogin {
		return cliFault(line.Status, line.Error, "", d.requestID)
	}
	return d.emit(sdk.RetryEvent{
		Attempt: line.Attempt + 1, MaxAttempts: line.MaxRetries + 1, HTTPStatus: line.Status,
		Delay: time.Duration(line.RetryDelay * float64(time.Millisecond)), Reason: strings.ReplaceAll(httpapi.Excerpt(line.Error), "_", " "),
	})
}

func (d *cliDecoder) limit(info *cliLimit) error {
	if info == nil {
		return nil
	}
	out := sdk.RateLimit{Window: info.Window, Utilization: -1, Status: httpapi.LimitAllowed}
	if info.Utilization != nil {
		out.Utilization = *info.Utilization
	}
	if info.ResetsAt > 0 {
		out.ResetsAt = time.Unix(info.ResetsAt, 0).UTC()
	}
	switch {
	case info.Status == httpapi.LimitRejected:
		out.Status, d.resetsAt = httpapi.LimitRejected, out.ResetsAt
	case strings.HasSuffix(info.Status, "_warning"):
		out.Status = httpapi.LimitWarning
	}
	return d.emit(out)
}

// event takes one event of the API, which the program hands through.
func (d *cliDecoder) event(data []byte) error {
	if delta, ok := parseDelta(data); ok {
		return d.delta(delta)
	}
	var e wireEvent
	_ = json.Unmarshal(data, &e) // what is no event has no type that is known
	switch e.Type {
	case "message_start":
		return d.startReply(e.Message)
	case "content_block_start":
		return d.startBlock(e.Index, e.ContentBlock)
	case "content_block_delta":
		return d.delta(e.blockDelta())
	case "content_block_stop":
		return d.stopBlock(e.Index)
	case "message_delta":
		return d.endReply(&e)
	}
	return nil
}

func (d *cliDecoder) startReply(m *wireReply) error {
	if m == nil {
		return nil
	}
	if err := d.begin(m.Model); err != nil {
		return err
	}
	if err := d.supersede(); err != nil {
		return err
	}
	r := d.reply(m.ID)
	r.blocks, r.text, r.thinking, r.complete = nil, false, false, false // it may begin anew under its old id
	d.current = r
	return d.count(r, m.Usage)
}

// begin tells that the vendor answers, and whether another model does.
func (d *cliDecoder) begin(served string) error {
	if d.started {
		return nil
	}
	d.started = true
	d.served = firstOf(served, d.served, d.model.id)
	return tellStarted(d.emit, d.model, sdk.Started{Model: d.served, ProviderRequestID: d.requestID})
}

// supersede voids what was shown of a reply whose stream broke off: the program
// asked again, as a rule without streaming.
func (d *cliDecoder) supersede() error {
	c := d.current
	d.current = nil
	if c == nil || c.complete || !c.text && !c.thinking {
		return nil
	}
	d.answered = false
	return d.emit(sdk.Retract{MessageID: c.id})
}

func (d *cliDecoder) reply(id string) *cliReply {
	if d.replies == nil {
		d.replies = make(map[string]*cliReply)
	}
	r := d.replies[id]
	if r == nil {
		r = &cliReply{id: id}
		d.replies[id] = r
	}
	return r
}

// endReply notes why a reply ended; only then is it whole.
func (d *cliDecoder) endReply(e *wireEvent) error {
	if d.current == nil {
		return nil
	}
	if e.Delta != nil && e.Delta.StopReason != "" {
		d.current.complete, d.stop = true, e.Delta.StopReason
	}
	return d.count(d.current, e.Usage)
}

// show emits what the user may see.
func (d *cliDecoder) show(event sdk.Event) error {
	if err := d.begin(""); err != nil {
		return err
	}
	d.shown, d.refused = true, false
	switch e := event.(type) {
	case sdk.TextDelta:
		d.answered = true
	case sdk.NativeToolEvent:
		d.answered = d.answered && (e.Phase != sdk.NativeToolStarted || e.Tool.ParentID != "")
	}
	return d.emit(event)
}
