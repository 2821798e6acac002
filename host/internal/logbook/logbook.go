// Package logbook writes the log that --log-file asks for: what jcode did, when and
// for how long, one JSON object a line in the form of hclog.
//
// It never holds what people and models say to each other. Whoever writes to it
// passes names, numbers and kinds of errors, not texts that came from elsewhere.
package logbook

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/hashicorp/go-hclog"
)

// Levels are the levels, most detailed first. Standard is the one without a choice.
var Levels = []string{"trace", "debug", "info", "warn", "error"}

// Standard is the level when nobody chose one.
const Standard = "info"

// Log is an open log. A nil one takes everything and writes nothing. It is safe for
// concurrent use, also by several processes that append to one file: each line is
// one write. Close it.
type Log struct {
	f      *os.File
	logger hclog.Logger
}

// Open appends to the file path, which is made with mode 0600. level is one of
// Levels; empty is Standard.
func Open(path, level string) (*Log, error) {
	if level == "" {
		level = Standard
	}
	if !slices.Contains(Levels, level) {
		return nil, fmt.Errorf("open log: no level %q", level)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, reason(err))
	}
	return &Log{f: f, logger: hclog.New(&hclog.LoggerOptions{
		Name: "jcode", Level: hclog.LevelFromString(level), Output: f, JSONFormat: true,
	}).With("pid", os.Getpid())}, nil
}

// reason drops the path that an error of the file system repeats.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Error, Warn, Info, Debug and Trace write one line. fields are names and values in
// turn. A line that cannot be written is lost: a full disk must not end a run.
func (l *Log) Error(message string, fields ...any) { l.write(hclog.Error, message, fields) }

// Warn is for what went wrong and was put right.
func (l *Log) Warn(message string, fields ...any) { l.write(hclog.Warn, message, fields) }

// Info is for what a run consists of.
func (l *Log) Info(message string, fields ...any) { l.write(hclog.Info, message, fields) }

// Debug is for how it came about.
func (l *Log) Debug(message string, fields ...any) { l.write(hclog.Debug, message, fields) }

// Trace is for what happens hundreds of times.
func (l *Log) Trace(message string, fields ...any) { l.write(hclog.Trace, message, fields) }

func (l *Log) write(level hclog.Level, message string, fields []any) {
	if l != nil {
		l.logger.Log(level, message, fields...)
	}
}

// Traces reports whether Trace writes, for callers who would only count for it.
func (l *Log) Traces() bool { return l != nil && l.logger.IsTrace() }

// Plugin writes a line that a plugin logged. The caller has removed secrets from it.
func (l *Log) Plugin(name string, pid int, level, module, message string, fields map[string]any) {
	if l == nil {
		return
	}
	args := []any{"plugin", name, "plugin_pid", pid}
	if module != "" {
		args = append(args, "module", module)
	}
	if len(fields) > 0 {
		args = append(args, "fields", fields)
	}
	l.logger.Named("plugin").Log(hclog.LevelFromString(level), message, args...)
}

// SetLevel changes how much is written; a level that is none of Levels is ignored.
func (l *Log) SetLevel(level string) {
	if l != nil && slices.Contains(Levels, level) {
		l.logger.SetLevel(hclog.LevelFromString(level))
	}
}

// Close ends the log: what comes later is lost.
func (l *Log) Close() error {
	if l == nil {
		return nil
	}
	l.logger.SetLevel(hclog.Off)
	return l.f.Close()
}
