package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// schemaVersion is in every line. Within it entry types and fields are only
// added; readers skip types that they do not know.
const schemaVersion = 1

type entryType string

const (
	typeHeader  entryType = "header"
	typeMessage entryType = "message"
	typeState   entryType = "provider_state"
	typeTodos   entryType = "todos"
	typeFiles   entryType = "files"
	typeTurn    entryType = "turn"
	typeDrop    entryType = "drop"
	typeNote    entryType = "note"
	typeRules   entryType = "rules"
	typeCompact entryType = "compact"
	typePrefix  entryType = "prefix"
	typeChoice  entryType = "choice"
)

// Header is the first line of a session.
type Header struct {
	ID string `json:"id"`
	// WorkingDir is where the session was begun, Project its folder's name.
	WorkingDir string `json:"cwd"`
	Project    string `json:"project"`
	// Version is the version of jcode.
	Version  string    `json:"jcode_version"`
	Provider string    `json:"provider"`
	Model    string    `json:"model,omitempty"`
	Created  time.Time `json:"created"`
	// Title is the first line of the first prompt.
	Title string `json:"title,omitempty"`
	// ForkedFrom is the session that this one was copied from.
	ForkedFrom string `json:"forked_from,omitempty"`
	// SubagentType marks the conversation of a subagent.
	SubagentType string `json:"subagent_type,omitempty"`
	// ToolCallID is the call that a subagent was begun for.
	ToolCallID string `json:"tool_call_id,omitempty"`
}

// entry is one line. Message is the last field: see messageOf.
type entry struct {
	Version     int             `json:"v"`
	Type        entryType       `json:"type"`
	Time        string          `json:"time"`
	Interrupted bool            `json:"interrupted,omitempty"`
	Header      *Header         `json:"header,omitempty"`
	Provider    string          `json:"provider,omitempty"`
	Model       string          `json:"model,omitempty"`
	State       []byte          `json:"state,omitempty"`
	Todos       []tool.Todo     `json:"todos,omitempty"`
	Files       []tool.SeenFile `json:"files,omitempty"`
	Turn        *Turn           `json:"turn,omitempty"`
	Rules       []Rule          `json:"rules,omitempty"`
	Keep        int             `json:"keep,omitempty"`
	Text        string          `json:"text,omitempty"`
	Compaction  *Compaction     `json:"compact,omitempty"`
	Prefix      *Prefix         `json:"prefix,omitempty"`
	Message     json.RawMessage `json:"message,omitempty"`
}

// encode returns the line with its end.
func encode(e entry, now time.Time) ([]byte, error) {
	e.Version, e.Time = schemaVersion, now.UTC().Format(time.RFC3339Nano)
	line, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode session entry: %w", err)
	}
	return append(line, '\n'), nil
}

var (
	messagePrefix = []byte(`{"v":1,"type":"message","time":"`)
	messageKey    = []byte(`","message":{`)
)

// messageOf finds the message in a line of the usual form without parsing the
// line: a long session is nearly all messages, and each parse is a pass over
// them.
func messageOf(line []byte) ([]byte, bool) {
	if !bytes.HasPrefix(line, messagePrefix) || !bytes.HasSuffix(line, []byte("}}")) {
		return nil, false
	}
	rest := line[len(messagePrefix):]
	at := bytes.Index(rest[:min(len(rest), 64)], messageKey)
	if at < 0 || bytes.IndexByte(rest[:at], '"') >= 0 {
		return nil, false
	}
	return rest[at+len(messageKey)-1 : len(rest)-1], true
}

// decode parses a line. Its message, if any, is decoded too.
func decode(line []byte) (entry, sdk.Message, error) {
	var message sdk.Message
	if raw, ok := messageOf(line); ok {
		err := message.UnmarshalJSON(raw)
		return entry{Version: schemaVersion, Type: typeMessage}, message, err
	}
	var e entry
	if err := json.Unmarshal(line, &e); err != nil {
		return e, message, err
	}
	if e.Version > schemaVersion {
		return e, message, fmt.Errorf("written by a newer jcode (schema %d)", e.Version)
	}
	if e.Version < 1 || e.Type == "" {
		return e, message, errors.New("not a session entry")
	}
	if e.Type != typeMessage {
		return e, message, nil
	}
	return e, message, message.UnmarshalJSON(e.Message)
}
