package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jcode-go/jcode/tools/standin/messages"
)

// expectation is what NAME.json says beside NAME.sse.
type expectation struct {
	Outcome  string          `json:"outcome"`
	Standard bool            `json:"standard"`
	Message  json.RawMessage `json:"message"`
}

// writeGolden writes each golden stream as NAME.sse and what it stands for as
// NAME.json.
func writeGolden(dir string) error {
	all, err := messages.GoldenStreams()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("create folder: %w", err)
	}
	for _, g := range all {
		want, err := json.MarshalIndent(expectation{g.Outcome, g.Standard, g.Message}, "", "  ")
		if err != nil {
			return fmt.Errorf("golden %s: %w", g.Name, err)
		}
		for ext, b := range map[string][]byte{".sse": g.Stream, ".json": append(want, '\n')} {
			if err := os.WriteFile(filepath.Join(dir, g.Name+ext), b, 0o644); err != nil {
				return fmt.Errorf("write golden: %w", err)
			}
		}
	}
	return nil
}
