package agent

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// How often the same call with the same result may come in a row.
const (
	loopNudge = 4
	loopStop  = 6
)

// loopGuard sees when a conversation goes round in circles: the same call, or the
// same set of calls in one answer, with the same results, again and again.
type loopGuard struct {
	call, turn streak
	// read is what a file showed when it was last read, by the call.
	read map[[sha256.Size]byte][sha256.Size]byte
}

type streak struct {
	key   [sha256.Size]byte
	count int
}

// add counts key and returns how often it came in a row.
func (s *streak) add(key [sha256.Size]byte) int {
	if s.count == 0 || key != s.key {
		s.key, s.count = key, 0
	}
	s.count++
	return s.count
}

// observe takes the calls of one answer with their results, and returns the longest
// row that ended within them and the call that it ended with.
func (g *loopGuard) observe(calls []sdk.ToolCall, results []sdk.Block) (longest, at int) {
	all := sha256.New()
	for i, call := range calls {
		key := g.whole(call, results[i])
		_, _ = all.Write(key[:])
		if count := g.call.add(key); count >= longest {
			longest, at = count, i
		}
	}
	if count := g.turn.add([sha256.Size]byte(all.Sum(nil))); len(calls) > 1 && count > longest {
		longest, at = count, len(calls)-1
	}
	return longest, at
}

// whole is the fingerprint of a call. A file that is read again and again shows its
// lines only every other time, and is the same all along.
func (g *loopGuard) whole(call sdk.ToolCall, result sdk.Block) [sha256.Size]byte {
	key := fingerprint(call, result)
	r, ok := result.(sdk.ToolResult)
	if !ok || !strings.EqualFold(strings.TrimSpace(call.Name), "read") {
		return key
	}
	asked := fingerprint(call, nil)
	if shown, known := g.read[asked]; known && tool.Unchanged(textOf(r.Content)) {
		return shown
	}
	if g.read == nil {
		g.read = map[[sha256.Size]byte][sha256.Size]byte{}
	}
	g.read[asked] = key
	return key
}

// fingerprint is the same for two calls that say and give the same.
func fingerprint(call sdk.ToolCall, result sdk.Block) [sha256.Size]byte {
	hash := sha256.New()
	_, _ = fmt.Fprintf(hash, "%q %s ", strings.ToLower(strings.TrimSpace(call.Name)), canonical(call))
	if r, ok := result.(sdk.ToolResult); ok {
		_, _ = fmt.Fprintf(hash, "%t", r.IsError)
		for _, block := range r.Content {
			switch b := block.(type) {
			case sdk.Text:
				_, _ = fmt.Fprintf(hash, "%q", lasting(b.Text, call.ID))
			case sdk.Image:
				_, _ = hash.Write(b.Data)
			case sdk.Thinking, sdk.ToolCall, sdk.ToolResult, sdk.NativeTool:
			}
		}
	}
	return [sha256.Size]byte(hash.Sum(nil))
}

// canonical is the arguments without regard to blanks and the order of keys.
func canonical(call sdk.ToolCall) []byte {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(call.Input))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return []byte(string(call.Input) + call.Malformed)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return call.Input
	}
	return text
}

// lasting drops from a result what differs every time: how long a command took,
// "[exit 1 · 0.3 s]", the file named after the call's id, and which subagent it was.
func lasting(text, callID string) string {
	if id := safeName(callID); id != "" {
		text = strings.ReplaceAll(text, id, "")
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if status, _, found := strings.Cut(line, " · "); found && strings.HasPrefix(line, "[") && strings.HasSuffix(line, " s]") {
			lines[i] = status
		}
		if strings.HasPrefix(line, subagentMark) {
			lines[i] = subagentMark
		}
	}
	return strings.Join(lines, "\n")
}

// guardLoop tells the model when it repeats itself, beside the last result, and
// ends the conversation when that does not help.
func (c *conversation) guardLoop(calls []sdk.ToolCall, results []sdk.Block) error {
	if !c.LoopGuard || len(calls) == 0 {
		return nil
	}
	count, at := c.guard.observe(calls, results)
	if count < loopNudge {
		return nil
	}
	name := oneWord(calls[at].Name)
	if count >= loopStop {
		return &LimitError{
			Limit:   LimitLoop,
			Message: fmt.Sprintf("limit reached: the model called %s %d times in a row with the same arguments and the same result", name, count),
			Remedy:  "jcode run -c \"…\", and say what is wrong; --set loop_guard=false where repeating is meant",
		}
	}
	if result, ok := results[at].(sdk.ToolResult); ok {
		result.Content = append(result.Content[:len(result.Content):len(result.Content)], sdk.Text{Text: fmt.Sprintf(
			"\n[jcode: this was the %dth time in a row that %s was called with the same arguments and gave the same result. "+
				"Once more will not help: try another way, or answer with what you have. The run ends at %d.]", count, name, loopStop,
		)})
		results[at] = result
	}
	if count == loopNudge {
		c.warn("loop_guard", fmt.Sprintf("the model called %s %d times in a row with the same result; it was told so", name, count))
	}
	return nil
}

func oneWord(name string) string { return cutRunes(strings.Join(strings.Fields(name), " "), 40) }
