package cursor

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
		`{"type":"assistant","timestamp_ms":1,"message":{"content":[{"type":"text","text":"a"}]}}` + "\n" + `{"type":"result"}`,
		`{"type":"tool_call","subtype":"completed","call_id":"1","tool_call":{"shellToolCall":{"result":{"success":{"stdout":"x"}}}}}`,
		`{"type":"error","error":"x"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var events sdk.Accumulator
		a := cliprovider.NewAnswer(events.Add)
		d := &decoder{answer: a}
		for line := range strings.Lines(text) {
			last, err := d.Line([]byte(line))
			if err != nil {
				t.Fatal(err)
			}
			if last {
				break
			}
		}
		for _, m := range parseModels(text) {
			if m.ID == "" {
				t.Error("a model without an id")
			}
		}
	})
}
