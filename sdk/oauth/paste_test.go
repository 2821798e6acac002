package oauth

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestParseAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, code, state, redirect string }{
		{"code and state", "abc#xyz", "abc", "xyz", ""},
		{"code alone", "abc", "abc", "", ""},
		{"space around", "  abc#xyz \r\n", "abc", "xyz", ""},
		{"broken by the terminal", "ab\nc#x\n yz", "abc", "xyz", ""},
		{"quotes", `"abc#xyz"`, "abc", "xyz", ""},
		{"address", "https://h/oauth/code/callback?code=abc&state=xyz", "abc", "xyz", "https://h/oauth/code/callback"},
		{"address in angles", "<http://localhost:1/callback?state=xyz&code=abc>", "abc", "xyz", "http://localhost:1/callback"},
		{"address with state behind", "https://h/cb?code=abc#xyz", "abc", "xyz", "https://h/cb"},
		{"state as fragment parameter", "https://h/cb?code=abc#state=xyz", "abc", "xyz", "https://h/cb"},
		{"query", "code=abc&state=xyz", "abc", "xyz", ""},
		{"query with mark", "?code=abc&state=xyz", "abc", "xyz", ""},
		{"query without state", "code=abc", "abc", "", ""},
		{"escaped", "?code=a%2Fb&state=x%2Dz", "a/b", "x-z", ""},
		{"escaped hash", "?code=abc%23xyz", "abc", "xyz", ""},
		{"code with equals", "abc==#xyz", "abc==", "xyz", ""},
		{"empty", "", "", "", ""},
		{"only state", "#xyz", "", "", ""},
		{"address without code", "https://h/cb?state=xyz", "", "", ""},
		{"markup", "<b>abc</b>", "", "", ""},
		{"control characters", "abc\x00", "", "", ""},
		{"bad escape", "?code=%zz", "", "", ""},
		{"too long", strings.Repeat("a", maxAnswer+1), "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseAnswer(tt.in)
			if tt.code == "" {
				if !errors.Is(err, ErrNoCode) {
					t.Errorf("%+v, %v", got, err)
				}
				return
			}
			if err != nil || got.Code.Reveal() != tt.code || got.State != tt.state || got.Redirect != tt.redirect {
				t.Errorf("code %q, state %q, redirect %q, %v", got.Code.Reveal(), got.State, got.Redirect, err)
			}
		})
	}
}

func TestDenied(t *testing.T) {
	t.Parallel()
	_, err := ParseAnswer("http://localhost:1/callback?error=access_denied&error_description=you+said%0ano&state=x")
	var denied *DeniedError
	if !errors.As(err, &denied) || denied.Code != "access_denied" || denied.Description != "you said no" {
		t.Errorf("%v", err)
	}
}

func TestCheckState(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]error{"": nil, "mine": nil, "other": ErrState, "min": ErrState} {
		if err := (Answer{State: state}).CheckState("mine"); !errors.Is(err, want) {
			t.Errorf("%q: %v", state, err)
		}
	}
}

// Whatever is pasted, what comes out can be put on the wire and into a URL, and
// reads the same again.
func FuzzParseAnswer(f *testing.F) {
	for _, seed := range []string{
		"abc#xyz", "code=a&state=b", "https://h/cb?code=a&state=b#c", "?error=x", "a=b", "#", "?#", "a%23b", "<a?code=b>", "é#x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		answer, err := ParseAnswer(text)
		if err != nil {
			if !answer.Code.IsZero() {
				t.Error("a code in spite of an error")
			}
			return
		}
		code := answer.Code.Reveal()
		if code == "" || !printable(code) || !printable(answer.State) {
			t.Errorf("code %q, state %q", code, answer.State)
		}
		again, err := ParseAnswer("?" + url.Values{"code": {code}, "state": {answer.State}}.Encode())
		if err != nil || !again.Code.Equal(answer.Code) && !strings.Contains(code, "#") || again.State != answer.State {
			t.Errorf("%q: %q, %q: %v", text, again.Code.Reveal(), again.State, err)
		}
	})
}
