package session

import (
	"slices"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// state is what the entries of a session add up to.
type state struct {
	header   Header
	messages []sdk.Message
	todos    []tool.Todo
	files    map[string]tool.SeenFile // by path
	provider map[string][]byte
	rules    []Rule
	turns    int
	usage    sdk.Usage
	// answered is who answered last, subagents apart; the model may be unknown.
	answered Turn
	// context is the conversation's length in tokens at the last call, since the
	// bytes that the user and the tools added to it.
	context, since int64
	// whole keeps all messages, for a transcript; hidden of them are not sent.
	prefix    *Prefix
	whole     bool
	hidden    int
	compacted []CompactedAt
	calls     []Turn
	// chosen is whom the user wants to ask; see Session.Choice.
	chosen choice
}

type choice struct{ provider, model string }

func (s *state) apply(e entry, message sdk.Message) {
	switch e.Type {
	case typeHeader:
		s.header = *e.Header
		s.chosen = choice{e.Header.Provider, e.Header.Model}
	case typeMessage:
		s.messages = Join(s.messages, message)
		if message.Role == sdk.RoleUser {
			s.since += MessageBytes(message.Blocks)
		}
	case typeState:
		s.setProvider(e.Provider, e.State)
	case typeTodos:
		s.todos = e.Todos
	case typeFiles:
		if s.files == nil {
			s.files = map[string]tool.SeenFile{}
		}
		for _, file := range e.Files {
			s.files[file.Path] = file
		}
	case typeTurn:
		s.addTurn(*e.Turn)
	case typeDrop:
		s.messages = slices.Clip(s.messages[:min(max(e.Keep+s.hidden, 0), len(s.messages))])
	case typeRules:
		s.rules = append(slices.Clip(s.rules), e.Rules...)
	case typePrefix:
		s.prefix = e.Prefix
	case typeCompact:
		s.compact(*e.Compaction)
	case typeChoice:
		s.chosen = choice{e.Provider, e.Model}
	case typeNote:
	}
}

func (s *state) setProvider(name string, value []byte) {
	if s.provider == nil {
		s.provider = map[string][]byte{}
	}
	s.provider[name] = value
}

func (s *state) addTurn(turn Turn) {
	s.turns = max(s.turns, turn.Turn)
	s.calls = append(s.calls, turn)
	if turn.ParentID == "" && turn.Model != "" {
		s.answered = turn
	}
	if turn.ParentID == "" {
		s.context, s.since = ContextTokens(turn.Usage), 0
	}
	s.usage = AddUsage(s.usage, turn.Usage, s.usage == sdk.Usage{})
}

// AddUsage returns the sum of total and one more call's usage. The cost of the
// sum is unknown as soon as one part of it is; first says that total is empty.
func AddUsage(total, more sdk.Usage, first bool) sdk.Usage {
	cost := more.CostUSD
	if !first {
		cost = addCost(total.CostUSD, more.CostUSD)
	}
	return sdk.Usage{
		InputTokens:      total.InputTokens + more.InputTokens,
		OutputTokens:     total.OutputTokens + more.OutputTokens,
		CacheReadTokens:  total.CacheReadTokens + more.CacheReadTokens,
		CacheWriteTokens: total.CacheWriteTokens + more.CacheWriteTokens,
		ThinkingTokens:   total.ThinkingTokens + more.ThinkingTokens,
		CostUSD:          cost,
		Turns:            total.Turns + max(1, more.Turns),
	}
}

func addCost(a, b *float64) *float64 {
	if a == nil || b == nil {
		return nil
	}
	sum := *a + *b
	return &sum
}

// Join adds message to messages and keeps the roles alternating: a message of the same role as the
// last one becomes part of it. Blocks of messages already handed out are never
// written to.
func Join(messages []sdk.Message, message sdk.Message) []sdk.Message {
	if len(message.Blocks) == 0 {
		return messages
	}
	last := len(messages) - 1
	if last < 0 || messages[last].Role != message.Role {
		return append(messages, message)
	}
	joined := messages[last]
	joined.Blocks = slices.Concat(joined.Blocks, message.Blocks)
	copied := slices.Clone(messages)
	copied[last] = joined
	return copied
}

// cutMessages is the text of a result that a dead process never gave.
const cutMessages = "not run to its end: the process was ended before this call gave a result"

// repair answers tool calls that have no result,
// so that every vendor accepts the history. It returns the message to
// append when the last calls are the unanswered ones.
func (s *state) repair() (appended sdk.Message, ok bool) {
	for i := range s.messages {
		if s.messages[i].Role != sdk.RoleAssistant {
			continue
		}
		missing := unanswered(s.messages, i)
		if len(missing) == 0 {
			continue
		}
		answer := sdk.Message{Role: sdk.RoleUser, Blocks: missing}
		if i == len(s.messages)-1 {
			s.messages = append(s.messages, answer)
			return answer, true
		}
		next := &s.messages[i+1]
		next.Blocks = slices.Concat(missing, next.Blocks)
	}
	return sdk.Message{}, false
}

// unanswered returns error results for the calls of messages[i] that the next
// message does not answer.
func unanswered(messages []sdk.Message, i int) []sdk.Block {
	answered := map[string]bool{}
	if i+1 < len(messages) {
		for _, block := range messages[i+1].Blocks {
			if result, ok := block.(sdk.ToolResult); ok {
				answered[result.ToolCallID] = true
			}
		}
	}
	var missing []sdk.Block
	for _, block := range messages[i].Blocks {
		if call, ok := block.(sdk.ToolCall); ok && !answered[call.ID] {
			missing = append(missing, sdk.ToolResult{
				ToolCallID: call.ID, IsError: true,
				Content: []sdk.Block{sdk.Text{Text: cutMessages}},
			})
		}
	}
	return missing
}
