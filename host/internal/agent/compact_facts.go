package agent

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// guidesIn are the instructions of folders in the older messages, each once.
func guidesIn(older []sdk.Message, room int) string {
	var found []string
	reads := map[string]bool{} // only read brings instructions: other output is anybody's
	add := func(text string) {
		for _, guide := range tool.SplitGuides(text) {
			if !slices.Contains(found, guide) {
				found = append(found, guide)
			}
		}
	}
	for _, message := range older {
		for _, block := range message.Blocks {
			switch b := block.(type) {
			case sdk.ToolCall:
				reads[b.ID] = b.Name == "read"
			case sdk.ToolResult:
				if reads[b.ToolCallID] {
					add(textOf(b.Content))
				}
			case sdk.Text:
				if guides, ok := strings.CutPrefix(b.Text, guidesMark); ok && message.Role == sdk.RoleUser {
					add(guides)
				}
			case sdk.Thinking, sdk.Image, sdk.NativeTool:
			}
		}
	}
	text := strings.Join(found, "\n")
	if len(text) > room {
		return strings.ToValidUTF8(text[:room], "") + "\n[cut; read the files for the rest]"
	}
	return text
}

// maxFiles is how many files of a kind are listed.
const maxFiles = 60

// filesText lists the files that were changed and read, the latest last.
func (c *conversation) filesText(older []sdk.Message) string {
	var read []string
	for _, message := range older {
		for _, block := range message.Blocks {
			switch b := block.(type) {
			case sdk.ToolCall:
				if b.Name == "read" {
					read = appendOnce(read, pathOf(b.Input))
				}
			case sdk.Text:
				if message.Role == sdk.RoleUser && strings.HasPrefix(b.Text, summaryMark) {
					read = append(read, listedIn(b.Text, filesRead)...)
				}
			case sdk.Thinking, sdk.Image, sdk.ToolResult, sdk.NativeTool:
			}
		}
	}
	c.mu.Lock()
	changed := slices.Clone(c.ownFiles)
	c.mu.Unlock()
	for _, message := range older { // of earlier runs
		for _, block := range message.Blocks {
			switch b := block.(type) {
			case sdk.ToolCall:
				if b.Name == "edit" || b.Name == "write" {
					changed = appendOnce(changed, pathOf(b.Input))
				}
			case sdk.Text:
				if message.Role == sdk.RoleUser && strings.HasPrefix(b.Text, summaryMark) {
					changed = append(changed, listedIn(b.Text, filesChanged)...)
				}
			case sdk.Thinking, sdk.Image, sdk.ToolResult, sdk.NativeTool:
			}
		}
	}
	return strings.TrimSpace(fileList(filesChanged, changed) + fileList(filesRead, read))
}

const (
	filesChanged = "Files changed so far:"
	filesRead    = "Files read so far:"
)

func fileList(title string, files []string) string {
	files = unique(files)
	if len(files) == 0 {
		return ""
	}
	left := ""
	if more := len(files) - maxFiles; more > 0 {
		files, left = files[more:], fmt.Sprintf("- (%d earlier ones left out)\n", more)
	}
	return title + "\n" + left + "- " + strings.Join(files, "\n- ") + "\n"
}

// listedIn reads a list of files back from an earlier summary.
func listedIn(text, title string) []string {
	_, rest, found := strings.Cut(text, "\n"+title+"\n")
	if !found {
		return nil
	}
	var files []string
	for line := range strings.Lines(rest) {
		file, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "- ")
		if !ok {
			break
		}
		if !strings.HasPrefix(file, "(") {
			files = append(files, file)
		}
	}
	return files
}

func appendOnce(list []string, text string) []string {
	if text == "" || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

func unique(list []string) []string {
	var out []string
	for _, text := range list {
		out = appendOnce(out, text)
	}
	return out
}

// pathOf is the file that a call names.
func pathOf(input json.RawMessage) string {
	var arguments struct {
		FilePath string `json:"file_path"`
		Path     string `json:"path"`
	}
	if json.Unmarshal(input, &arguments) != nil {
		return ""
	}
	if arguments.FilePath != "" {
		return arguments.FilePath
	}
	return arguments.Path
}

// todosText is the task list. A subagent has none.
func (c *conversation) todosText() string {
	if c.history.session == nil {
		return ""
	}
	todos := c.history.session.Todos()
	if len(todos) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString("The task list as it stands (todowrite changes it):\n")
	for _, todo := range todos {
		fmt.Fprintf(&out, "- [%s] %s (id %s)\n", todo.Status, todo.Content, todo.ID)
	}
	return strings.TrimSpace(out.String())
}
