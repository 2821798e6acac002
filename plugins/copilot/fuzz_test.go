package copilot

import (
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

// Whatever the program prints, its decoder neither panics nor tells events in an order
// that the contract forbids.
func FuzzDecoder(f *testing.F) {
	for _, seed := range []string{
		`{"type":"assistant.message_delta","data":{"messageId":"a","deltaContent":"x"}}` + "\n" + `{"type":"assistant.turn_retry","data":{}}` + "\n" + `{"type":"result","exitCode":1}`,
		`{"type":"tool.execution_complete","data":{"toolCallId":"1","toolName":"bash","success":true,"result":{"content":"x"}}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var events sdk.Accumulator
		a := cliprovider.NewAnswer(events.Add)
		d := &decoder{answer: a, pieces: map[string]bool{}}
		for line := range strings.Lines(text) {
			last, err := d.Line([]byte(line))
			if err != nil {
				t.Fatal(err)
			}
			if last {
				break
			}
		}
	})
}
