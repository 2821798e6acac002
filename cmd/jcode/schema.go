package main

import (
	_ "embed"

	"github.com/urfave/cli/v2"
)

//go:embed schema_events.json
var eventsSchema string

func (c *command) schemaCommand() *cli.Command {
	return &cli.Command{
		Name: "schema", Usage: "the JSON Schema of what jcode prints",
		Description: "Examples:\n  jcode schema events > events.schema.json",
		Subcommands: []*cli.Command{{
			Name: "events", Usage: "the schema of -o json and -o stream-json",
			Description: "Within schema_version 1 fields are only added.\n\nExamples:\n  jcode schema events",
			Action: func(flags *cli.Context) error {
				if err := wantArgs(flags, 0, 0); err != nil {
					return err
				}
				_, err := c.out.Write([]byte(eventsSchema))
				return err
			},
		}},
	}
}
