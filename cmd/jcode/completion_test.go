//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
)

// completionBed is a home with a session, a cache of models and a setting.
func completionBed(t *testing.T) *running {
	t.Helper()
	r := prepareJcode(t, "run", "--name", "parser", "say", "it: is done")
	r.start(t)
	if code := r.end(t); code != 0 {
		t.Fatalf("exit %d: %s", code, r.stderr.String())
	}
	cache := filepath.Join(r.home, "cache", ".models")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cache, "fake.json"), []byte(`{"models":[{"ID":"fake-1"},{"ID":"fake:2"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"photo.png", "folder/x"} {
		path := filepath.Join(r.Dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// shellDrivers make a shell print what it offers for the line $1.
var shellDrivers = map[string]struct {
	args   []string
	script string
}{
	"bash": {[]string{"--norc", "-c"}, `
. <(jcode completion bash)
COMP_LINE=$1 COMP_POINT=${#1}
# As readline does: words end at blanks, "=" and ":", which are words too.
COMP_WORDS=($(sed 's/[=:]/ & /g' <<<"$1"))
case $1 in *' ') COMP_WORDS+=('') ;; esac
COMP_CWORD=$((${#COMP_WORDS[@]}-1))
_jcode
printf '%s\n' "${COMPREPLY[@]}"`},
	"zsh": {[]string{"-f", "-c"}, `
compdef() { :; }
_files() { if [[ $1 == -/ ]]; then print -l -- *(/); else print -l -- *; fi }
_describe() { local v; for v in "${(@P)argv[-1]}"; do print -r -- ${${${v//\\:/%3a}%%:*}//\%3a/:}; done }
eval "$(jcode completion zsh)"
words=("${(z)1}")
[[ $1 == *' ' ]] && words+=('')
CURRENT=$#words
_jcode`},
	"fish": {[]string{"--no-config", "-c"}, `jcode completion fish | source; complete -C $argv[1]`},
}

// completionLines are lines and what may follow, by what needs no file; the rest is
// for shells too.
var (
	completionLines = map[string][]string{
		"ru":                                {"run"},
		"plugins u":                         {"uninstall", "upgrade"},
		"--provider x sessions re":          {"rename"},
		"run --output":                      {"--output-format"},
		"run -o ":                           {"json", "stream-json", "text"},
		"run -qo ":                          {"json", "stream-json", "text"},
		"run -o json --permiss":             {"--permission-mode"},
		"config set --mod":                  {"--model"},
		"run --permission-mode a":           {"auto"},
		"run --permission-mode=a":           {"--permission-mode=auto"},
		"completion ":                       {"bash", "fish", "powershell", "zsh"},
		"sessions rename parser ":           nil,
		"run --provider ":                   {"fake"},
		"plugins info f":                    {"fake"},
		"plugins new ":                      nil,
		"config get permission":             {"permission_mode", "permissions.allow", "permissions.deny"},
		"help sessions ex":                  {"export"},
		"help sessions export ":             nil,
		"help exit":                         {"exit-codes"},
		"run --ephemeral --eph":             nil,
		"doctor nothing comes":              nil,
		"run --set permission_":             {"permission_mode="},
		"sessions export --format h":        {"html"},
		"schema ":                           {"events", "manifest"},
		"run --name p --resume parser --fo": {"--fork"},
		"run -- --permission-mode fo":       nil, // files
	}
	shellLines = map[string][]string{
		"jcode sessions re":                 {"rename"},
		"jcode run -o json --permission-mo": {"--permission-mode"},
		"jcode run -r pa":                   {"parser"},
		"jcode sessions rename parser ":     nil,
		"jcode run -m fake-":                {"fake-1"},
		"jcode run -f ph":                   {"photo.png"},
		"jcode -C fo":                       {"folder"},
	}
)

func TestCompletions(t *testing.T) {
	t.Parallel()
	bed := prepareJcode(t)
	for line, want := range completionLines {
		var out bytes.Buffer
		p := &process{out: &out, err: &out, environ: bed.Env, env: environment(bed.Env), exit: os.Exit}
		if code := run(append([]string{"__complete", "fish", "--"}, splitLine(line)...), p); code != 0 {
			t.Errorf("%q: exit %d: %s", line, code, &out)
		}
		var got []string
		for offered := range strings.Lines(out.String()) {
			if offered, _, _ = strings.Cut(strings.TrimSpace(offered), "\t"); offered[0] != ':' {
				got = append(got, offered)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", line, diff)
		}
	}
}

// Every command and every flag comes, from the tables that the help is made of.
func TestCompletionsAreWhole(t *testing.T) {
	t.Parallel()
	c := &command{process: &process{}}
	c.app = newApp(c)
	eachLeaf(c.app.Commands, func(path []string, leaf *cli.Command) {
		at := c.placeOf(path)
		if at.leaf != leaf {
			t.Fatalf("%v is not found", path)
		}
		offered := at.flagNames().String()
		for _, flag := range leaf.Flags {
			if !strings.Contains(offered, "--"+flag.Names()[0]+"\t") {
				t.Errorf("%v: --%s does not come", path, flag.Names()[0])
			}
		}
		if up := c.placeOf(path[:len(path)-1]).commandNames().String(); !strings.Contains(up, "\n"+leaf.Name+"\t") {
			t.Errorf("%v does not come", path)
		}
	})
}

func TestShellsComplete(t *testing.T) {
	t.Parallel()
	bed := completionBed(t)
	for shell, driver := range shellDrivers {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			path, err := exec.LookPath(shell)
			if err != nil {
				t.Skip(err)
			}
			for line, want := range shellLines {
				args := append(slices.Clone(driver.args), driver.script)
				if shell != "fish" {
					args = append(args, "name") // $0
				}
				cmd := exec.Command(path, append(args, line)...)
				cmd.Dir, cmd.Env = bed.Dir, bed.Env
				out, _ := cmd.CombinedOutput() // some fail when nothing fits
				if diff := cmp.Diff(want, offeredBy(string(out), line)); diff != "" {
					t.Errorf("%q: %s\n%s", line, diff, out)
				}
			}
		})
	}
}

// offeredBy is what a shell offers. zsh's own function for files, which is not there
// in a test, would leave out what does not begin like the line's last word.
func offeredBy(out, line string) []string {
	cur := line[strings.LastIndex(line, " ")+1:]
	var offered []string
	for value := range strings.Lines(out) {
		value, _, _ = strings.Cut(strings.TrimSpace(value), "\t")
		if value = strings.TrimSuffix(value, "/"); value != "" && strings.HasPrefix(value, cur) {
			offered = append(offered, value)
		}
	}
	slices.Sort(offered)
	return slices.Compact(offered)
}

// bash takes a word apart at "=" and ":", so only what is left may be offered.
func TestBashCompletesAfterItsOwnBreaks(t *testing.T) {
	t.Parallel()
	bed := completionBed(t)
	for line, want := range map[string]string{
		"jcode run --permission-mode=by|by": "bypass",
		"jcode run --permission-mode=|=":    "auto bypass edit read-only",
		"jcode run -m fake:|:":              "2",
		"jcode run -m fake/fake:2|2":        "2",
		"jcode sessions show 'par|'par":     "parser",
	} {
		line, cur, _ := strings.Cut(line, "|")
		cmd := exec.Command("jcode", "__complete", "bash", "--", line, cur)
		cmd.Dir, cmd.Env = bed.Dir, bed.Env
		out, err := cmd.Output()
		got := strings.Fields(string(out))
		if err != nil || len(got) == 0 || got[0] != ":words" {
			t.Fatalf("%q: %v %q", line, err, out)
		}
		slices.Sort(got[1:])
		if strings.Join(got[1:], " ") != want {
			t.Errorf("%q offers %q, want %q", line, got[1:], want)
		}
	}
}

func TestSplitLine(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"":                 {""},
		"a b":              {"a", "b"},
		"a ":               {"a", ""},
		`a "b c" 'd e'f`:   {"a", "b c", "d ef"},
		`a "b \" c" d\ e`:  {"a", `b " c`, "d e"},
		`a ""`:             {"a", ""},
		`run "open quote `: {"run", "open quote "},
	} {
		if diff := cmp.Diff(want, splitLine(line)); diff != "" {
			t.Errorf("%q: %s", line, diff)
		}
	}
}

func FuzzComplete(f *testing.F) {
	c := &command{process: &process{}}
	c.app = newApp(c)
	for _, seed := range []string{"jcode run --model=", "jcode help plugins ", "x -- -", "jcode -Cx --", `"`, "jcode sessions show -"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, line string) {
		words := splitLine(line)
		_ = c.placeOf(words[:len(words)-1])
	})
}

// offers is what the program answers to a Tab at the end of line, from folder.
func (r *running) offers(t *testing.T, folder, line string) []string {
	t.Helper()
	cmd := exec.Command("jcode", append([]string{"__complete", "fish", "--"}, splitLine(line)...)...)
	cmd.Dir, cmd.Env = folder, r.Env
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	var got []string
	for _, offered := range strings.Split(strings.TrimSpace(string(out)), "\n")[1:] {
		value, _, _ := strings.Cut(offered, "\t")
		got = append(got, value)
	}
	return got
}

// What is typed chooses before the limit does: an old session is found by its name.
func TestCompletionFindsOldSessions(t *testing.T) {
	t.Parallel()
	bed := completionBed(t)
	files, _ := filepath.Glob(filepath.Join(bed.home, "sessions", "*", "*.jsonl"))
	if len(files) != 1 {
		t.Fatal(files)
	}
	if err := os.Chtimes(files[0], time.Unix(1000, 0), time.Unix(1000, 0)); err != nil {
		t.Fatal(err)
	}
	id := strings.TrimSuffix(filepath.Base(files[0]), ".jsonl")
	for i := range sessionsOffered {
		newer := filepath.Join(filepath.Dir(files[0]), fmt.Sprintf("20990101-000000-%05d.jsonl", i))
		if err := os.WriteFile(newer, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for line, want := range map[string]string{"run -r pa": "parser", "run --resume=par": "--resume=parser", "sessions show " + id[:len(id)-1]: id} {
		if got := bed.offers(t, bed.Dir, line); strings.Join(got, " ") != want {
			t.Errorf("%q offers %q", line, got)
		}
	}
	if got := bed.offers(t, bed.Dir, "run -r "); len(got) != sessionsOffered {
		t.Errorf("%d are offered", len(got))
	}
}

func TestCompletionWorksInTheFolderOfTheLine(t *testing.T) {
	t.Parallel()
	bed := completionBed(t)
	elsewhere := t.TempDir()
	for line, want := range map[string]string{
		"run -r pa":                                 "",
		"-C " + bed.Dir + " run -r pa":              "parser",
		"run --directory=" + bed.Dir + " -r pa":     "parser",
		"run -r pa -C " + bed.Dir:                   "",
		"-C ~ sessions show pa":                     "parser", // the bed is its own home
		"-C ~/folder/.. sessions show pa":           "parser",
		"-C " + elsewhere + " run -r pa":            "",
		"-C nowhere run -r pa":                      "",
		"-C " + bed.Dir + " run --provider f":       "fake",
		"-C " + bed.Dir + " run -C nowhere -r pars": "",
	} {
		if got := bed.offers(t, elsewhere, line); strings.Join(got, " ") != want {
			t.Errorf("%q offers %q", line, got)
		}
	}
}
