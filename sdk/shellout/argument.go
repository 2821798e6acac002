package shellout

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/jcode-go/jcode/sdk"
)

// Argument is a prompt for a program that takes it on its command line, which
// systems limit: see [ArgumentLimit]. Every user of the machine can read a
// command line, so standard input is better wherever the program has one.
type Argument struct {
	// Text is the argument.
	Text string
	// File holds the whole prompt if Text does not; else it is empty.
	File string
	// Warning tells the user that the prompt was cut; else it is empty.
	Warning string
}

// Argument returns the prompt in at most limit bytes. A longer one is cut as Fit
// does it, and the whole is put into a new file in folder, readable by this user
// alone, that the text names: a program that can read files has it all the same.
// The caller calls Remove after the run.
func (p Prompt) Argument(limit int, folder string) (Argument, error) {
	whole := p.String()
	if len(whole) <= limit {
		return Argument{Text: whole}, nil
	}
	file, err := writePrompt(folder, whole)
	if err != nil {
		return Argument{}, &sdk.Error{Kind: sdk.KindConfiguration, Op: "write prompt", Err: err}
	}
	text, _ := p.Fit(limit, fmt.Sprintf("[The whole prompt is in the file %s; read it if something is missing here.]", file))
	return Argument{
		Text: text, File: file,
		Warning: fmt.Sprintf("the prompt of %d bytes exceeds the %d that fit on a command line; it was cut, the whole is in %s", len(whole), limit, file),
	}, nil
}

// Remove removes the file, if there is one.
func (a Argument) Remove() error {
	if a.File == "" {
		return nil
	}
	return os.Remove(a.File)
}

func writePrompt(folder, text string) (string, error) {
	f, err := os.CreateTemp(folder, "prompt-*.txt") // 0600
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// compactJSON is text without the space between its tokens, or as it is if it is
// no JSON.
func compactJSON(text string) string {
	var out bytes.Buffer
	if json.Compact(&out, []byte(text)) != nil {
		return text
	}
	return out.String()
}
