//go:build unix

package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// The doctor asks the provider in use what it finds, and offline asks nobody.
func TestDoctor(t *testing.T) {
	t.Parallel()
	b := newBed(t, nil)
	type report struct {
		Group, Name, Status string
		Checks              []struct{ ID, Status, Detail, Remedy string }
	}
	look := func(code int, args ...string) (status string, found map[string]string) {
		t.Helper()
		r := b.jcode(append([]string{"doctor", "--provider", "claude", "--json"}, args...)...)
		r.want(t, code)
		var out struct {
			Schema  int
			Status  string
			Reports []report
		}
		if err := json.Unmarshal([]byte(r.stdout), &out); err != nil || out.Schema != 1 {
			t.Fatalf("%v: %s", err, r.stdout)
		}
		found = map[string]string{}
		for _, r := range out.Reports {
			for _, check := range r.Checks {
				found[r.Group+"/"+check.ID] = check.Status + ": " + check.Detail
			}
		}
		return out.Status, found
	}
	_, found := look(0, "--offline")
	if n := len(b.server.Requests()); n != 0 {
		t.Errorf("offline made %d requests", n)
	}
	for id, want := range map[string]string{
		"host/home": "ok", "files/lock": "ok: a second process is kept out", "files/rename": "ok", "provider/start": "ok",
		"provider/hash": "ok: sha256 ", "provider/login": "ok: ok, from ANTHROPIC_API_KEY", "provider/self_check": "ok: not asked",
		"choice/provider": "ok: claude",
	} {
		if !strings.HasPrefix(found[id], want) {
			t.Errorf("%s: %q", id, found[id])
		}
	}
	if _, found := look(0); !strings.HasPrefix(found["provider/reachable"], "ok") || len(b.server.Requests()) == 0 {
		t.Errorf("%v, %d requests", found, len(b.server.Requests()))
	}
	b.env = append(b.env, "ANTHROPIC_API_KEY=wrong")
	if status, found := look(1); status != "fail" || !strings.HasPrefix(found["provider/reachable"], "fail") {
		t.Errorf("%s: %v", status, found)
	}
}
