package strict

import (
	"fmt"
	"strings"
	"testing"
)

func checker() *Checker {
	return &Checker{Models: func(id string) (Model, bool) {
		return Model{ID: id, MaxOutput: 64000, Manual: true, Adaptive: true, Efforts: allEfforts}, id == "m"
	}}
}

func TestRulesAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i, r := range Rules() {
		if r.Name == "" || r.Status < 400 || r.Type == "" || r.format == "" || seen[r.Name] {
			t.Errorf("rule %d = %+v", i, r)
		}
		seen[r.Name] = true
	}
}

func TestSignerKnowsItsOwn(t *testing.T) {
	t.Parallel()
	s, other := Signer{Key: []byte("a")}, Signer{Key: []byte("b")}
	for _, after := range []bool{true, false} {
		id := s.ToolID(1<<63, 70000, after)
		if got, ours := s.ReadToolID(id); got != after || !ours || !idPattern.MatchString(id) {
			t.Errorf("ReadToolID(%s) = %v, %v", id, got, ours)
		}
		if _, ours := other.ReadToolID(id); ours {
			t.Errorf("another key takes %s", id)
		}
	}
	if s.ToolID(1, 2, true) == s.ToolID(1, 3, true) || s.ToolID(1, 2, true) == s.ToolID(2, 2, true) {
		t.Error("ids repeat")
	}
	for _, id := range []string{"", "toolu_01", "toolu_mock01", idPrefix + strings.Repeat("N", 33)} {
		if _, ours := s.ReadToolID(id); ours {
			t.Errorf("%q is taken for ours", id)
		}
	}
	if !s.ValidRedacted(s.Redacted("")) || s.ValidRedacted("!") || other.ValidRedacted(s.Redacted("x")) {
		t.Error("redacted data is judged wrongly")
	}
	if !s.ValidThinking("", s.Thinking("")) || s.ValidThinking("a", s.Thinking("b")) || other.ValidThinking("a", s.Thinking("a")) {
		t.Error("signatures are judged wrongly")
	}
}

// FuzzCheck: whatever is sent gets a request or a refusal, never a panic, and
// what is accepted is a conversation that ends with the user.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{
		`{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`,
		`{"model":"m","max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1024},"messages":[{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}]},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"b","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"eA=="}}]}]}]}`,
		`{"model":"m","max_tokens":9,"tools":[{"name":"b","input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"b"},"system":[{"type":"text","text":"s"}],"messages":[]}`,
	} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, body []byte, counting bool) {
		req, refusal := checker().Check(body, counting)
		if refusal != nil {
			if refusal.Rule.Name == "" || strings.Contains(refusal.Message, "%!") {
				t.Errorf("refusal %+v", refusal)
			}
			return
		}
		if last := req.Messages[len(req.Messages)-1]; last.Role != user {
			t.Errorf("accepted an end with %s", last.Role)
		}
		_, _ = Parse(body)
	})
}

func BenchmarkCheck20MB(b *testing.B) {
	var s strings.Builder
	s.WriteString(`{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"go"}`)
	for i := range 5000 {
		fmt.Fprintf(&s, `,{"role":"assistant","content":[{"type":"tool_use","id":"a%d","name":"bash","input":{"command":"ls"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a%d","content":"%s\n"}]}`, i, i, strings.Repeat("some output ", 330))
	}
	s.WriteString("]}")
	body := []byte(s.String())
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, refusal := checker().Check(body, false); refusal != nil {
			b.Fatal(refusal.Message)
		}
	}
}
