package session

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

func collect(t *testing.T, store *Store, since time.Time) (calls []Call, problems []Problem) {
	t.Helper()
	problems, err := store.Calls(since, func(c Call) { calls = append(calls, c) })
	must(t, err)
	return calls, problems
}

func TestCalls(t *testing.T) {
	t.Parallel()
	store := NewStore(filepath.Join(t.TempDir(), "sessions"))
	if calls, problems := collect(t, store, time.Time{}); len(calls)+len(problems) > 0 {
		t.Error("something from nothing")
	}
	cost := 0.5
	var refs []string
	for i := range 2 {
		dir := t.TempDir()
		s, err := store.Create(Header{WorkingDir: dir})
		must(t, err)
		for n := range 3 {
			must(t, s.Append(say(sdk.RoleUser, `a prompt with "type":"turn" in it`), false))
			must(t, s.AppendTurn(Turn{Turn: n + 1, Provider: "acme", Model: "m", Usage: sdk.Usage{InputTokens: int64(10*i + n), CostUSD: &cost}, CostEstimated: n == 2}))
		}
		must(t, s.Close())
		refs = append(refs, s.Path())
		if i == 0 { // what is copied counts once, what comes after it too
			fork, err := store.Fork(s.ID(), Project(dir), "")
			must(t, err)
			must(t, fork.AppendTurn(Turn{Turn: 4, Provider: "acme", Model: "m", ParentID: "t"}))
			must(t, fork.Close())
		}
	}
	calls, problems := collect(t, store, time.Time{})
	if len(calls) != 7 || len(problems) > 0 {
		t.Fatalf("%d calls, %v", len(calls), problems)
	}
	sum, estimated := int64(0), 0
	for _, c := range calls {
		sum += c.Usage.InputTokens
		if c.CostEstimated {
			estimated++
		}
		if c.Provider != "acme" || c.SessionID == "" || c.WorkingDir == "" || time.Since(c.At) > time.Hour {
			t.Errorf("%+v", c)
		}
	}
	if sum != 36 || estimated != 2 {
		t.Errorf("%d tokens, %d estimated", sum, estimated)
	}
	if calls, _ := collect(t, store, time.Now().Add(time.Hour)); len(calls) > 0 {
		t.Error("calls of the future")
	}

	// A torn end, a damaged line, and files of others.
	file, err := os.OpenFile(refs[1], os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = file.WriteString(`{"v":1,"type":"turn","time":"x","turn":{}}` + "\n" + `{"v":1,"type":"turn","time":"2026-`)
	must(t, err)
	must(t, file.Close())
	folder := filepath.Dir(refs[1])
	must(t, os.WriteFile(filepath.Join(folder, "foreign.jsonl"), []byte("{}\n"), 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "empty.jsonl"), nil, 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "notes.txt"), []byte("hi"), 0o600))
	calls, problems = collect(t, store, time.Time{})
	if len(calls) != 7 || len(problems) != 2 {
		t.Fatalf("%d calls, %v", len(calls), problems)
	}
	all := problems[0].Reason + problems[1].Reason
	if !strings.Contains(all, "not a session") || !strings.Contains(all, "1 damaged lines") {
		t.Errorf("problems %v", problems)
	}
}

// A fork whose name comes before that of its original takes no call from it.
func TestCallsBelongToTheOriginal(t *testing.T) {
	t.Parallel()
	store, dir := NewStore(filepath.Join(t.TempDir(), "sessions")), t.TempDir()
	s, err := store.Create(Header{WorkingDir: dir})
	must(t, err)
	must(t, s.Append(user("hi"), false))
	must(t, s.AppendTurn(Turn{Turn: 1, Provider: "acme", Model: "m"}))
	must(t, s.Close())
	of := s.ID()
	for _, id := range []string{"00000001-0000-4000-8000-000000000000", "00000000-0000-4000-8000-000000000000"} {
		fork, err := store.Fork(of, Project(dir), id)
		must(t, err)
		must(t, fork.AppendTurn(Turn{Turn: 2, Provider: "acme", Model: "m"}))
		must(t, fork.Close())
		of = fork.ID()
	}
	calls, problems := collect(t, store, time.Time{})
	if len(calls) != 3 || len(problems) > 0 {
		t.Fatalf("%+v, %v", calls, problems)
	}
	for i, id := range []string{s.ID(), "00000001-0000-4000-8000-000000000000", "00000000-0000-4000-8000-000000000000"} {
		if calls[i].SessionID != id {
			t.Errorf("call %d is of %s, want %s", i, calls[i].SessionID, id)
		}
	}
}
