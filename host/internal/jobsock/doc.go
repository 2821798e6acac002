// Package jobsock is how `jcode job`, run by a shell command of the model, talks to
// the jcode that runs the command: over a socket in a private folder, whose path
// the command finds in [Variable]. One request and one response go over each
// connection, each a line of JSON; fields are only added.
//
// The socket gives what the command could do anyway: see and end processes of
// the same user. The folder keeps other users out.
package jobsock

// Variable names the socket in the environment of shell commands, ProgramVariable
// the program that talks to it.
const (
	Variable        = "JCODE_JOB_SOCK"
	ProgramVariable = "JCODE_EXE"
)
