//go:build unix

package main

import (
	"fmt"

	"github.com/jcode-go/jcode/tools/standin/messages"
)

// deltas is how many text deltas the long answer has.
const deltas = 20_000

// The prompts that pick an answer.
const (
	promptText   = "bench text"
	promptLong   = "bench deltas"
	promptPause  = "bench memory"
	promptSleep  = "bench sleep"
	promptTools  = "bench tools"
	promptReads  = "bench reads"
	promptShells = "bench shells"
)

// scenario is what the stand-in answers to each prompt.
func scenario() *messages.Scenario {
	s := &messages.Scenario{Name: "bench"}
	text := func(name, prompt string, blocks ...messages.Block) {
		s.Steps = append(s.Steps, messages.Step{
			Name: name, When: messages.When{User: prompt, Turn: 1},
			Reply: &messages.Reply{Blocks: blocks, Flush: "batch"},
		})
	}
	text("text", promptText, messages.Block{Type: messages.Text, Text: "All is well.", Chunk: 100})
	// A vendor's server sends each delta as it comes, not in batches.
	s.Steps = append(s.Steps, messages.Step{
		Name: "long", When: messages.When{User: promptLong, Turn: 1},
		Reply: &messages.Reply{Blocks: []messages.Block{{Type: messages.Text, Text: "word and ", Repeat: deltas}}, Flush: "frame"},
	})
	text("pause", promptPause,
		messages.Block{Type: messages.Text, Text: "Thinking it over.", Chunk: 100},
		messages.Block{Type: messages.Pause, MS: 600},
		messages.Block{Type: messages.Text, Text: "Done.", Chunk: 100})
	text("sleep", promptSleep, call("bash", 1, `{"command":"echo started > started; sleep 300"}`))
	turns(s, promptTools, 10, func(i int) messages.Block {
		return call("read", i, fmt.Sprintf(`{"file_path":"file%d.txt"}`, i%10))
	})
	turns(s, promptReads, 300, func(i int) messages.Block {
		return call("read", i, fmt.Sprintf(`{"file_path":"file%d.txt"}`, i%10))
	})
	turns(s, promptShells, 300, func(i int) messages.Block {
		return call("bash", i, fmt.Sprintf(`{"command":"echo %d"}`, i))
	})
	return s
}

func call(tool string, i int, input string) messages.Block {
	return messages.Block{
		Type: messages.ToolUse, ID: fmt.Sprintf("toolu_%s_%04d", tool, i), Name: tool,
		Input: []byte(input), Chunk: 100,
	}
}

// turns answers prompt with n tool calls, one a turn, and then a text.
func turns(s *messages.Scenario, prompt string, n int, block func(int) messages.Block) {
	for i := range n + 1 {
		last := messages.Block{Type: messages.Text, Text: "Finished.", Chunk: 100}
		if i < n {
			last = block(i)
		}
		s.Steps = append(s.Steps, messages.Step{
			Name: fmt.Sprintf("%s %d", prompt, i), When: messages.When{User: prompt, Turn: i + 1},
			Reply: &messages.Reply{Blocks: []messages.Block{last}, Flush: "batch"},
		})
	}
}
