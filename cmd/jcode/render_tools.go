package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

const (
	// diffLines is how much of a diff is shown; with -vv it is all.
	diffLines = 12
	// outputLines is how much of a tool's output -vv shows.
	outputLines = 20
)

// runningTool is a call that has begun and has no result yet.
type runningTool struct {
	id, name, summary string
	since             time.Time
	bytes             int64
	lastLine          string
}

// header says who will answer, and who pays.
func (r *textRenderer) header(e host.RunStarted) {
	if !r.progress {
		return
	}
	parts := []string{e.Provider}
	if e.Chosen != "" {
		parts[0] += " (" + e.Chosen + ")"
	}
	if e.Model != "" {
		parts = append(parts, e.Model)
	}
	if e.AuthSource != "" {
		parts = append(parts, "credentials from "+e.AuthSource)
	}
	if e.ResumedFrom != "" {
		parts = append(parts, "going on with session "+e.ResumedFrom)
	}
	r.line(r.paint.dim(r.broken(oneLine(strings.Join(parts, r.marks.separator)))))
}

// footer says what it took.
func (r *textRenderer) footer(result host.RunResult) {
	parts := []string{shortDuration(result.Duration)}
	if result.Turns > 0 {
		parts = append(parts, plural(result.Turns, "turn"))
	}
	in := result.Usage.InputTokens + result.Usage.CacheReadTokens + result.Usage.CacheWriteTokens
	if in+result.Usage.OutputTokens > 0 {
		parts = append(parts, fmt.Sprintf("%d tokens in, %d out", in, result.Usage.OutputTokens))
	}
	if cost := result.Usage.CostUSD; cost != nil {
		parts = append(parts, costText(cost, result.CostSource))
	}
	if result.SessionID != "" {
		parts = append(parts, "session "+result.SessionID)
	}
	r.line(r.paint.dim(r.broken(oneLine(strings.Join(parts, r.marks.separator)))))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (r *textRenderer) turn(e host.TurnStarted) {
	if len(r.running) > 0 { // a subagent's turn: its tool call is shown already
		return
	}
	since, who := r.now(), r.model
	if who == "" {
		who = "the model"
	}
	if e.ParentID == "" {
		r.section = true
	}
	r.status.set(func(now time.Time) string {
		return fmt.Sprintf("%s waiting for %s, %s", r.marks.dots, oneLine(who), shortDuration(now.Sub(since)))
	})
}

func (r *textRenderer) toolStarted(id, name, summary, parentID string) {
	tool := runningTool{id: id, name: oneLine(name), summary: oneLine(summary), since: r.now()}
	r.running = append(r.running, tool)
	if !r.progress {
		return
	}
	text := r.indent(parentID) + r.paint.cyan(r.marks.call) + " " + r.paint.bold(tool.name)
	if tool.summary != "" {
		text += " " + tool.summary
	}
	r.line(text)
	r.lastMark = id
	r.status.set(r.toolStatus)
}

// toolStatus is the status line while tools run: the youngest one that said
// something, and how many there are.
func (r *textRenderer) toolStatus(now time.Time) string {
	if len(r.running) == 0 {
		return ""
	}
	shown := r.running[len(r.running)-1]
	for _, tool := range r.running {
		if tool.lastLine != "" {
			shown = tool
		}
	}
	parts := []string{fmt.Sprintf("  %s %s %s", r.marks.dots, shown.name, shortDuration(now.Sub(shown.since)))}
	if shown.bytes > 0 {
		parts = append(parts, shortSize(shown.bytes))
	}
	if n := len(r.running); n > 1 {
		parts = append(parts, fmt.Sprintf("%d at once", n))
	}
	if shown.lastLine != "" {
		parts = append(parts, shown.lastLine)
	}
	return strings.Join(parts, r.marks.separator)
}

func (r *textRenderer) toolProgress(e host.ToolProgress) {
	for i := range r.running {
		if r.running[i].id == e.CallID {
			r.running[i].bytes = e.Progress.Bytes
			r.running[i].lastLine = oneLine(e.Progress.LastLine)
		}
	}
}

func (r *textRenderer) toolFinished(e host.ToolFinished) {
	tool := r.take(e.Call.ID, e.Call.Name)
	switch {
	case !r.progress:
	case skipped(e.Result):
		r.line(r.indent(e.ParentID) + "  " + r.paint.red(r.marks.failed+" not run: "+tool.name))
	default:
		r.resultLine(tool, r.outcome(e.Result), shortDuration(e.Result.Duration), e.ParentID)
		r.diff(e.Result.Diff, e.ParentID)
		if r.verbose > 1 && e.Result.Diff == "" {
			r.output(e.Result.Text(), e.ParentID)
		}
	}
	r.afterTool()
}

// skipped says that a call was never begun because the run ends, which says why itself.
func skipped(result host.ToolResult) bool {
	return result.IsError && result.Code == "limit" && strings.HasPrefix(result.Text(), "not run: ")
}

// nativeTool shows a tool that the vendor's program runs itself.
func (r *textRenderer) nativeTool(e sdk.NativeToolEvent, parentID string) {
	if parentID == "" {
		parentID = e.Tool.ParentID
	}
	if e.Phase == sdk.NativeToolStarted {
		r.toolStarted(e.Tool.ID, e.Tool.Name, string(e.Tool.Input), parentID)
		return
	}
	tool := r.take(e.Tool.ID, e.Tool.Name)
	outcome := r.paint.green(r.marks.ok)
	switch {
	case e.Tool.Denied:
		r.denied++
		outcome = r.paint.red(r.marks.failed + " denied")
	case e.Tool.IsError:
		outcome = r.paint.red(r.marks.failed + " " + fit(oneLine(e.Tool.Output), 200))
	}
	if r.progress {
		r.resultLine(tool, outcome, shortDuration(r.now().Sub(tool.since)), parentID)
	}
	r.afterTool()
}

// take removes a call from the running ones.
func (r *textRenderer) take(id, name string) runningTool {
	for i, tool := range r.running {
		if tool.id == id {
			r.running = append(r.running[:i], r.running[i+1:]...)
			return tool
		}
	}
	return runningTool{id: id, name: oneLine(name), since: r.now()}
}

func (r *textRenderer) afterTool() {
	if len(r.running) == 0 {
		r.status.set(nil)
	}
}

// resultLine goes below the call's mark, or names the call where another one
// came between. Words and the time are kept apart: "exit 1 2.0 s" reads as one figure.
func (r *textRenderer) resultLine(tool runningTool, outcome, took, parentID string) {
	before := " "
	if outcome != r.paint.green(r.marks.ok) {
		before = r.marks.separator
	}
	text := r.indent(parentID) + "  " + outcome
	if r.lastMark != tool.id {
		text += " " + tool.name
		if tool.summary != "" {
			text += " " + fit(tool.summary, 60)
		}
		before = r.marks.separator
	}
	r.line(text + r.paint.dim(before+took))
	r.lastMark = ""
}

func (r *textRenderer) outcome(result host.ToolResult) string {
	switch {
	case result.IsError:
		reason := result.Reason
		if reason == "" {
			reason, _, _ = strings.Cut(result.Text(), "\n")
		}
		text := r.marks.failed + " " + string(result.Code)
		if reason = oneLine(reason); reason != "" {
			text += ": " + fit(reason, 300)
		}
		return r.paint.red(text)
	case result.JobID != "":
		return r.paint.yellow("in the background as " + oneLine(result.JobID))
	case result.ExitCode != nil && *result.ExitCode != 0:
		return r.paint.yellow(fmt.Sprintf("exit %d", *result.ExitCode))
	}
	return r.paint.green(r.marks.ok)
}

// diff shows what an edit changed.
func (r *textRenderer) diff(diff, parentID string) {
	limit := diffLines
	if r.verbose > 1 {
		limit = len(diff)
	}
	shown, more := 0, 0
	for line := range strings.Lines(diff) {
		if strings.HasPrefix(line, "---") || strings.HasPrefix(line, "+++") || strings.HasPrefix(line, `\`) {
			continue
		}
		if shown >= limit {
			more++
			continue
		}
		shown++
		r.line(r.indent(parentID) + "    " + r.diffLine(r.shown(line)))
	}
	if more > 0 {
		r.line(r.paint.dim(fmt.Sprintf("%s    %s %s more", r.indent(parentID), r.marks.dots, plural(more, "line"))))
	}
}

func (r *textRenderer) diffLine(line string) string {
	switch {
	case strings.HasPrefix(line, "+"):
		return r.paint.green(line)
	case strings.HasPrefix(line, "-"):
		return r.paint.red(line)
	}
	return r.paint.dim(line)
}

func (r *textRenderer) output(text, parentID string) {
	n := 0
	for line := range strings.Lines(text) {
		if n++; n > outputLines {
			r.line(r.paint.dim(r.indent(parentID) + "    " + r.marks.dots))
			return
		}
		r.line(r.paint.dim(r.indent(parentID) + "    " + r.shown(line)))
	}
}

// shown is one line of a tool as it may be put on stderr.
func (r *textRenderer) shown(line string) string {
	line = strings.TrimRight(line, "\r\n")
	if !r.errTerminal {
		return line
	}
	return fit(cleanText(strings.ReplaceAll(line, "\t", "    ")), r.status.width()-8)
}

func (r *textRenderer) indent(parentID string) string {
	if parentID == "" {
		return ""
	}
	return "    "
}

// retry counts down to the next try.
func (r *textRenderer) retry(e sdk.RetryEvent) {
	reason := e.Reason
	if reason == "" && e.HTTPStatus != 0 {
		reason = fmt.Sprintf("status %d", e.HTTPStatus)
	}
	try := fmt.Sprintf("try %d", e.Attempt)
	if e.MaxAttempts > 0 {
		try += fmt.Sprintf(" of %d", e.MaxAttempts)
	}
	reason = oneLine(reason)
	at := r.now().Add(e.Delay)
	if r.progress && (r.verbose > 0 || !r.status.on) {
		r.line(r.paint.yellow(fmt.Sprintf("%s: %s in %s", reason, try, shortDuration(e.Delay))))
	}
	r.status.set(func(now time.Time) string {
		left := max(at.Sub(now), 0).Round(time.Second)
		return fmt.Sprintf("%s %s: %s in %d s", r.marks.dots, reason, try, int(left.Seconds()))
	})
}
