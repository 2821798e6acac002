package config

import "fmt"

// Error is a setting or variable that cannot be used. Nothing was done.
type Error struct {
	// File is the configuration file, Line and Column count from 1; Line is 0
	// when the fault is not in the file.
	File         string
	Line, Column int
	// Key is the setting, or the variable; may be empty.
	Key string
	// Message says what is wrong and what would be right.
	Message string
	Remedy  string
}

// Error is "file:line:column: key: message".
func (e *Error) Error() string {
	text := e.Message
	if e.Key != "" {
		text = e.Key + ": " + text
	}
	switch {
	case e.File == "":
		return text
	case e.Line == 0:
		return fmt.Sprintf("%s: %s", e.File, text)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, text)
}

// Hint is the next command or step; may be empty.
func (e *Error) Hint() string {
	switch {
	case e.Remedy != "":
		return e.Remedy
	case e.File != "" && e.Line > 0:
		return fmt.Sprintf("correct line %d of %s", e.Line, e.File)
	case e.File != "":
		return "check " + e.File
	}
	return ""
}
