package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

const debugPromptHelp = `Prints the system prompt, the tools and their hash as a run with the same flags
would send them. No model is asked, and nobody needs to be logged in. With -c or
-r it is what the resumed session would send. The hash is prompt_hash of the
run's first event: while it stays the same, the vendor can use its cache.

Examples:
  jcode debug prompt
  jcode debug prompt --provider NAME --append-system "be brief"
  jcode debug prompt -c --json | jq -r .hash`

func (c *command) debugCommand() *cli.Command {
	return &cli.Command{
		Name: "debug", Usage: "look at what jcode sends", Description: "Examples:\n  jcode debug prompt",
		Subcommands: []*cli.Command{{
			Name: "prompt", Usage: "print what a run would begin its requests with",
			Description: debugPromptHelp, Action: c.debugPromptAction,
			Flags: append(c.runCommand().Flags, jsonFlag()),
		}},
	}
}

func (c *command) debugPromptAction(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 0); err != nil {
		return err
	}
	options, err := c.runOptions(flags)
	if err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	if err := c.splitModel(flags.Context, h, &options); err != nil {
		return err
	}
	prompt, err := h.Prompt(flags.Context, options)
	if err != nil {
		return err
	}
	for _, warning := range prompt.Warnings {
		if warning.Code != "provider_chosen" {
			c.warn(warning.Message)
		}
	}
	if flags.Bool("json") {
		return c.printJSON(promptDocument(prompt))
	}
	_, err = c.out.Write([]byte(promptText(prompt)))
	return err
}

type systemRow struct {
	Text   string `json:"text"`
	Stable bool   `json:"stable"`
}

type toolRow struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	InputSchema json.RawMessage `json:"input_schema"`
}

func promptDocument(p host.Prompt) map[string]any {
	tools, system := []toolRow{}, []systemRow{}
	for _, block := range p.System {
		system = append(system, systemRow{block.Text, block.Stable})
	}
	for _, tool := range p.Tools {
		tools = append(tools, toolRow{tool.Name, tool.Description, tool.InputSchema})
	}
	document := document("system", system)
	document["tools"], document["hash"] = tools, p.Hash
	document["provider"], document["model"] = p.Provider, orNull(p.Model)
	return document
}

// promptText is for people: each part under a line that says what it is.
func promptText(p host.Prompt) string {
	var out strings.Builder
	title := func(format string, values ...any) { fmt.Fprintf(&out, "=== "+format+"\n", values...) }
	for _, block := range p.System {
		kind := "system, of this session"
		if block.Stable {
			kind = "system, stable"
		}
		title("%s", kind)
		out.WriteString(strings.TrimRight(block.Text, "\n") + "\n\n")
	}
	for _, tool := range p.Tools {
		title("tool %s", tool.Name)
		var schema bytes.Buffer
		if json.Indent(&schema, tool.InputSchema, "", "  ") != nil {
			schema.Reset()
			schema.Write(tool.InputSchema)
		}
		fmt.Fprintf(&out, "%s\n%s\n\n", strings.TrimRight(tool.Description, "\n"), schema.String())
	}
	if len(p.Tools) == 0 {
		title("no tools: the provider's own program has its own")
		out.WriteString("\n")
	}
	title("provider %s, hash %s", p.Provider, p.Hash)
	return out.String()
}
