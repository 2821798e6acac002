package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

// maxFile is the largest file that is read for a prompt or attached to one.
const maxFile = 32 << 20

// promptInput is everything that the user wants to say.
type promptInput struct {
	prompt      string
	piped       *host.PipedInput
	attachments []host.Attachment
	// warnings are what the user should know of it.
	warnings []host.Warning
	// late delivers once when input comes that is not used.
	late <-chan struct{}
}

// readPrompt gathers prompt words, prompt files, attachments and standard input.
// It calls warm before it waits for what may come late.
func (c *command) readPrompt(ctx context.Context, flags *cli.Context, settings host.Settings, warm func()) (promptInput, error) {
	words, dash := c.promptWords()
	parts := []string{}
	if joined := strings.Join(words, " "); joined != "" {
		parts = append(parts, joined)
	}
	for _, path := range flags.StringSlice("prompt-file") {
		if path == "-" {
			dash = true
			continue
		}
		text, err := readTextFile(path)
		if err != nil {
			return promptInput{}, err
		}
		parts = append(parts, text)
	}
	in := promptInput{prompt: strings.Join(parts, "\n\n")}
	var err error
	if in.attachments, err = readAttachments(flags.StringSlice("file")); err != nil {
		return in, err
	}
	mode, err := stdinModeOf(flags, dash)
	if err != nil {
		return in, err
	}
	err = c.addPiped(ctx, &in, stdinReader{
		in: c.in, terminal: c.inTerminal, mode: mode,
		grace: settings.StdinGrace, limit: settings.StdinLimit, warm: warm,
		hasPrompt: strings.TrimSpace(in.prompt) != "",
		waiting:   func() { c.warn("waiting for the prompt on standard input") },
	})
	if err != nil {
		return in, err
	}
	if strings.TrimSpace(in.prompt) == "" {
		return in, usagef(`jcode run "PROMPT"`, "the prompt is empty")
	}
	return in, nil
}

// promptWords are the arguments without a lone "-", which stands for standard
// input when it is the only word or the last one.
func (c *command) promptWords() (words []string, dash bool) {
	words = c.inv.args
	last := len(words) - 1
	if last >= 0 && words[last] == "-" && last < c.inv.literalFrom {
		return words[:last], true
	}
	return words, false
}

func stdinModeOf(flags *cli.Context, dash bool) (stdinMode, error) {
	if flags.Bool("no-stdin") && (flags.Bool("stdin") || dash) {
		return stdinNever, usagef("", "--no-stdin and standard input as prompt exclude each other")
	}
	switch {
	case flags.Bool("no-stdin"):
		return stdinNever, nil
	case flags.Bool("stdin"), dash:
		return stdinWait, nil
	}
	return stdinAuto, nil
}

// addPiped reads standard input: context beside a prompt, else the prompt.
func (c *command) addPiped(ctx context.Context, in *promptInput, reader stdinReader) error {
	if !reader.hasPrompt {
		reader.limit = maxFile
	} else if reader.mayWait() {
		reader.warm()
	}
	text, err := reader.read(ctx)
	if err != nil {
		return err
	}
	if text.silent {
		in.late = text.late
		in.warnings = append(in.warnings, host.Warning{
			Code: "stdin_silent",
			Message: fmt.Sprintf("nothing came on standard input within %s, going on without it "+
				"(--stdin waits, --no-stdin does not look)", reader.grace),
		})
	}
	if text.endless {
		in.warnings = append(in.warnings, host.Warning{
			Code: "stdin_endless", Message: "standard input did not end, only its beginning is used",
		})
	}
	if reader.hasPrompt {
		in.piped = text.piped()
		return nil
	}
	if text.spool != "" {
		_ = os.Remove(text.spool)
		return &usageError{
			what: "standard input", why: fmt.Sprintf("is too long for a prompt (more than %d MiB)", maxFile>>20),
			try: "jcode run -f FILE PROMPT",
		}
	}
	in.prompt = strings.TrimRight(string(text.head), "\r\n")
	return nil
}

func readTextFile(path string) (string, error) {
	data, err := readFile(path)
	if err != nil {
		return "", err
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if bytes.IndexByte(data, 0) >= 0 || !utf8.Valid(data) {
		return "", &usageError{what: path, why: "is not UTF-8 text", try: "jcode run -f " + shellQuote(path) + " PROMPT"}
	}
	return strings.TrimRight(string(data), "\r\n"), nil
}

func readAttachments(paths []string) ([]host.Attachment, error) {
	attachments := make([]host.Attachment, 0, len(paths))
	for _, path := range paths {
		data, err := readFile(path)
		if err != nil {
			return nil, err
		}
		attachments = append(attachments, host.Attachment{Name: path, Data: data})
	}
	return attachments, nil
}

// readFile reads a file or pipe that the user named, up to maxFile bytes.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, &usageError{what: "read " + path, why: rootCause(err)}
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, &usageError{what: "read " + path, why: rootCause(err)}
	}
	if info.IsDir() {
		return nil, &usageError{what: "read " + path, why: "is a folder"}
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, &usageError{what: "read " + path, why: rootCause(err)}
	}
	if len(data) > maxFile {
		return nil, &usageError{what: "read " + path, why: fmt.Sprintf("larger than %d MiB", maxFile>>20)}
	}
	return data, nil
}

// rootCause is the innermost error's text: the path was named before it.
func rootCause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
