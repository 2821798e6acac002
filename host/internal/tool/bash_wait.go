package tool

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const longCommand = 10 * time.Second

// wait waits for a command in the foreground: until it ends, its time is over,
// or the user cancels.
func (t *bashTool) wait(ctx context.Context, call Call, c *command, timeout time.Duration) Result {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	news := time.NewTicker(newsPoll)
	defer news.Stop()
	for {
		select {
		case <-c.exited:
			return t.ended(ctx, c)
		case <-ctx.Done():
			return t.cancelled(ctx, c)
		case <-timer.C:
			return t.overdue(ctx, c, timeout)
		case <-news.C:
			if call.Progress != nil {
				call.Progress(c.progress())
			}
		}
	}
}

func (c *command) progress() Progress {
	return Progress{Bytes: c.size(), LastLine: lastLine(c.log), Elapsed: time.Since(c.started)}
}

// ended is the result of a command that is over.
func (t *bashTool) ended(ctx context.Context, c *command) Result {
	left := c.leftovers(ctx)
	if c.wroteTooMuch() {
		c.end(ctx, 0)
		left = nil
		_ = os.Truncate(c.log.Name(), t.OutputLimitBytes) // what came before the kill is more
	}
	result, cut := c.outputResult()
	if c.failure == nil && c.exit.Signal == 0 {
		code := c.exit.Code
		result.ExitCode = &code
	}
	result.addText(c.trailer())
	switch {
	case c.wroteTooMuch():
		result.IsError, result.Code = true, CodeTooLarge
		result.Reason = "killed: more output than " + byteSize(t.OutputLimitBytes)
		result.addText(fmt.Sprintf("[killed: it wrote more than the limit of %s; limit the output, for example with head or grep]", byteSize(t.OutputLimitBytes)))
	case c.failure != nil:
		result.IsError, result.Code, result.Reason = true, CodeFailed, c.status()
	}
	if len(left) > 0 {
		t.jobs.keep(c, left)
		result.FullOutputPath = c.log.Name()
		result.addText(fmt.Sprintf("[still running in the background: pid %s; its output goes to %s]", joinInts(left), c.log.Name()))
		return result
	}
	_ = c.log.Close()
	if !cut {
		_ = os.Remove(c.log.Name())
	}
	return result
}

// outputResult is the output so far, cut if it is long.
func (c *command) outputResult() (Result, bool) {
	out, err := readOutput(c.log)
	if err != nil {
		return failed(fmt.Errorf("read output: %w", err)), false
	}
	text := out.text
	if out.cut {
		text = out.head + out.notice(c.log.Name()) + out.tail
	}
	if strings.TrimSpace(text) == "" {
		text = "(no output)"
	}
	result := textResult(text)
	result.OutputBytes, result.Truncated = out.bytes, out.cut
	if out.cut {
		result.FullOutputPath = c.log.Name()
	}
	return result, out.cut
}

// exitHints help with two exit statuses that are the shell's own.
var exitHints = map[int]string{
	126: "found, but it cannot be executed: check its mode or run it with its interpreter",
	127: "command not found: check the name, or whether it is installed",
}

// trailer is the line about the end, where there is something to tell.
func (c *command) trailer() string {
	if c.failure == nil && c.exit.Success() && c.took < longCommand {
		return ""
	}
	line := "[" + c.status() + " · " + seconds(c.took) + "]"
	if hint, ok := exitHints[c.exit.Code]; ok {
		line += " " + hint
	}
	return line
}

// cancelled ends the command with everything it started.
func (t *bashTool) cancelled(ctx context.Context, c *command) Result {
	c.end(ctx, cancelGrace)
	result := failed(ctx.Err())
	output, cut := c.outputResult()
	result.addText("Output until then:\n" + output.Text())
	result.Truncated, result.FullOutputPath, result.OutputBytes = output.Truncated, output.FullOutputPath, output.OutputBytes
	_ = c.log.Close()
	if !cut {
		_ = os.Remove(c.log.Name())
	}
	return result
}

// overdue lets the command go on in the background, or ends it, as configured.
func (t *bashTool) overdue(ctx context.Context, c *command, timeout time.Duration) Result {
	if t.KillOnTimeout {
		c.end(ctx, timeoutGrace)
		result := t.ended(ctx, c)
		result.IsError, result.Code = true, CodeTimeout
		result.Reason = "killed after " + seconds(timeout)
		result.addText(fmt.Sprintf("[killed: it ran longer than %s; give a longer timeout or run_in_background]", seconds(timeout)))
		return result
	}
	job := t.jobs.add(c)
	result, _ := c.outputResult()
	result.JobID, result.PID, result.FullOutputPath = job.id, c.tree.Pid(), c.log.Name()
	result.addText(fmt.Sprintf("[not finished after %s; it goes on in the background as %s]", seconds(timeout), job.describe(t.program())))
	return result
}

// background is the result for a command that is not waited for.
func (t *bashTool) background(c *command) Result {
	job := t.jobs.add(c)
	result := textResult(fmt.Sprintf("Started in the background as %s", job.describe(t.program())))
	result.JobID, result.PID, result.FullOutputPath = job.id, c.tree.Pid(), c.log.Name()
	return result
}

func joinInts(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, ", ")
}
