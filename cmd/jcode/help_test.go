package main

import (
	"bytes"
	"strings"
	"testing"
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

