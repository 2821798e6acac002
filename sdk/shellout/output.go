package shellout

import (
	"encoding/json"
	"errors"
	"fmt"
)

// MaxToolOutput is how many bytes of a tool's result are handed on: it is kept
// with the session, and the program has the whole.
const MaxToolOutput = 128 << 10

// ClipOutput is a tool's result of at most [MaxToolOutput] bytes, with a note of
// how much was left out.
func ClipOutput(text string) string {
	if len(text) <= MaxToolOutput {
		return text
	}
	kept := clip(text, MaxToolOutput)
	return fmt.Sprintf("%s\n[… %d bytes left out]", kept, len(text)-len(kept))
}

// Parses is Unmarshal for a decoder that passes over what is no JSON.
func Parses(line []byte, target any) bool { return Unmarshal(line, target) == nil }

// Unmarshal reads a line of JSON into target. A field of another type than
// expected is as good as absent: vendors change them without a word.
func Unmarshal(line []byte, target any) error {
	err := json.Unmarshal(line, target)
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		return nil
	}
	return err
}
