package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// version and commit are stamped by the build.
var version, commit string

// protocolVersion is the provider protocol that this host speaks.
const protocolVersion = 1

type versionInfo struct {
	Schema   int    `json:"schema"`
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
	Protocol int    `json:"protocol"`
}

func (c *command) versionCommand() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "print the version",
		Description: "Examples:\n  jcode version\n  jcode version --json",
		Flags:       []cli.Flag{jsonFlag()},
		Action: func(ctx *cli.Context) error {
			if err := wantArgs(ctx, 0, 0); err != nil {
				return err
			}
			info := thisVersion()
			if ctx.Bool("json") {
				return c.printJSON(info)
			}
			line := programName + " " + info.Version
			if info.Commit != "" {
				line += " (" + info.Commit + ")"
			}
			_, err := fmt.Fprintf(c.out, "%s, protocol %d, %s %s/%s\n",
				line, info.Protocol, info.Go, info.OS, info.Arch)
			return err
		},
	}
}

func thisVersion() versionInfo {
	info := versionInfo{
		Schema: 1, Version: version, Commit: commit, Go: runtime.Version(),
		OS: runtime.GOOS, Arch: runtime.GOARCH, Protocol: protocolVersion,
	}
	if info.Version != "" {
		return info
	}
	info.Version = "devel"
	if build, ok := debug.ReadBuildInfo(); ok && build.Main.Version != "" && build.Main.Version != "(devel)" {
		info.Version = build.Main.Version
	}
	return info
}
