package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jcode-go/jcode/tools/standin/messages"
	"github.com/jcode-go/jcode/tools/standin/responses"
)

// golden is one stream and what NAME.json says beside NAME.sse.
type golden struct {
	name   string
	stream []byte
	expect any
}

// writeGolden writes each golden stream of the API as NAME.sse and what it stands
// for as NAME.json.
func (s settings) writeGolden() error {
	all, err := messagesGolden()
	if s.api != apiMessages {
		all, err = responsesGolden()
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.golden, 0o755); err != nil {
		return fmt.Errorf("create folder: %w", err)
	}
	for _, g := range all {
		want, err := json.MarshalIndent(g.expect, "", "  ")
		if err != nil {
			return fmt.Errorf("golden %s: %w", g.name, err)
		}
		for ext, b := range map[string][]byte{".sse": g.stream, ".json": append(want, '\n')} {
			if err := os.WriteFile(filepath.Join(s.golden, g.name+ext), b, 0o644); err != nil {
				return fmt.Errorf("write golden: %w", err)
			}
		}
	}
	return nil
}

func messagesGolden() ([]golden, error) {
	streams, err := messages.GoldenStreams()
	var all []golden
	for _, g := range streams {
		all = append(all, golden{g.Name, g.Stream, struct {
			Outcome  string          `json:"outcome"`
			Standard bool            `json:"standard"`
			Message  json.RawMessage `json:"message"`
		}{g.Outcome, g.Standard, g.Message}})
	}
	return all, err
}

func responsesGolden() ([]golden, error) {
	streams, err := responses.GoldenStreams()
	var all []golden
	for _, g := range streams {
		all = append(all, golden{g.Name, g.Stream, struct {
			Outcome  string          `json:"outcome"`
			Standard bool            `json:"standard"`
			Response json.RawMessage `json:"response"`
		}{g.Outcome, g.Standard, g.Response}})
	}
	return all, err
}
