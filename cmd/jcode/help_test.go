package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// everyHelp is the help of every command, by name.
func everyHelp(t *testing.T) map[string]string {
	t.Helper()
	var out bytes.Buffer
	c := &command{process: &process{out: &out}}
	c.app = newApp(c)
	topics := [][]string{nil, {"exit-codes"}}
	for _, command := range c.app.Commands {
		if command.Hidden {
			continue
		}
		topics = append(topics, []string{command.Name})
		for _, sub := range command.Subcommands {
			topics = append(topics, []string{command.Name, sub.Name})
		}
	}
	all := map[string]string{}
	for _, topic := range topics {
		out.Reset()
		if err := c.printHelp(topic); err != nil {
			t.Fatal(err)
		}
		all[strings.Join(topic, " ")] = out.String()
	}
	return all
}

func TestHelpFitsAndHasExamples(t *testing.T) {
	t.Parallel()
	for name, text := range everyHelp(t) {
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if cells(line) > helpWidth || strings.TrimRight(line, " ") != line {
				t.Errorf("help %s: %q", name, line)
			}
		}
		if name != "exit-codes" && !strings.Contains(text, "Examples:\n  ") {
			t.Errorf("help %s has no examples", name)
		}
	}
}

// Examples must be command lines that jcode understands.
func TestExamplesParse(t *testing.T) {
	t.Parallel()
	for name, text := range everyHelp(t) {
		_, examples, _ := strings.Cut(text, "Examples:\n")
		for line := range strings.Lines(examples) {
			_, example, found := strings.Cut(line, "jcode ")
			if strings.TrimSpace(line) == "" {
				break
			}
			if !found {
				continue
			}
			example, _, _ = strings.Cut(example, " | ")
			example, _, _ = strings.Cut(example, " > ")
			example, _, _ = strings.Cut(example, " >> ")
			argv := strings.Fields(strings.NewReplacer(`)"`, "", `"`, "").Replace(example))
			if _, err := parseArgv(testGrammar(), argv); err != nil {
				t.Errorf("help %s: %q: %v", name, example, err)
			}
		}
	}
}

func TestExitCodesAreDocumented(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "124", "129", "130", "141", "143"} {
		if !strings.Contains(exitCodesHelp, "  "+code+"  ") {
			t.Errorf("exit code %s is not in the help", code)
		}
	}
}

// The scripts must be accepted by their shells, where these are installed.
func TestCompletionScriptsAreValid(t *testing.T) {
	t.Parallel()
	c := &command{process: &process{}}
	commands := newApp(c).Commands
	for shell, script := range map[string]func([]*cli.Command) string{"bash": bashScript, "zsh": zshScript, "fish": fishScript} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			path, err := exec.LookPath(shell)
			if err != nil {
				t.Skip(err)
			}
			file := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(file, []byte(script(commands)), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(path, "-n", file).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func TestBashCompletes(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	file := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(file, []byte(bashScript(newApp(&command{process: &process{}}).Commands)), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"jcode ru":                      "run",
		"jcode plugins u":               "upgrade uninstall",
		"jcode --provider x sessions ":  "list show export delete",
		"jcode run --output":            "--output-format",
		"jcode run -o ":                 "text json stream-json",
		"jcode run -o json --permiss":   "--permission-mode",
		"jcode config set --mod":        "--model",
		"jcode run --permission-mode a": "auto",
		"jcode completion ":             "bash zsh fish powershell",
	} {
		words := strings.Split(line, " ")
		quoted := make([]string, 0, len(words))
		for _, word := range words {
			quoted = append(quoted, shellQuote(word))
		}
		script := ". " + shellQuote(file) + "; COMP_WORDS=(" + strings.Join(quoted, " ") +
			"); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _jcode; echo \"${COMPREPLY[*]}\""
		out, err := exec.Command(bash, "--norc", "-c", script).CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("%q completes to %q, want %q (%v)", line, out, want, err)
		}
	}
}
