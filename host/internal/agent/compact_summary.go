package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/sdk"
)

// replaceOlder has a summary written and puts it, with what must not be lost, in
// the place of all but the latest turns.
func (c *conversation) replaceOlder(ctx context.Context, p *plan, trigger string, limit int64, done *session.Compaction) error {
	most := int64(0)
	if trigger == triggerAuto { // the model has room, however low the threshold
		most = int64(tailShare * float64(c.size.window))
	}
	at := p.tail(int64(tailShare*float64(limit)), most)
	if at <= 1 { // the first prompt stays anyway
		return nil
	}
	older := c.history.wire[:at]
	summary, err := c.summarize(ctx, older, p.now()[:at], trigger)
	if err != nil {
		return err
	}
	if summary == "" {
		summary = saidBefore(older)
	}
	done.Replaced = at
	done.Head = []sdk.Message{c.head(older, summary, int(float64(limit)/p.perByte/4))}
	p.cut = slices.DeleteFunc(p.cut, func(cut session.CutResult) bool { return cut.Message < at })
	return nil
}

const summaryPrompt = `The conversation has become too long. Everything above will be replaced by your answer to this message, beside the user's own messages, the task list and the latest steps, which are kept. Do not call any tool now. Write for yourself, so that you can go on with the task without asking or repeating anything:

- the task as you understand it, with what the user asked for, forbade or corrected
- what is done, with the files that were changed and why
- what you found out: the names, places, commands, results and errors that still matter
- decisions that were made, and what was tried and did not work
- what you were doing just now, and the next steps

Be exact and brief: at most 800 words, no preamble.`

// summarize asks the model for a summary of the older messages: as they are, which
// the vendor has in its cache, then with their tool output cut and without tools.
// No summary and no error means that it has to do without.
func (c *conversation) summarize(ctx context.Context, whole, cut []sdk.Message, trigger string) (string, error) {
	attempts := []func(*sdk.Request){
		func(r *sdk.Request) { r.Messages = asked(whole, summaryPrompt) },
		func(r *sdk.Request) {
			r.Messages, r.ToolChoice.Mode = asked(cut, summaryPrompt), sdk.ToolChoiceNone
		},
	}
	if trigger == triggerExceeded { // the whole of it does not fit
		attempts = attempts[1:]
	}
	var last error
	for _, prepare := range attempts {
		request := c.request()
		request.ID = requestID()
		prepare(request)
		text, err := c.askSummary(ctx, request)
		switch {
		case err == nil && text != "":
			return text, nil
		case ctx.Err() != nil:
			return "", causeOf(ctx)
		case err != nil && !hopeless(err):
			return "", err
		}
		last = err
	}
	reason := "the model wrote none"
	if last != nil {
		reason = last.Error()
	}
	c.warn("compact_summary", "older messages are dropped without a summary: "+reason)
	return "", nil
}

// asked is the messages with one more question in the last one, which is the
// user's.
func asked(messages []sdk.Message, text string) []sdk.Message {
	return session.Join(slices.Clip(messages), userText(text))
}

// hopeless reports whether asking for the summary again later would fail too. The
// last turn of a limit is for the answer, which was granted before the summary.
func hopeless(err error) bool {
	var limit *LimitError
	if errors.As(err, &limit) {
		return limit.Limit == LimitTurns
	}
	switch sdk.KindOf(err) {
	case sdk.KindContextTooLong, sdk.KindInvalidRequest, sdk.KindPolicyRefused:
		return true
	default:
		return false
	}
}

// askSummary makes one call whose answer nobody sees. It counts like any other.
func (c *conversation) askSummary(ctx context.Context, request *sdk.Request) (string, error) {
	turn, err := c.nextTurn()
	if err != nil {
		return "", err
	}
	for {
		s, result, err := c.generate(ctx, request, turn, true)
		if err == nil {
			if result.StopReason == sdk.StopRefusal {
				return "", &sdk.Error{Kind: sdk.KindPolicyRefused, Op: "summarize", Message: "the model refused"}
			}
			return strings.TrimSpace(textOf(s.fold.Blocks())), nil
		}
		if ctx.Err() != nil {
			return "", err
		}
		if _, lost := c.Provider.Recover(ctx, err); lost != nil {
			return "", lost
		}
	}
}

// saidBytes is how much of the model's own words stand for a summary.
const saidBytes = 8 << 10

// saidBefore is what the model said last of what is dropped.
func saidBefore(older []sdk.Message) string {
	text := ""
	for _, message := range slices.Backward(older) {
		said := textOf(message.Blocks)
		if message.Role != sdk.RoleAssistant || said == "" {
			continue
		}
		text = said + "\n\n" + text
		if len(text) > saidBytes {
			text = "…" + strings.ToValidUTF8(text[len(text)-saidBytes:], "")
			break
		}
	}
	return "(no summary could be written; these were your last words)\n" + strings.TrimSpace(text)
}

// What begins the texts that a compaction writes, so that the next one knows them.
const (
	summaryMark = "[jcode: earlier messages were replaced by this summary]\n"
	guidesMark  = "[jcode: instructions that came with files read earlier]\n"
)

// head is the message that stands for the older ones: what the user wrote, the
// instructions of folders, the summary, the task list and the files.
func (c *conversation) head(older []sdk.Message, summary string, room int) sdk.Message {
	blocks := userBlocks(older, room)
	if guides := guidesIn(older, room/2); guides != "" {
		blocks = append(blocks, sdk.Text{Text: guidesMark + guides})
	}
	text := summaryMark + summary
	if files := c.filesText(older); files != "" {
		text += "\n\n" + files
	}
	if todos := c.todosText(); todos != "" {
		text += "\n\n" + todos
	}
	return sdk.Message{Role: sdk.RoleUser, Blocks: append(blocks, sdk.Text{Text: text})}
}

// userBlocks are the prompts, as they were: the first one whole where it fits half
// of the room, of the others the latest.
func userBlocks(older []sdk.Message, room int) []sdk.Block {
	var all []sdk.Block
	for _, message := range older {
		if message.Role != sdk.RoleUser {
			continue
		}
		for _, block := range message.Blocks {
			if written(block) {
				all = append(all, block)
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	// The task is a text, which pictures may stand before.
	if at := slices.IndexFunc(all, isWords); at > 0 {
		task := all[at]
		copy(all[1:at+1], all[:at])
		all[0] = task
	}
	first := shortened(all[0], room/2)
	left := room - int(session.MessageBytes([]sdk.Block{first}))
	var rest []sdk.Block
	for _, block := range slices.Backward(all[1:]) {
		block = shortened(block, room/4)
		if left -= int(session.MessageBytes([]sdk.Block{block})); left < 0 {
			rest = append(rest, sdk.Text{Text: "[earlier messages of the user are left out here; see the summary]"})
			break
		}
		rest = append(rest, block)
	}
	slices.Reverse(rest)
	return append([]sdk.Block{first}, rest...)
}

func isWords(block sdk.Block) bool {
	_, ok := block.(sdk.Text)
	return ok
}

// written reports whether the user wrote a block, rather than a tool or jcode.
func written(block sdk.Block) bool {
	switch b := block.(type) {
	case sdk.Image:
		return true
	case sdk.Text:
		return !strings.HasPrefix(b.Text, summaryMark) && !strings.HasPrefix(b.Text, guidesMark) && !slices.Contains(nudges, b.Text)
	default:
		return false
	}
}

// nudges are what the loop itself says in the user's place.
var nudges = []string{afterInterruption, afterSwitch, afterOverflow, noCallArrived}

// shortened cuts the middle out of a long text.
func shortened(block sdk.Block, limit int) sdk.Block {
	text, ok := block.(sdk.Text)
	if !ok || len(text.Text) <= limit {
		return block
	}
	half := max(limit/2, 100)
	if 2*half >= len(text.Text) {
		return block
	}
	head, tail := text.Text[:half], text.Text[len(text.Text)-half:]
	text.Text = strings.ToValidUTF8(head, "") + fmt.Sprintf("\n[… %d bytes cut to save room …]\n", len(text.Text)-2*half) + strings.ToValidUTF8(tail, "")
	return text
}
