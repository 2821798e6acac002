package tool

import (
	"slices"
	"testing"
)

func TestCommandsKnowAShell(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		base []string
		want string
	}{
		"the user's":           {[]string{"SHELL=/bin/zsh"}, "SHELL=/bin/zsh"},
		"the one that runs it": {[]string{"OTHERSHELL=/bin/zsh"}, "SHELL=/usr/bin/bash"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := commandEnvironment(test.base, "/usr/bin/bash", "s", "jcode", "")
			if i := slices.IndexFunc(env, func(e string) bool { return len(e) > 6 && e[:6] == "SHELL=" }); i < 0 || env[i] != test.want {
				t.Errorf("%v", env)
			}
		})
	}
}

func TestShellHasItsPath(t *testing.T) {
	t.Parallel()
	sh := commandShell{path: "/usr/bin/bash", flags: []string{"--norc", "-c"}}
	if got, want := sh.argv("true"), []string{"/usr/bin/bash", "--norc", "-c", "true"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got, want := sh.scriptArgv("file"), []string{"/usr/bin/bash", "--norc", "file"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
