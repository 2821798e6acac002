package shell

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// names parses and returns every command as its name and known arguments.
func names(t *testing.T, text string) []string {
	t.Helper()
	script, err := Parse(text, Context{Dir: "/work", Variables: map[string]string{"HOME": "/home/me"}})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var all []string
	for _, cmd := range script.Commands {
		parts := []string{cmd.Name}
		for _, arg := range cmd.Args {
			text := strings.Join(arg.Values, "|")
			if !arg.Known() {
				text = "?" + arg.Prefix
			}
			parts = append(parts, text)
		}
		all = append(all, strings.Join(parts, " "))
	}
	return all
}

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"a b; c && d | e":              {"a b", "c", "d", "e"},
		"a $(b) `c`":                   {"b", "c", "a ? ?"},
		`x "a b" 'c'd e\ f`:            {"x a b cd e f"},
		`x ~ ~/a "~" $HOME "$HOME/b"`:  {"x /home/me /home/me/a ~ /home/me /home/me/b"},
		"x {a,b}c":                     {"x ac bc"},
		"x=1; y $x":                    {"y 1"},
		"x=1; x=2; y $x":               {"y ?"},
		"for i in 1 2; do y $i; done":  {"y 1|2"},
		"env A=b timeout 5 y z":        {"env A=b timeout 5 y z", "timeout 5 y z", "y z"},
		"bash -c 'a; b'":               {"bash -c a; b", "a", "b"},
		"find . -name x -exec y {} +":  {"find . -name x -exec y {} +", "y ./x"},
		"f() { a; }":                   {"a"},
		"/usr/bin/x":                   {"x"},
		`"$D/bin/x" y`:                 {"x y"},
		"$X y":                         {" y"},
		"if a; then b; else c; fi":     {"a", "b", "c"},
		"while read x; do a; done < f": {"", "read x", "a"},
		"cat <<E\n$(a)\nE":             {"a", "cat"},
		"bash <<'E'\na\nE":             {"bash", "a"},
	} {
		if diff := cmp.Diff(want, names(t, text)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestFolders(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"x": "/work", "cd a; x": "/work,/work/a", "cd /b && x": "/work,/b", "cd; x": "/work,/home/me", "cd $Q; x": "/work,?", "cd a; cd -; x": "/work,/work/a", "cd -; x": "/work,?",
	} {
		script, err := Parse(text, Context{Dir: "/work", Variables: map[string]string{"HOME": "/home/me"}})
		if err != nil {
			t.Fatal(err)
		}
		last := script.Commands[len(script.Commands)-1]
		got := strings.Join(last.Dirs, ",")
		if last.DirUnknown {
			got += ",?"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestUnsafe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"eval $x": true, "eval 'a b'": false, "a | sh": true, "sh x": false, "sh -c $x": true, ":(){ :|:& };:": true, "f() { f; }": false,
	} {
		script, err := Parse(text, Context{Dir: "/"})
		if err != nil || len(script.Unsafe) > 0 != want {
			t.Errorf("%s: %v, %v", text, script, err)
		}
	}
	for _, text := range []string{"a'", "if", "a\x00", "a\r\nb", strings.Repeat("bash -c '", 3)} {
		if _, err := Parse(text, Context{Dir: "/"}); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("env -S 'a b' find . -exec {} ;")
	f.Add("for i in {1..9}; do cd $i; done")
	f.Fuzz(func(_ *testing.T, text string) {
		_, _ = Parse(text, Context{Dir: "/work"})
		ReadOnly(text)
	})
}
