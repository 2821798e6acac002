package claude

import (
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/transcript"
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
	return ok && !transcript.Blank(text.Text)
}

func fitContent(block sdk.Block) sdk.Block {
	switch b := block.(type) {
	case sdk.Text:
		if transcript.Blank(b.Text) {
			return nil
		}
		return b
	case sdk.Image:
		return transcript.ReadableImage(b, maxResultImageBytes)
	case sdk.Thinking:
		return nil
	case sdk.ToolCall, sdk.ToolResult, sdk.NativeTool:
		return transcript.Narrate(b)
	}
	return nil
}
