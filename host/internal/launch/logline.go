package launch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Level is the weight of a log line.
type Level string

// The levels, lightest first.
const (
	LevelTrace Level = "trace"
	LevelDebug Level = "debug"
	LevelInfo  Level = "info"
	LevelWarn  Level = "warn"
	LevelError Level = "error"
)

// Record is one log line of a plugin. Its JSON form is a line of the log file.
type Record struct {
	Time    time.Time      `json:"time"`
	Level   Level          `json:"level"`
	Plugin  string         `json:"plugin"`
	PID     int            `json:"pid"`
	Module  string         `json:"module,omitempty"`
	Message string         `json:"message"`
	Fields  map[string]any `json:"fields,omitempty"`
}

// line writes the record for people, without the time.
func (r Record) line() string {
	var b strings.Builder
	b.WriteString(r.Message)
	for _, key := range slices.Sorted(maps.Keys(r.Fields)) {
		fmt.Fprintf(&b, " %s=%v", key, r.Fields[key])
	}
	return b.String()
}

var levels = map[string]Level{
	"trace": LevelTrace, "debug": LevelDebug, "info": LevelInfo, "notice": LevelInfo,
	"warn": LevelWarn, "warning": LevelWarn, "error": LevelError, "fatal": LevelError, "panic": LevelError,
}

// parseLogLine reads a line of standard error: hclog's JSON, else text. It takes
// any bytes: nothing about a JSON line's types may be relied on.
func parseLogLine(raw []byte, now time.Time) Record {
	raw = bytes.TrimRight(raw, "\r\n")
	record := Record{Time: now, Level: LevelDebug}
	var fields map[string]any
	if trimmed := bytes.TrimSpace(raw); len(trimmed) > 0 && trimmed[0] == '{' && json.Unmarshal(trimmed, &fields) == nil {
		return parseLogFields(record, fields)
	}
	record.Message = strings.ToValidUTF8(string(raw), "�")
	if level, rest, ok := bracketed(record.Message); ok {
		record.Level, record.Message = level, rest
	}
	return record
}

func parseLogFields(record Record, fields map[string]any) Record {
	message, isText := fields["@message"].(string)
	if isText {
		record.Message = message
		delete(fields, "@message")
	}
	if name, ok := fields["@level"].(string); ok {
		if level, known := levels[strings.ToLower(name)]; known {
			record.Level = level
			delete(fields, "@level")
		}
	}
	if module, ok := fields["@module"].(string); ok {
		record.Module = module
		delete(fields, "@module")
	}
	if stamp, ok := fields["@timestamp"].(string); ok {
		if t, err := time.Parse("2006-01-02T15:04:05.000000Z07:00", stamp); err == nil && nearly(t, record.Time) {
			record.Time = t
		}
		delete(fields, "@timestamp")
	}
	if len(fields) > 0 {
		record.Fields = fields
	}
	return record
}

// nearly keeps a plugin from filing its lines under another year.
func nearly(t, now time.Time) bool { return now.Sub(t).Abs() < time.Minute }

// bracketed reads "[WARN] text", which many loggers write.
func bracketed(line string) (Level, string, bool) {
	rest, ok := strings.CutPrefix(line, "[")
	if !ok {
		return "", "", false
	}
	name, text, ok := strings.Cut(rest, "]")
	level, known := levels[strings.ToLower(strings.TrimSpace(name))]
	return level, strings.TrimSpace(text), ok && known
}

func beginsPanic(message string) bool {
	return strings.HasPrefix(message, "panic: ") || strings.HasPrefix(message, "fatal error: ")
}
