package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
)

// reply is what a turn of the model came to, besides its text.
type reply struct{ calls []*call }

// call is a tool call as it goes back to the server.
type call struct {
	Type  string          `json:"type"`
	ID    string          `json:"id"`
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input"`
}

type result struct {
	Type string `json:"type"`
	ID   string `json:"tool_use_id"`
	Text string `json:"content"`
}

// event is what of the stream's events is looked at.
type event struct {
	Type  string `json:"type"`
	Block call   `json:"content_block"`
	Delta struct {
		Text  string `json:"text"`
		Input string `json:"partial_json"`
	} `json:"delta"`
}

// read writes the text of every delta, as it comes, and collects the calls.
func read(stream io.Reader) (reply, error) {
	var r reply
	lines := bufio.NewScanner(stream)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !ok {
			continue
		}
		var e event
		if err := json.Unmarshal(data, &e); err != nil {
			return reply{}, err
		}
		if e.Type == "content_block_start" && e.Block.Type == "tool_use" {
			r.calls = append(r.calls, &call{Type: "tool_use", ID: e.Block.ID, Name: e.Block.Name})
		}
		if e.Delta.Input != "" {
			last := r.calls[len(r.calls)-1]
			last.Input = append(last.Input, e.Delta.Input...)
		}
		if _, err := os.Stdout.WriteString(e.Delta.Text); err != nil {
			return reply{}, err
		}
	}
	return r, lines.Err()
}

// run runs a command or reads a file.
func (c *call) run() result {
	var input struct {
		Command string `json:"command"`
		Path    string `json:"file_path"`
	}
	_ = json.Unmarshal(c.Input, &input) // the bench's own
	var out []byte
	if c.Name == "bash" {
		out, _ = exec.Command("bash", "-c", input.Command).CombinedOutput()
	} else {
		out, _ = os.ReadFile(input.Path)
	}
	return result{"tool_result", c.ID, string(out)}
}
