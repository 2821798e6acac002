//go:build unix

package tool

func shellCandidates() []string { return []string{"bash", "/bin/bash", "sh", "/bin/sh"} }

// maxArgument is how long one argument may be: Linux takes 128 KiB.
const maxArgument = 120_000
