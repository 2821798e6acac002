package main

import (
	"bytes"
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
	topics := [][]string{nil, {exitCodesTopic}}
	eachCommand(c.app.Commands, func(path []string, _ *cli.Command) { topics = append(topics, path) })
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

// Every command says how it is used, what it does, and shows it; every flag is
// described, and its value has a name.
func TestEveryCommandIsDescribed(t *testing.T) {
	t.Parallel()
	c := &command{process: &process{}}
	c.app = newApp(c)
	all := everyHelp(t)
	eachCommand(c.app.Commands, func(path []string, command *cli.Command) {
		name := strings.Join(path, " ")
		text := all[name]
		if !strings.Contains(text, "\nUsage: jcode "+name) {
			t.Errorf("%s: the help has no usage", name)
		}
		if len(strings.Fields(command.Usage)) < 2 || strings.HasSuffix(command.Usage, ".") {
			t.Errorf("%s: %q does not say what it does", name, command.Usage)
		}
		_, examples := splitExamples(command.Description)
		if !strings.Contains(examples, "jcode "+name) {
			t.Errorf("%s: no example shows it:\n%s", name, examples)
		}
		for _, flag := range command.Flags {
			what, usage := describeFlag(flag)
			_, isBool := flag.(*cli.BoolFlag)
			if usage == "" || isBool != (strings.TrimSuffix(what, " ...") == "") {
				t.Errorf("%s: flag --%s is not described: %q %q", name, flag.Names()[0], what, usage)
			}
			if !strings.Contains(text, "--"+flag.Names()[0]) {
				t.Errorf("%s: flag --%s is not in the help", name, flag.Names()[0])
			}
		}
	})
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
		if !strings.Contains(exitCodesHelp(), "  "+code+"  ") {
			t.Errorf("exit code %s is not in the help", code)
		}
	}
}
