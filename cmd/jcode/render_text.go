package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

// textRenderer shows a run to people: the answer on stdout and nothing else,
// everything that happens on the way on stderr.
type textRenderer struct {
	out, err io.Writer
	// outTerminal and errTerminal say where untrusted text must be cleaned;
	// shared that lines on one stream break lines on the other.
	outTerminal, errTerminal, shared bool
	quiet                            bool
	// progress says that more than warnings and errors goes to stderr.
	progress bool
	verbose  int
	paint    paint
	marks    marks
	status   statusLine
	now      func() time.Time

	// outOpen and errOpen say that the last line of the stream has no end yet;
	// section that the next text of the answer begins a new paragraph.
	outOpen, errOpen bool
	wrote, section   bool
	messageID        string
	outClean         cleaner
	errClean         cleaner

	model   string
	running []runningTool
	// lastMark is the call whose mark is the last line on stderr.
	lastMark string
	denied   int
	warned   map[string]bool
	started  time.Time
}

// marks are the signs before a line of progress.
type marks struct{ call, ok, failed, dots, separator string }

func chooseMarks(unicode bool) marks {
	if unicode {
		return marks{call: "●", ok: "✓", failed: "✗", dots: "…", separator: " · "}
	}
	return marks{call: "*", ok: "ok", failed: "failed", dots: "...", separator: ", "}
}

// newTextRenderer makes the renderer for `-o text`.
func (c *command) newTextRenderer() *textRenderer {
	verbose, quiet := c.inv.count("verbose"), c.inv.count("quiet") > 0
	return &textRenderer{
		out: c.out, err: c.err, outTerminal: c.outTerminal, errTerminal: c.errTerminal,
		shared: c.shared || (c.outTerminal && c.errTerminal),
		quiet:  quiet, verbose: verbose, progress: !quiet && (c.errTerminal || verbose > 0),
		paint: c.paint(c.errTerminal),
		marks: chooseMarks(c.errTerminal && speaksUTF8(c.env)),
		status: statusLine{
			w: c.err, width: c.width,
			on: c.errTerminal && !quiet && c.env["TERM"] != "dumb",
		},
		now: time.Now, warned: map[string]bool{}, started: time.Now(),
	}
}

// event shows one event.
func (r *textRenderer) event(event host.Event) error {
	switch e := event.(type) {
	case host.RunStarted:
		r.model = e.Model
		r.header(e)
	case host.TurnStarted:
		r.turn(e)
	case host.ModelEvent:
		return r.modelEvent(e)
	case host.AssistantMessage:
		if e.ParentID == "" {
			r.section = true
		}
	case host.ToolStarted:
		r.toolStarted(e.Call.ID, e.Call.Name, e.Summary, e.ParentID)
	case host.ToolProgress:
		r.toolProgress(e)
	case host.ToolFinished:
		r.toolFinished(e)
	case host.PermissionDenied:
		r.denied++
	case host.Warning:
		switch {
		case e.Code != "provider_chosen":
			r.warn(e.Message)
		case !r.progress: // else the header says it
			r.notice(e.Message)
		}
	case host.PluginRestarted:
		r.pluginRestarted(e)
	case host.Compacted:
		r.notice(compactedText(e))
	case host.ModelFallback:
		r.section = true
		// Also with -q: whom the prompt goes to is never silent.
		r.message(": fallback:", r.paint.yellow, oneLine(fallbackText(e)))
	}
	return nil
}

func (r *textRenderer) modelEvent(e host.ModelEvent) error {
	switch m := e.Event.(type) {
	case sdk.TextDelta:
		if e.ParentID == "" {
			return r.answer(m.MessageID, m.Text)
		}
	case sdk.ThinkingDelta:
		if r.progress && r.verbose > 0 {
			r.thinking(m.Text)
		}
	case sdk.NativeToolEvent:
		r.nativeTool(m, e.ParentID)
	case sdk.RetryEvent:
		r.retry(m)
	case sdk.Retract:
		if e.ParentID == "" && r.wrote && r.outOpen {
			r.section = true
			r.line(r.paint.dim("the provider begins its answer anew"))
		}
	case sdk.WarningEvent:
		r.warn(m.Message)
	case sdk.RateLimit:
		r.rateLimit(m)
	case sdk.Started, sdk.ToolCallStart, sdk.ToolCallDelta, sdk.ToolCallEnd,
		sdk.PermissionRequest, sdk.UsageEvent, sdk.Keepalive:
	}
	return nil
}

// answer puts a piece of the answer on stdout.
func (r *textRenderer) answer(messageID, text string) error {
	if r.quiet || text == "" {
		return nil
	}
	if r.outTerminal {
		if text = r.outClean.clean(text); text == "" {
			return nil
		}
	}
	r.status.set(nil)
	r.endErrLine()
	if messageID != r.messageID {
		r.messageID = messageID
		r.section = true
	}
	if r.section && r.wrote {
		gap := "\n"
		if r.outOpen {
			gap = "\n\n"
		}
		text = gap + strings.TrimLeft(text, "\n")
	}
	r.section, r.wrote = false, true
	r.outOpen = !strings.HasSuffix(text, "\n")
	r.lastMark = ""
	_, err := io.WriteString(r.out, text)
	return err
}

// thinking shows reasoning, dim, on stderr.
func (r *textRenderer) thinking(text string) {
	if r.errTerminal {
		text = r.errClean.clean(text)
	}
	if text == "" {
		return
	}
	r.status.set(nil)
	r.endOutLine()
	r.lastMark = ""
	r.errOpen = !strings.HasSuffix(text, "\n")
	_, _ = io.WriteString(r.err, r.paint.dim(text))
}

// line puts one line on stderr, on a line of its own.
func (r *textRenderer) line(text string) {
	r.status.clear()
	r.endOutLine()
	r.endErrLine()
	_, _ = io.WriteString(r.err, text+"\n")
}

// message prints "jcode…" and text, broken between words on a terminal.
func (r *textRenderer) message(what string, paint func(string) string, text string) {
	width := 0
	if r.errTerminal {
		width = r.status.width()
	}
	r.line(strings.TrimSuffix(message(programName+what, paint(programName+what), text, width), "\n"))
}

// broken is a line in whole words on a terminal, and as it is elsewhere.
func (r *textRenderer) broken(text string) string {
	const indent = 2
	room := r.status.width() - indent
	if !r.errTerminal || room < narrowest {
		return text
	}
	return strings.TrimSuffix(wrap(text, room, indent), "\n")
}

// pause leaves the terminal at the start of a line, for somebody else.
func (r *textRenderer) pause() {
	r.status.clear()
	r.endOutLine()
	r.endErrLine()
	r.lastMark = ""
}

// endOutLine ends an open line of the answer where stderr would go on in it.
func (r *textRenderer) endOutLine() {
	if r.outOpen && r.shared {
		_, _ = io.WriteString(r.out, "\n")
		r.outOpen = false
		r.section = true
	}
}

func (r *textRenderer) endErrLine() {
	if r.errOpen {
		r.errOpen = false
		_, _ = io.WriteString(r.err, "\n")
	}
}

// notice tells something that is in order.
func (r *textRenderer) notice(text string) {
	if !r.quiet {
		r.line(r.paint.dim(r.broken(programName + ": " + oneLine(text))))
	}
}

// warn shows a warning, each one once.
func (r *textRenderer) warn(text string) {
	if r.quiet || r.warned[text] {
		return
	}
	r.warned[text] = true
	r.message(": warning:", r.paint.yellow, oneLine(text))
}

func (r *textRenderer) pluginRestarted(e host.PluginRestarted) {
	text := fmt.Sprintf("plugin %s died (%s) and was started again", e.Name, e.Reason)
	if e.Resent {
		text += "; the model is asked again"
	}
	r.section = true
	r.warn(text)
}

func (r *textRenderer) rateLimit(m sdk.RateLimit) {
	if m.Status != "warning" {
		return
	}
	text := "near the limit of the plan"
	if m.Window != "" {
		text += " (" + m.Window + ")"
	}
	if !m.ResetsAt.IsZero() {
		text += ", it starts anew at " + m.ResetsAt.Local().Format("15:04")
	}
	r.warn(text)
}

// tick paints the status line.
func (r *textRenderer) tick(now time.Time) {
	if !r.outOpen || !r.outTerminal {
		r.status.paint(now, r.paint)
	}
}

// finish ends open lines and says what is left to say.
func (r *textRenderer) finish(result host.RunResult, f *failure) error {
	r.status.set(nil)
	err := r.finishAnswer(result, f)
	r.endErrLine()
	if text := deniedLine(r.denied, f); text != "" {
		r.line(text)
	}
	for _, job := range result.BackgroundJobs {
		r.warn(leftJob(job))
	}
	if r.progress && (f == nil || result.Turns > 0) {
		r.footer(result)
	}
	return err
}

// leftJob says what became of a job that outlived the model's work.
func leftJob(job host.BackgroundJob) string {
	name := "background job " + job.ID
	if job.ID == "" {
		name = fmt.Sprintf("background process %d", job.PID)
	}
	if job.Kept {
		return fmt.Sprintf("%s goes on, pid %d, output in %s: %s", name, job.PID, job.Output, job.Command)
	}
	return fmt.Sprintf("%s was ended: %s", name, job.Command)
}

func (r *textRenderer) finishAnswer(result host.RunResult, f *failure) error {
	if !r.quiet {
		if !r.outOpen {
			return nil
		}
		r.outOpen = false
		_, err := io.WriteString(r.out, "\n")
		return err
	}
	if f != nil || result.Text == "" {
		return nil
	}
	text := result.Text
	if r.outTerminal {
		text = cleanText(text)
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	_, err := io.WriteString(r.out, text)
	return err
}
