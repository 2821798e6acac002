package main

import (
	_ "embed"

	"github.com/urfave/cli/v2"
)

//go:embed schema_events.json
var eventsSchema string

// manifestSchema is docs/plugin.schema.json.
//
//go:embed schema_manifest.json
var manifestSchema string

func (c *command) schemaCommand() *cli.Command {
	return &cli.Command{
		Name: "schema", Usage: "the JSON Schemas of what jcode prints and reads",
		Description: "Examples:\n  jcode schema events > events.schema.json\n  jcode schema manifest > plugin.schema.json",
		Subcommands: []*cli.Command{{
			Name: "events", Usage: "the schema of -o json and -o stream-json",
			Description: "Within schema_version 1 fields are only added.\n\nExamples:\n  jcode schema events",
			Action:      c.printSchema(eventsSchema),
		}, {
			Name: "manifest", Usage: "the schema of a plugin's plugin.toml",
			Description: "Examples:\n  jcode schema manifest",
			Action:      c.printSchema(manifestSchema),
		}},
	}
}

func (c *command) printSchema(schema string) cli.ActionFunc {
	return func(flags *cli.Context) error {
		if err := wantArgs(flags, 0, 0); err != nil {
			return err
		}
		_, err := c.out.Write([]byte(schema))
		return err
	}
}
