// Command bundle completes the folder of bundled plugins after they were built: it
// puts each plugin's manifest beside its program, with the version stamped in, and
// writes plugins.lock with size and SHA-256 of every program.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
}

func run(args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("bundle", flag.ContinueOnError)
	flags.SetOutput(stderr)
	dir := flags.String("dir", "bin/plugins", "folder of the built programs")
	source := flags.String("source", "plugins", "folder of the plugins' sources, each with its plugin.toml")
	version := flags.String("version", "", "version to stamp")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *version == "" {
		return fmt.Errorf("--version is missing")
	}
	return bundle(*dir, *source, semantic(*version))
}
