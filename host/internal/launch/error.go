package launch

import (
	"strings"
)

// Reason says what sort of failure an [Error] is.
type Reason string

// The reasons.
const (
	ReasonNotFound          Reason = "not_found"
	ReasonNotExecutable     Reason = "not_executable"
	ReasonWrongArchitecture Reason = "wrong_architecture"
	ReasonExecFormat        Reason = "exec_format"
	ReasonInterpreter       Reason = "missing_interpreter"
	ReasonNoExecMount       Reason = "noexec_mount"
	ReasonHash              Reason = "hash_mismatch"
	ReasonWroteText         Reason = "wrote_text"
	ReasonExited            Reason = "exited"
	ReasonSignal            Reason = "killed_by_signal"
	ReasonProtocol          Reason = "protocol"
	ReasonTimeout           Reason = "timeout"
	ReasonTransport         Reason = "transport"
	ReasonWrongName         Reason = "wrong_name"
	ReasonConfigure         Reason = "configure"
	ReasonCrashed           Reason = "crashed"
	ReasonInternal          Reason = "internal"
)

var reasonTexts = map[Reason]string{
	ReasonNotFound:          "is not found",
	ReasonNotExecutable:     "is not executable",
	ReasonWrongArchitecture: "has the wrong architecture",
	ReasonExecFormat:        "is not a program of this system",
	ReasonInterpreter:       "lacks its interpreter or loader",
	ReasonNoExecMount:       "lies on a file system that forbids execution",
	ReasonHash:              "does not have the digest that the lock demands",
	ReasonWroteText:         "wrote text before the handshake",
	ReasonExited:            "exited before the handshake",
	ReasonSignal:            "was killed before the handshake",
	ReasonProtocol:          "speaks another protocol version",
	ReasonTimeout:           "did not start in time",
	ReasonTransport:         "cannot be connected to",
	ReasonWrongName:         "calls itself by another name",
	ReasonConfigure:         "refused its configuration",
	ReasonCrashed:           "crashed",
	ReasonInternal:          "cannot be started",
}

// Error is why a plugin does not run. It quotes what the plugin said, stripped of
// control bytes and redacted.
type Error struct {
	// Plugin and Path name it.
	Plugin, Path string
	Reason       Reason
	// Detail is what was found, on one line; may be empty.
	Detail string
	// Remedy is the next command or step; may be empty.
	Remedy string
	// Stderr is the end of what the plugin wrote on standard error, at most
	// 64 KiB; for a bug report, not for one line.
	Stderr string
	// CrashFile holds the same on disk, for a crash; may be empty.
	CrashFile string
	// Err is the cause; may be nil.
	Err error
}

// Error is one line: the plugin, what is wrong, and the quotation.
func (e *Error) Error() string {
	text := "plugin " + e.Plugin + " " + reasonTexts[e.Reason]
	detail := e.Detail
	if detail == "" && e.Err != nil {
		detail = e.Err.Error()
	}
	if detail != "" {
		text += ": " + detail
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint returns the remedy.
func (e *Error) Hint() string { return e.Remedy }

// maxQuote bounds a quotation inside a one-line message.
const maxQuote = 300

// quote makes a quotation for one line: first line with something on it, control
// bytes gone, cut.
func quote(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(printable(line)); line != "" {
			return `"` + cut(line, maxQuote) + `"`
		}
	}
	return ""
}

// quoteLast is quote of the last line, which is where programs say why.
func quoteLast(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if q := quote(lines[i]); q != "" {
			return q
		}
	}
	return ""
}

// cut shortens s to at most limit bytes, between characters.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := limit
	for end > 0 && s[end]&0xc0 == 0x80 {
		end--
	}
	return s[:end] + "…"
}
