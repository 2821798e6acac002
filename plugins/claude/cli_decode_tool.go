package claude

import (
	"encoding/json"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

// cliToolNames are the program's names of the tools that the host has too. The
// tool for subagents has two names.
var cliToolNames = map[string]string{
	"Bash": "bash", "Read": "read", "Write": "write", "Edit": "edit", "Glob": "glob", "Grep": "grep",
	"Task": "task", "Agent": "task", "TodoRead": "todoread", "TodoWrite": "todowrite",
}

func hostToolName(name string) string {
	if known, ok := cliToolNames[name]; ok {
		return known
	}
	return name
}

// cliTool is one tool that the program runs.
type cliTool struct {
	name             string
	parent           string
	started, denied  bool
	finished         bool
	messageID, error string // the error is kept until the last line tells whether it was a denial
}

// noteTool remembers a tool that is being streamed.
func (d *cliDecoder) noteTool(id, name, parent string) *cliTool {
	t := d.tools[id]
	if t == nil {
		if d.tools == nil {
			d.tools = make(map[string]*cliTool)
		}
		t = &cliTool{parent: parent}
		d.tools[id] = t
	}
	if t.name == "" {
		t.name = hostToolName(name)
	}
	return t
}

// startTool tells that a tool runs, once: the stream and the whole message both
// tell it.
func (d *cliDecoder) startTool(messageID string, tool sdk.NativeTool) error {
	t := d.noteTool(tool.ID, tool.Name, tool.ParentID)
	if t.started {
		return nil
	}
	t.started, t.messageID = true, messageID
	tool.Name = t.name
	return d.show(sdk.NativeToolEvent{MessageID: messageID, Phase: sdk.NativeToolStarted, Tool: tool})
}

// wholeInput is the argument object of a whole block.
func wholeInput(b *wireBlock) json.RawMessage {
	if input, ok := wirejson.Object(b.Input); ok {
		return input
	}
	return json.RawMessage(emptyObject)
}

// subagent shows the tools of a subagent; its text is part of a tool's result.
func (d *cliDecoder) subagent(line *cliLine) error {
	for i := range line.Message.Content {
		b := &line.Message.Content[i]
		if b.Type != "tool_use" {
			continue
		}
		tool := sdk.NativeTool{ID: b.ID, Name: b.Name, Input: wholeInput(b), ParentID: line.ParentID}
		if err := d.startTool(line.Message.ID, tool); err != nil {
			return err
		}
	}
	return nil
}

// user takes the results of tools. They may come before the block of the call is
// closed.
func (d *cliDecoder) user(line *cliLine) error {
	if line.Message == nil || line.Replayed {
		return nil
	}
	for i := range line.Message.Content {
		b := &line.Message.Content[i]
		if b.Type != "tool_result" {
			continue
		}
		if err := d.finishTool(b, line.ParentID); err != nil {
			return err
		}
	}
	return nil
}

func (d *cliDecoder) finishTool(b *wireBlock, parent string) error {
	t := d.noteTool(b.ToolUseID, "", parent)
	if t.finished {
		return nil
	}
	if !t.started && t.name != "" {
		if err := d.startTool(t.messageID, sdk.NativeTool{ID: b.ToolUseID, Name: t.name, ParentID: t.parent}); err != nil {
			return err
		}
	}
	output := toolOutput(b.Content)
	t.started, t.finished = true, true
	t.denied = b.IsError && isDenial(output)
	if b.IsError && !t.denied {
		t.error = output
	}
	return d.finishedTool(b.ToolUseID, t, output, b.IsError)
}

func (d *cliDecoder) finishedTool(id string, t *cliTool, output string, isError bool) error {
	return d.show(sdk.NativeToolEvent{
		MessageID: t.messageID, Phase: sdk.NativeToolFinished,
		Tool: sdk.NativeTool{ID: id, Name: t.name, Output: output, IsError: isError, Denied: t.denied, ParentID: t.parent},
	})
}

// isDenial knows the texts of refused tools, so that they show as such at once.
// The last line lists all of them.
func isDenial(output string) bool {
	return strings.HasPrefix(output, "Claude requested permissions to ") || strings.HasPrefix(output, "Permission to use ")
}

// deny marks what the last line says was denied and nothing told before.
func (d *cliDecoder) deny(denials []cliDenial) error {
	for _, denial := range denials {
		t := d.tools[denial.ID]
		if t == nil || t.denied {
			continue
		}
		t.denied = true
		if err := d.finishedTool(denial.ID, t, t.error, true); err != nil {
			return err
		}
	}
	return nil
}

// toolOutput is a result's content, a text or a list of blocks, as text.
func toolOutput(raw json.RawMessage) string {
	var blocks cliBlocks
	_ = blocks.UnmarshalJSON(raw) // never fails
	var parts []string
	for _, b := range blocks {
		switch b.Type {
		case "text":
			parts = append(parts, b.Text)
		case "image":
			parts = append(parts, "[image]")
		}
	}
	return shellout.ClipOutput(strings.Join(parts, "\n"))
}
