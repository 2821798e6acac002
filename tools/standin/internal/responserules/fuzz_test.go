package responserules

import (
	"strings"
	"testing"
)

// FuzzCheck: whatever is sent, it is either taken or refused in whole sentences, and
// what is lenient takes all that is JSON.
func FuzzCheck(f *testing.F) {
	for _, body := range []string{
		`{"model":"m","instructions":"x","stream":true,"store":false,"input":[{"role":"user","content":"hi"}]}`,
		`{"model":"m","instructions":"x","stream":true,"store":false,"input":[{"type":"reasoning","summary":[],"encrypted_content":"gAAAAAx"},{"type":"function_call","call_id":"a","name":"n","arguments":"{}"},{"type":"function_call_output","call_id":"a","output":[{"type":"input_image","image_url":"data:image/png;base64,eA=="}]}]}`,
		`{"model":"m","instructions":"x","stream":true,"store":false,"input":[{"role":"user","content":"hi"}],"tools":[{"type":"function","name":"n","strict":true,"parameters":{"type":"object","properties":{"a":{"anyOf":[{"$ref":"#/x"}]}}}}],"tool_choice":{"type":"function","name":"n"},"reasoning":{"effort":"low"},"text":{"format":{}}}`,
		`{"model":"m","input":7}`, `[]`, `{"model":`,
	} {
		f.Add([]byte(body), true)
		f.Add([]byte(body), false)
	}
	checker := Checker{Models: func(_ Face, id string) (Model, bool) {
		return Model{ID: id, Reasoning: true, Efforts: []string{"low"}}, id == "m"
	}}
	f.Fuzz(func(t *testing.T, body []byte, platform bool) {
		face := ChatGPT
		if platform {
			face = Platform
		}
		req, refusal := checker.Check(face, "acc", body)
		if refusal == nil && req == nil || refusal != nil && (refusal.Rule.Name == "" || refusal.Message == "" || strings.Contains(refusal.Message, "%!")) {
			t.Errorf("%+v", refusal)
		}
		if _, broken := Parse(face, "acc", body); broken != nil && broken.Rule.Name != "json_invalid" && broken.Rule.Name != "body_shape" {
			t.Errorf("a lenient server refuses: %+v", broken)
		}
	})
}

// Only what this key sealed is opened, and only for its account and model.
func TestSeal(t *testing.T) {
	t.Parallel()
	s := Sealer{Key: []byte("k")}
	for _, size := range []int{0, 10, 5000} {
		content := s.Seal("acc", "m", "1.0", size)
		if len(content) < size {
			t.Errorf("%d characters, want %d", len(content), size)
		}
		for _, c := range []struct {
			account, model, content string
			ours, fits              bool
		}{
			{"acc", "m", content, true, true},
			{"other", "m", content, true, false},
			{"acc", "n", content, true, false},
			{"acc", "m", content[:len(content)-4], false, false},
			{"acc", "m", "gAAAAA", false, false},
			{"acc", "m", "x", false, false},
		} {
			if ours, fits := s.Opened(c.account, c.model, c.content); ours != c.ours || fits != c.fits {
				t.Errorf("%s %s: %v %v", c.account, c.model, ours, fits)
			}
		}
		if ours, _ := (Sealer{}).Opened("acc", "m", content); ours {
			t.Error("another key opens it")
		}
	}
	id := s.ID("msg_", 7, 2, true)
	if n, after, ours := s.ReadID(id); n != 7 || !after || !ours || len(id) > 64 {
		t.Errorf("%s: %d %v %v", id, n, after, ours)
	}
	if _, _, ours := s.ReadID(strings.Replace(id, "r", "n", 1)); ours {
		t.Error("a changed id is ours")
	}
}
