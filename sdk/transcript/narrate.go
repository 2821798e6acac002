package transcript

import (
	"strings"

	"github.com/jcode-go/jcode/sdk"
)

// Narrate tells a block as text where a vendor does not take the block itself.
func Narrate(block sdk.Block) sdk.Text {
	switch b := block.(type) {
	case sdk.NativeTool:
		return sdk.Text{Text: native(b)}
	case sdk.ToolCall:
		return sdk.Text{Text: "[call of the tool " + b.Name + ": " + string(b.Input) + b.Malformed + "]"}
	case sdk.ToolResult:
		return sdk.Text{Text: resultHeading(b) + ContentText(b.Content)}
	case sdk.Image:
		return sdk.Text{Text: "[image]"}
	case sdk.Text:
		return b
	case sdk.Thinking:
	}
	return sdk.Text{Text: "[left out]"}
}

// NarrateResult tells a result without its call; its images stay images, unless
// they are larger than maxImage bytes.
func NarrateResult(result sdk.ToolResult, maxImage int) []sdk.Block {
	out := []sdk.Block{Narrate(result)}
	for _, block := range result.Content {
		if image, ok := block.(sdk.Image); ok {
			out = append(out, ReadableImage(image, maxImage))
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

// ContentText is the text of a result, without its images.
func ContentText(blocks []sdk.Block) string {
	var out strings.Builder
	for _, block := range blocks {
		if text, ok := block.(sdk.Text); ok {
			out.WriteString(text.Text)
		}
	}
	return out.String()
}

// native tells what another provider's program did, for this model to
// know; it cannot be a tool call, since there is no such tool here.
func native(tool sdk.NativeTool) string {
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
	if !Blank(tool.Output) {
		out.WriteString("\n" + tool.Output)
	}
	return out.String()
}

// Blank reports whether a text says nothing; vendors refuse such text.
func Blank(text string) bool { return strings.TrimSpace(text) == "" }
