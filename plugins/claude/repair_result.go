package claude

import (
	"strings"

	"github.com/jcode-go/jcode/sdk"
)

// fitResult makes a result's content what the API takes there: texts that are
// not blank and readable images, and in an error text alone. Images of an error
// go to rest.
func fitResult(result sdk.ToolResult, rest *[]sdk.Block) sdk.ToolResult {
	if plainText(result) {
		return result
	}
	content := make([]sdk.Block, 0, len(result.Content))
	for _, block := range result.Content {
		switch b := fitContent(block).(type) {
		case nil:
		case sdk.Image:
			if result.IsError {
				*rest = append(*rest, b)
			} else {
				content = append(content, b)
			}
		default:
			content = append(content, b)
		}
	}
	if len(content) == 0 && result.IsError {
		content = append(content, sdk.Text{Text: silentFailure})
	}
	result.Content = content
	return result
}

// plainText reports the usual case: one text with something in it.
func plainText(result sdk.ToolResult) bool {
	if len(result.Content) != 1 {
		return false
	}
	text, ok := result.Content[0].(sdk.Text)
	return ok && !blank(text.Text)
}

func fitContent(block sdk.Block) sdk.Block {
	switch b := block.(type) {
	case sdk.Text:
		if blank(b.Text) {
			return nil
		}
		return b
	case sdk.Image:
		return readableImage(b, true)
	case sdk.Thinking:
		return nil
	case sdk.ToolCall, sdk.ToolResult, sdk.NativeTool:
		return narrate(b)
	}
	return nil
}

// narrate tells a block as text where the API does not take the block itself.
func narrate(block sdk.Block) sdk.Text {
	switch b := block.(type) {
	case sdk.NativeTool:
		return sdk.Text{Text: narrateNative(b)}
	case sdk.ToolCall:
		return sdk.Text{Text: "[call of the tool " + b.Name + ": " + string(b.Input) + b.Malformed + "]"}
	case sdk.ToolResult:
		return sdk.Text{Text: resultHeading(b) + contentText(b.Content)}
	case sdk.Image:
		return sdk.Text{Text: "[image]"}
	case sdk.Text:
		return b
	case sdk.Thinking:
	}
	return sdk.Text{Text: "[left out]"}
}

// narrateResult tells a result without its call; its images stay images.
func narrateResult(result sdk.ToolResult) []sdk.Block {
	out := []sdk.Block{narrate(result)}
	for _, block := range result.Content {
		if image, ok := block.(sdk.Image); ok {
			out = append(out, readableImage(image, true))
		}
	}
	return out
}

func resultHeading(result sdk.ToolResult) string {
	if result.IsError {
		return "[error of a tool call that is no longer here]\n"
	}
	return "[result of a tool call that is no longer here]\n"
}

func contentText(blocks []sdk.Block) string {
	var out strings.Builder
	for _, block := range blocks {
		if text, ok := block.(sdk.Text); ok {
			out.WriteString(text.Text)
		}
	}
	return out.String()
}

// narrateNative tells what another provider's program did, for this model to
// know; it cannot be a tool call, since there is no such tool here.
func narrateNative(tool sdk.NativeTool) string {
	var out strings.Builder
	out.WriteString("[tool " + tool.Name)
	if len(tool.Input) > 0 {
		out.WriteString(": " + string(tool.Input))
	}
	out.WriteString("]")
	switch {
	case tool.Denied:
		out.WriteString("\n[not allowed]")
	case tool.IsError:
		out.WriteString("\n[failed]")
	}
	if !blank(tool.Output) {
		out.WriteString("\n" + tool.Output)
	}
	return out.String()
}
