package cliprovider

import (
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// Answer is where a [Decoder] says what the lines of one run mean. It passes that on
// to the host and remembers what the end of the run is judged by. An error of its
// methods means that the host is gone. It is not safe for concurrent use.
type Answer struct {
	emit func(sdk.Event) error

	begun   bool
	model   string
	session string
	usage   sdk.Usage
	shown   bool            // something of the answer was
	spoken  map[string]bool // messages with text that counts
	tools   map[string]*nativeTool
	worked  bool // a tool ended well
	denied  []string
	ended   bool
	fault   *Fault
	noise   []string
}

// NewAnswer returns one whose events go to emit: for the tests of a decoder. A
// provider makes its own.
func NewAnswer(emit func(sdk.Event) error) *Answer { return &Answer{emit: emit} }

// nativeTool is one tool that the program runs.
type nativeTool struct {
	sdk.NativeTool
	finished bool
}

// Fault is why a run failed, as the program reports it within its output.
type Fault struct {
	// Word is the program's word for it, which CLI.Words looks up.
	Word string
	// Message is for people.
	Message string
	// Status is an HTTP status; 0 is none.
	Status int
}

// callerError keeps an error of the host's stream apart from those of the program.
type callerError struct{ err error }

func (e *callerError) Error() string { return e.err.Error() }
func (e *callerError) Unwrap() error { return e.err }

func (a *Answer) tell(event sdk.Event) error {
	if err := a.emit(event); err != nil {
		return &callerError{err}
	}
	return nil
}

// Model notes what serves the request, once it is known.
func (a *Answer) Model(name string) {
	if name != "" {
		a.model = name
	}
}

// Session notes the program's id of the conversation.
func (a *Answer) Session(id string) {
	if id != "" {
		a.session = id
	}
}

// Usage notes what has been used so far, cumulative.
func (a *Answer) Usage(usage sdk.Usage) { a.usage = usage }

// begin tells that the vendor answers.
func (a *Answer) begin() error {
	if a.begun {
		return nil
	}
	a.begun = true
	return a.tell(sdk.Started{Model: a.model})
}

func (a *Answer) show(event sdk.Event) error {
	if err := a.begin(); err != nil {
		return err
	}
	a.shown = true
	return a.tell(event)
}

// Text shows a piece of the answer. Pieces of one message belong together.
func (a *Answer) Text(messageID, text string) error {
	if text == "" {
		return nil
	}
	if strings.TrimSpace(text) != "" {
		if a.spoken == nil {
			a.spoken = make(map[string]bool)
		}
		a.spoken[messageID] = true
	}
	return a.show(sdk.TextDelta{MessageID: messageID, Text: text})
}

// Thinking shows a piece of the model's reasoning.
func (a *Answer) Thinking(messageID, text string) error {
	if text == "" {
		return nil
	}
	return a.show(sdk.ThinkingDelta{MessageID: messageID, Text: text})
}

// Retract voids the text of a message that the program begins anew.
func (a *Answer) Retract(messageID string) error {
	if messageID == "" || !a.begun {
		return nil
	}
	delete(a.spoken, messageID)
	return a.tell(sdk.Retract{MessageID: messageID})
}

// Retry tells that the program asks its vendor again. Attempt counts the coming
// try, from 2.
func (a *Answer) Retry(attempt, status int, reason string) error {
	return a.tell(sdk.RetryEvent{Attempt: attempt, HTTPStatus: status, Reason: excerpt(reason)})
}

// Warn tells the user something; the turn goes on.
func (a *Answer) Warn(code, message string) error {
	return a.tell(sdk.WarningEvent{Code: code, Message: excerpt(message)})
}

// ToolStarted shows that the program runs a tool, once for each id.
func (a *Answer) ToolStarted(messageID string, tool sdk.NativeTool) error {
	if a.tools[tool.ID] != nil {
		return nil
	}
	if a.tools == nil {
		a.tools = make(map[string]*nativeTool)
	}
	a.tools[tool.ID] = &nativeTool{NativeTool: tool}
	return a.show(sdk.NativeToolEvent{MessageID: messageID, Phase: sdk.NativeToolStarted, Tool: tool})
}

// ToolFinished shows what came of a tool, once for each id. A start that was not
// told is told now. Name and Input may be left out.
func (a *Answer) ToolFinished(messageID string, tool sdk.NativeTool) error {
	if err := a.ToolStarted(messageID, sdk.NativeTool{ID: tool.ID, Name: tool.Name, Input: tool.Input, ParentID: tool.ParentID}); err != nil {
		return err
	}
	known := a.tools[tool.ID]
	if known.finished {
		return nil
	}
	known.finished = true
	tool.Name, tool.Output = firstOf(tool.Name, known.Name), shellout.ClipOutput(tool.Output)
	a.worked = a.worked || !tool.IsError
	if tool.Denied {
		a.Denied(tool.Name)
	}
	return a.show(sdk.NativeToolEvent{MessageID: messageID, Phase: sdk.NativeToolFinished, Tool: tool})
}

// Denied notes that the program did not let its model do something.
func (a *Answer) Denied(what string) { a.denied = append(a.denied, what) }

// End notes the program's own last line: the answer is whole.
func (a *Answer) End() { a.ended = true }

// Fail notes that the program says that the turn failed, and why. It does not end
// the run. The first reason counts, unless it says nothing.
func (a *Answer) Fail(fault Fault) {
	if a.fault == nil || a.fault.Message == "" && a.fault.Word == "" {
		a.fault = &fault
	}
}

// maxNoise is how many lines are kept that are no events.
const maxNoise = 50

// Noise keeps a line that is no event: it may say why the run failed.
func (a *Answer) Noise(line string) {
	if len(a.noise) == maxNoise {
		a.noise = a.noise[1:]
	}
	a.noise = append(a.noise, line)
}

// answered reports whether there is an answer: text that was not withdrawn, or
// work that was done.
func (a *Answer) answered() bool { return len(a.spoken) > 0 || a.worked }

// maxExcerpt is how much of a program's text goes into a message.
const maxExcerpt = 300

// excerpt makes a line for people of what a program says.
func excerpt(text string) string {
	text = strings.Join(strings.Fields(shellout.PlainText(text)), " ")
	if len(text) > maxExcerpt {
		text = strings.ToValidUTF8(text[:maxExcerpt], "") + "…"
	}
	return text
}
