package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// runCalls runs the calls of one answer: neighbours that only look at things
// beside each other, likewise tasks, all others alone. The results are shown and
// returned in the order of the calls, one for each, whatever happens.
func (c *conversation) runCalls(ctx context.Context, calls []sdk.ToolCall) ([]sdk.Block, error) {
	results := make([]sdk.Block, len(calls))
	var denied error
	for from := 0; from < len(calls); {
		to, limit := c.group(calls, from)
		c.runGroup(ctx, calls[from:to], results[from:to], limit)
		from = to
		if denials := c.denials(); c.OnDeny == "fail" && len(denials) > 0 {
			denied = &DeniedError{Denials: denials, Stopped: true}
			c.skipInto(calls[from:], results[from:], "not run: an earlier call was denied, and the run stops at a denial")
			break
		}
	}
	return results, denied
}

// group is the longest row of calls from one on that may run together.
func (c *conversation) group(calls []sdk.ToolCall, from int) (to, limit int) {
	if c.tools == nil {
		return from + 1, 1
	}
	kind := c.tools.how(calls[from])
	to = from + 1
	for kind != alone && to < len(calls) && c.tools.how(calls[to]) == kind {
		to++
	}
	return to, parallel[kind]
}

func (c *conversation) runGroup(ctx context.Context, calls []sdk.ToolCall, results []sdk.Block, limit int) {
	if len(calls) == 1 {
		c.begin(calls[0])
		results[0] = c.finish(calls[0], c.runCall(ctx, calls[0]))
		return
	}
	var running sync.WaitGroup
	free := make(chan struct{}, limit)
	shown := make(chan struct{}) // once the result of the call before is
	close(shown)
	for i, call := range calls {
		free <- struct{}{}
		c.begin(call)
		before, mine := shown, make(chan struct{})
		running.Go(func() {
			defer close(mine)
			result := c.runCall(ctx, call)
			<-free
			<-before
			results[i] = c.finish(call, result)
		})
		shown = mine
	}
	running.Wait()
}

// begin shows that a call begins.
func (c *conversation) begin(call sdk.ToolCall) {
	if c.tools != nil {
		c.emit(ToolStarted{Call: call, Summary: c.tools.summary(call), ParentID: c.parentID})
	}
}

// runCall runs one call.
func (c *conversation) runCall(ctx context.Context, call sdk.ToolCall) tool.Result {
	if c.tools == nil {
		return failed(tool.CodeUnknownTool, "there are no tools in this conversation")
	}
	if ctx.Err() != nil {
		return cancelled(ctx)
	}
	refused, ok := c.tools.check(call)
	if !ok {
		return refused
	}
	started := time.Now()
	result := c.dispatch(ctx, call)
	if result.Duration == 0 {
		result.Duration = time.Since(started)
	}
	if ctx.Err() != nil && result.Code == tool.CodeCancelled {
		stopped := cancelled(ctx)
		result.Reason = stopped.Reason
		if len(result.Content) == 0 {
			result.Content = stopped.Content
		}
	}
	return result
}

func (c *conversation) dispatch(ctx context.Context, call sdk.ToolCall) tool.Result {
	if c.tools.isTask(call.Name) {
		return within(ctx, func() tool.Result { return c.runTask(ctx, call) })
	}
	return c.tools.run(ctx, tool.Call{
		ID: call.ID, Name: call.Name, Input: call.Input,
		Progress: func(p tool.Progress) {
			if ctx.Err() == nil {
				c.emit(ToolProgress{CallID: call.ID, Name: call.Name, Progress: p, ParentID: c.parentID})
			}
		},
	})
}

// finish shows a result and turns it into a block.
func (c *conversation) finish(call sdk.ToolCall, result tool.Result) sdk.Block {
	if len(result.Content) == 0 {
		result.Content = []sdk.Block{sdk.Text{Text: "(no output)"}}
	}
	c.changed(result.FilesChanged)
	c.addOwnFiles(result.FilesChanged)
	if result.Code == tool.CodeDenied {
		c.deny(PermissionDenied{CallID: call.ID, Tool: call.Name, Reason: result.Reason, ParentID: c.parentID})
	}
	c.emit(ToolFinished{Call: call, Result: result, ParentID: c.parentID})
	return sdk.ToolResult{ToolCallID: call.ID, Content: result.Content, IsError: result.IsError}
}

func (c *conversation) addOwnFiles(files []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, file := range files {
		if !slices.Contains(c.ownFiles, file) {
			c.ownFiles = append(c.ownFiles, file)
		}
	}
}

// skipCalls answers calls that will not run and puts the answers into the history.
func (c *conversation) skipCalls(calls []sdk.ToolCall, text string) {
	results := make([]sdk.Block, len(calls))
	c.skipInto(calls, results, text)
	c.append(sdk.Message{Role: sdk.RoleUser, Blocks: results}, false)
}

func (c *conversation) skipInto(calls []sdk.ToolCall, results []sdk.Block, text string) {
	for i, call := range calls {
		results[i] = c.finish(call, failed(tool.CodeLimit, "%s", text))
	}
}

// cancelled is the result of a call that was stopped or never begun.
func cancelled(ctx context.Context) tool.Result {
	if errors.Is(context.Cause(ctx), ErrTimeout) {
		return failed(tool.CodeCancelled, "cancelled: %v", ErrTimeout)
	}
	return failed(tool.CodeCancelled, "cancelled by user")
}

// patience is how long a call may take to end once it is cancelled. Whoever does
// not keep to it is left behind: the run must be over within 250 ms.
const patience = 150 * time.Millisecond

// within runs f and returns its result, that of a panic, or, when f does not end
// in time after ctx did, that of a cancelled call.
func within(ctx context.Context, f func() tool.Result) tool.Result {
	done := make(chan tool.Result, 1)
	go func() {
		defer func() {
			if cause := recover(); cause != nil {
				done <- failed(tool.CodeFailed, "the tool crashed: %v", fmt.Sprint(cause))
			}
		}()
		done <- f()
	}()
	select {
	case result := <-done:
		return result
	case <-ctx.Done():
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case result := <-done:
		return result
	case <-timer.C:
		return cancelled(ctx)
	}
}
