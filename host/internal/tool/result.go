package tool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/jcode-go/jcode/sdk"
)

// textResult is a success that says text.
func textResult(text string) Result {
	return Result{Content: []sdk.Block{sdk.Text{Text: text}}}
}

// failure is an error result. The text is for the model and should name one
// next step; reason is its short form for the user.
func failure(code Code, format string, values ...any) Result {
	text := fmt.Sprintf(format, values...)
	result := textResult("Error: " + text)
	result.IsError, result.Code, result.Reason = true, code, oneLine(text, 200)
	return result
}

// failed turns an error of a tool into its result.
func failed(err error) Result {
	if toolErr, ok := errors.AsType[*callError](err); ok {
		return failure(toolErr.code, "%s", toolErr.text)
	}
	if denied, ok := errors.AsType[*DeniedError](err); ok {
		result := failure(CodeDenied, "%s", denied.Error())
		result.Reason = denied.Reason
		return result
	}
	switch {
	case errors.Is(err, context.Canceled):
		return failure(CodeCancelled, "cancelled by user")
	case errors.Is(err, context.DeadlineExceeded):
		return failure(CodeTimeout, "the run's time is over")
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return failure(CodeNotFound, "%v", err)
	}
	return failure(CodeIO, "%v", err)
}

// callError is a failure with its code, made deep inside a tool.
type callError struct {
	code Code
	text string
}

func (e *callError) Error() string { return e.text }

func failWith(code Code, format string, values ...any) error {
	return &callError{code: code, text: fmt.Sprintf(format, values...)}
}

// addText appends a paragraph to the result's text.
func (r *Result) addText(text string) {
	if text == "" {
		return
	}
	for i := len(r.Content) - 1; i >= 0; i-- {
		block, ok := r.Content[i].(sdk.Text)
		if !ok {
			continue
		}
		if block.Text != "" && block.Text[len(block.Text)-1] != '\n' {
			block.Text += "\n"
		}
		block.Text += text
		r.Content[i] = block
		return
	}
	r.Content = append(r.Content, sdk.Text{Text: text})
}
