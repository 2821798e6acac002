package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
)

// testGrammar is that of the real commands.
func testGrammar() *verbSpec { return grammar(newApp(&command{process: &process{}})) }

// said is an invocation in short: verbs, flags as name=value, arguments.
type said struct {
	Verbs, Flags, Args []string
	Help               bool
}

func saidOf(inv invocation) said {
	s := said{Verbs: inv.verbs, Args: inv.args, Help: inv.help}
	for _, f := range inv.flags {
		s.Flags = append(s.Flags, f.name+"="+f.value)
	}
	return s
}

func TestParseArgv(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		argv []string
		want said
	}{
		"root flag before the verb is not lost": {
			[]string{"--provider", "acme", "run", "hi"},
			said{[]string{"run"}, []string{"provider=acme"}, []string{"hi"}, false},
		},
		"root flag after the verb": {
			[]string{"run", "--provider", "acme", "hi"},
			said{[]string{"run"}, []string{"provider=acme"}, []string{"hi"}, false},
		},
		"root flag between verb and verb": {
			[]string{"plugins", "--plugin=a=b", "list"},
			said{[]string{"plugins", "list"}, []string{"plugin=a=b"}, nil, false},
		},
		"all global flags before": {
			[]string{"-m", "x", "-C", "/", "--color", "never", "-q", "run", "hi"},
			said{[]string{"run"}, []string{"model=x", "directory=/", "color=never", "quiet=true"}, []string{"hi"}, false},
		},
		"flags of the verb before it": {
			[]string{"--max-turns", "3", "run", "hi"},
			said{[]string{"run"}, []string{"max-turns=3"}, []string{"hi"}, false},
		},
		"flags after the prompt are flags": {
			[]string{"run", "hi", "there", "-q", "--model", "x"},
			said{[]string{"run"}, []string{"quiet=true", "model=x"}, []string{"hi", "there"}, false},
		},
		"nothing after -- is a flag, and -- is not kept": {
			[]string{"run", "hi", "--", "-q", "--", "--model"},
			said{[]string{"run"}, nil, []string{"hi", "-q", "--", "--model"}, false},
		},
		"-- before the prompt": {
			[]string{"run", "--", "--help"},
			said{[]string{"run"}, nil, []string{"--help"}, false},
		},
		"-- before the verb": {
			[]string{"--", "run", "-q"},
			said{[]string{"run"}, nil, []string{"-q"}, false},
		},
		"help is a prompt word": {
			[]string{"run", "help", "me"},
			said{[]string{"run"}, nil, []string{"help", "me"}, false},
		},
		"h is a prompt word": {
			[]string{"run", "h"},
			said{[]string{"run"}, nil, []string{"h"}, false},
		},
		"verbs are prompt words": {
			[]string{"run", "run", "version"},
			said{[]string{"run"}, nil, []string{"run", "version"}, false},
		},
		"no split at commas": {
			[]string{"run", "-f", "a,b.txt", "hi"},
			said{[]string{"run"}, []string{"file=a,b.txt"}, []string{"hi"}, false},
		},
		"-v is verbose": {
			[]string{"-v", "version"},
			said{[]string{"version"}, []string{"verbose=true"}, nil, false},
		},
		"-v twice": {
			[]string{"run", "-vv", "hi", "-v"},
			said{[]string{"run"}, []string{"verbose=true", "verbose=true", "verbose=true"}, []string{"hi"}, false},
		},
		"letters together, the last with a value": {
			[]string{"run", "-qcm", "x", "hi"},
			said{[]string{"run"}, []string{"quiet=true", "continue=true", "model=x"}, []string{"hi"}, false},
		},
		"value after =": {
			[]string{"run", "--model=a=b", "-o=json", "--quiet=false", "hi"},
			said{[]string{"run"}, []string{"model=a=b", "output-format=json", "quiet=false"}, []string{"hi"}, false},
		},
		"empty value after =": {
			[]string{"run", "--system=", "hi"},
			said{[]string{"run"}, []string{"system="}, []string{"hi"}, false},
		},
		"value that begins with a dash": {
			[]string{"run", "--system", "-nothing-known", "--max-turns", "-1", "hi"},
			said{[]string{"run"}, []string{"system=-nothing-known", "max-turns=-1"}, []string{"hi"}, false},
		},
		"negative numbers are words": {
			[]string{"run", "is", "-5", "less", "than", "-0.5"},
			said{[]string{"run"}, nil, []string{"is", "-5", "less", "than", "-0.5"}, false},
		},
		"a lone dash is a word": {
			[]string{"run", "-"},
			said{[]string{"run"}, nil, []string{"-"}, false},
		},
		"a lone dash is a value": {
			[]string{"run", "--prompt-file", "-"},
			said{[]string{"run"}, []string{"prompt-file=-"}, nil, false},
		},
		"repeated flags are kept in order": {
			[]string{"run", "-f", "a", "--file", "b", "--file=c"},
			said{[]string{"run"}, []string{"file=a", "file=b", "file=c"}, nil, false},
		},
		"--help anywhere before --": {
			[]string{"run", "hi", "--help"},
			said{[]string{"run"}, nil, []string{"hi"}, true},
		},
		"empty words": {
			[]string{"run", "", "x"},
			said{[]string{"run"}, nil, []string{"", "x"}, false},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inv, err := parseArgv(testGrammar(), test.argv)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, saidOf(inv)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseArgvErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		argv []string
		// want are texts of the error and of the command to try.
		want []string
	}{
		"unknown flag":               {[]string{"run", "--modle", "x", "hi"}, []string{"--modle", "did you mean --model?"}},
		"unknown flag, nothing near": {[]string{"run", "--zzzzzzz"}, []string{"unknown flag: --zzzzzzz"}},
		"unknown flag after prompt":  {[]string{"run", "hi", "--zzzzzz"}, []string{"words after -- are never flags"}},
		"unknown letter":             {[]string{"run", "-qx"}, []string{"-qx"}},
		"long name with one dash":    {[]string{"run", "-model", "x"}, []string{"-model", "did you mean --model?"}},
		"letter with two dashes":     {[]string{"run", "--m", "x"}, []string{"--m"}},
		"letter with value first":    {[]string{"run", "-mq", "x"}, []string{"-mq"}},
		"flag of another command":    {[]string{"version", "--max-turns", "3"}, []string{"not a flag of", "jcode run"}},
		"missing value at the end":   {[]string{"run", "--model"}, []string{"flag --model: needs a value"}},
		"missing value, letter":      {[]string{"run", "-m"}, []string{"flag -m: needs a value"}},
		"missing value before flag":  {[]string{"run", "--model", "--quiet", "hi"}, []string{"flag --model: needs a value", "--model=--quiet"}},
		"missing value before --":    {[]string{"run", "--model", "--", "hi"}, []string{"flag --model: needs a value"}},
		"neither true nor false":     {[]string{"run", "--quiet=maybe", "hi"}, []string{"--quiet", "maybe"}},
		"mistyped command":           {[]string{"plugin", "list"}, []string{"did you mean plugins?", "jcode plugins"}},
		"mistyped command below":     {[]string{"sessions", "shwo"}, []string{"did you mean show?", "jcode sessions show"}},
		"prompt without verb":        {[]string{"fix the bug"}, []string{"needs the verb run", "jcode run 'fix the bug'"}},
		"hidden command not offered": {[]string{"__complet"}, []string{"needs the verb run"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parseArgv(testGrammar(), test.argv)
			var usage *usageError
			if !errors.As(err, &usage) {
				t.Fatalf("got %v, want a usage error", err)
			}
			for _, want := range test.want {
				if text := usage.Error() + "\n" + usage.try; !strings.Contains(text, want) {
					t.Errorf("%q lacks %q", text, want)
				}
			}
			if explain(err).exit != exitUsage {
				t.Errorf("exit code %d", explain(err).exit)
			}
		})
	}
}

// A value reaches the command as it was given, and so does each of a list.
func TestArgvReachesTheAction(t *testing.T) {
	t.Parallel()
	argv := []string{"--provider", "a,b", "run", "-f", "x,y", "--file= z ", "-f", "\xff", "-vv", "help", "--", "-v"}
	inv, err := parseArgv(testGrammar(), argv)
	if err != nil {
		t.Fatal(err)
	}
	c := &command{process: &process{}, inv: inv}
	c.app = newApp(c)
	at := c.leaf(inv.verbs)
	at.Action = func(flags *cli.Context) error {
		if diff := cmp.Diff([]string{"x,y", " z ", "\xff"}, flags.StringSlice("file")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"help", "-v"}, flags.Args().Slice()); diff != "" {
			t.Error(diff)
		}
		if flags.String("provider") != "a,b" || !flags.Bool("verbose") || !flags.IsSet("provider") || flags.IsSet("model") {
			t.Errorf("provider %q, verbose %t", flags.String("provider"), flags.Bool("verbose"))
		}
		return nil
	}
	if err := c.invoke(t.Context(), at, inv); err != nil {
		t.Fatal(err)
	}
}

// canonical writes an invocation as an argv that says the same.
func canonical(inv invocation) []string {
	argv := slices.Clone(inv.verbs)
	for _, f := range inv.flags {
		argv = append(argv, "--"+f.name+"="+f.value)
	}
	return append(append(argv, "--"), inv.args...)
}

// A lone "-" is standard input at the end of the words, and a word behind "--".
func TestPromptWords(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]struct {
		words string
		dash  bool
	}{
		"-": {"", true}, "fix -": {"fix", true}, "- fix": {"- fix", false}, "5 - 3": {"5 - 3", false},
		"-- -": {"-", false}, "fix -- -": {"fix -", false}, "fix - --": {"fix", true}, "": {"", false},
	} {
		inv, err := parseArgv(testGrammar(), append([]string{"run"}, strings.Fields(line)...))
		if err != nil {
			t.Fatal(err)
		}
		words, dash := (&command{inv: inv}).promptWords()
		if got := strings.Join(words, " "); got != want.words || dash != want.dash {
			t.Errorf("%q: %q %v, want %q %v", line, got, dash, want.words, want.dash)
		}
	}
}

// A flag that stands before its verb must mean the same for every command, or
// it could not be read there.
func TestFlagsMeanTheSameEverywhere(t *testing.T) {
	t.Parallel()
	seen := map[string]flagSpec{}
	var walk func(v *verbSpec)
	walk = func(v *verbSpec) {
		for name, spec := range v.flags() {
			if other, ok := seen[name]; ok && other != spec {
				t.Errorf("flag %s of %s is %+v, elsewhere %+v", name, v.name, spec, other)
			}
			seen[name] = spec
		}
		for _, below := range v.verbs {
			walk(below)
		}
	}
	walk(testGrammar())
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"provider", "model", "max-turns", "quiet"}
	for word, want := range map[string]string{
		"modle": "model", "provder": "provider", "maxturns": "max-turns", "quite": "quiet", "xyz": "", "timeout": "",
	} {
		if got, _ := nearest(word, names); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

// FuzzParseArgv checks that no argv crashes the parser, and that its canonical form
// means the same.
func FuzzParseArgv(f *testing.F) {
	f.Add("run\x00-q\x00hi")
	f.Add("--provider\x00x\x00run\x00--\x00-")
	f.Add("plugins\x00list\x00--json=false\x00-vq")
	f.Add("run\x00-=\x00--=\x00---x")
	root := testGrammar()
	f.Fuzz(func(t *testing.T, joined string) {
		inv, err := parseArgv(root, strings.Split(joined, "\x00"))
		if err != nil || inv.help || len(inv.verbs) == 0 {
			return
		}
		again, err := parseArgv(root, canonical(inv))
		if err != nil {
			t.Fatalf("canonical form of %q: %v", joined, err)
		}
		if diff := cmp.Diff(saidOf(inv), saidOf(again)); diff != "" {
			t.Error(diff)
		}
	})
}
