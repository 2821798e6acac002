package shellout_test

import (
	"context"
	"encoding/json"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// The Generate of a provider whose vendor has a program that prints JSON lines.
func Example() {
	generate := func(ctx context.Context, config sdk.Config, request *sdk.Request, stream sdk.Stream) error {
		path, err := shellout.Program{Name: "acme", Install: "npm install -g acme"}.Find(config.ChildEnvironment)
		if err != nil {
			return err
		}
		exit, err := shellout.RunLines(ctx, shellout.Command{
			Path:        path,
			Args:        []string{"--print", "--output-format", "stream-json"},
			Dir:         config.WorkingDir,
			Environment: shellout.Environment(config.ChildEnvironment, []string{"ACME_DEBUG"}, nil),
			Stdin:       []byte(shellout.Transcript(request).String()),
		}, func(line []byte) (last bool, err error) {
			var event struct{ Type, Text string }
			switch {
			case json.Unmarshal(line, &event) != nil: // not for us
			case event.Type == "text":
				err = stream.Emit(sdk.TextDelta{Text: event.Text})
			}
			return event.Type == "result", err
		})
		if err != nil {
			return err // an *sdk.Error, or what Emit returned
		}
		if !exit.Ended {
			return exit.Failure() // or a better reading of exit.Stderr
		}
		return nil
	}
	_ = generate
}
