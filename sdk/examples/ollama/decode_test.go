package ollama

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/wire"
	"github.com/jcode-go/jcode/sdk/sse"
	"github.com/jcode-go/jcode/sdk/toolspec"
)

// FuzzDecode plays streams of all sorts: what comes out keeps the rules whatever comes
// in.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/wire/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(wire.Part(string(text), "response.sse"))
	}
	f.Fuzz(func(t *testing.T, stream string) {
		request := &sdk.Request{ID: "1"}
		names, err := toolspec.NewNames(nil, request)
		if err != nil {
			t.Fatal(err)
		}
		k := keeper{t: t, pieces: map[string]string{}}
		d := &decoder{emit: k.emit, model: "m", host: "h", calls: newCalls(request, names)}
		result, err := play(d, stream)
		if err != nil {
			return
		}
		calls := d.calls.count() > 0
		if calls != (result.StopReason == sdk.StopToolUse) && result.StopReason != sdk.StopMaxTokens && result.StopReason != sdk.StopRefusal {
			t.Errorf("%d calls and %s", d.calls.count(), result.StopReason)
		}
		if u := result.Usage; min(u.InputTokens, u.OutputTokens, u.CacheReadTokens, u.ThinkingTokens) < 0 {
			t.Errorf("%+v", u)
		}
	})
}

func play(d *decoder, stream string) (sdk.Result, error) {
	events := sse.NewReader(strings.NewReader(stream))
	for !d.ended {
		event, err := events.Next()
		if err != nil {
			break
		}
		if err := d.event(event.Data); err != nil {
			return sdk.Result{}, err
		}
	}
	return d.end()
}

// keeper checks every event as it comes.
type keeper struct {
	t           *testing.T
	accumulator sdk.Accumulator
	pieces      map[string]string
}

func (k *keeper) emit(event sdk.Event) error {
	switch e := event.(type) {
	case sdk.ToolCallDelta:
		k.pieces[e.ID] += e.JSON
	case sdk.ToolCallEnd:
		if e.Malformed != "" && e.Malformed != k.pieces[e.ID] || e.Malformed == "" && !json.Valid(e.Input) {
			k.t.Errorf("%q ended as %q %q", k.pieces[e.ID], e.Input, e.Malformed)
		}
	default:
	}
	if err := k.accumulator.Add(event); err != nil {
		k.t.Error(err)
	}
	return nil
}

// The pieces of a text may be cut anywhere; what comes out is the same.
func TestTagsCutAnywhere(t *testing.T) {
	t.Parallel()
	const text = " \n<think>a < b </think\n></think>\n\nThe <think> answer</think>."
	for size := 1; size <= len(text); size++ {
		var split tags
		var thinking, said string
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			a, b := split.split(rest[:n])
			thinking, said, rest = thinking+a, said+b, rest[n:]
		}
		a, b := split.rest()
		if thinking+a != "a < b </think\n>" || said+b != "The <think> answer</think>." {
			t.Errorf("pieces of %d: %q %q", size, thinking+a, said+b)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	var models []sdk.Model
	for _, id := range []string{"mistral:7b", "Qwen3:8B", "llama3.2:latest", "gemma3:4b", "phi4", "x", "y"} {
		models = append(models, sdk.Model{ID: id})
	}
	for wanted, want := range map[string]string{"llama3.2": "llama3.2:latest", "qwen3:8b": "Qwen3:8B", "gema3:4b": "gemma3:4b", "mistral": "mistral:7b"} {
		if got := nearest(wanted, models); len(got) != maxNear || got[0] != want {
			t.Errorf("%s: %v", wanted, got)
		}
	}
	for words, want := range map[[2]string]int{{"kitten", "sitting"}: 3, {"", "abc"}: 0, {"abc", "xyz"}: 3, {"flaw", "lawn"}: 2} {
		if got := distance(words[0], words[1]); got != want {
			t.Errorf("%v: %d", words, got)
		}
	}
}
