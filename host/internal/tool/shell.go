package tool

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
)

// commandShell is the program that runs the model's commands.
type commandShell struct {
	path string // absolute
	// flags come before the command text.
	flags []string
}

// shellFlags keep a shell from reading the user's startup files, by its name.
var shellFlags = map[string][]string{
	"bash":       {"--norc", "--noprofile", "-c"},
	"zsh":        {"-f", "-c"},
	"fish":       {"--no-config", "-c"},
	"pwsh":       {"-NoProfile", "-NonInteractive", "-Command"},
	"powershell": {"-NoProfile", "-NonInteractive", "-Command"},
	"cmd":        {"/d", "/s", "/c"},
}

var errNoShell = errors.New("no shell found: install bash, or name one in JCODE_SHELL")

// findShell takes the user's choice, else the first candidate of the system.
func findShell(chosen string) (commandShell, error) {
	if chosen != "" {
		path, err := exec.LookPath(chosen)
		if err != nil {
			return commandShell{}, errors.New("JCODE_SHELL: " + err.Error())
		}
		return newCommandShell(path)
	}
	for _, name := range shellCandidates() {
		if path, err := exec.LookPath(name); err == nil {
			return newCommandShell(path)
		}
	}
	return commandShell{}, errNoShell
}

func newCommandShell(path string) (commandShell, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return commandShell{}, err
	}
	name := strings.ToLower(strings.TrimSuffix(filepath.Base(path), ".exe"))
	flags, ok := shellFlags[name]
	if !ok {
		flags = []string{"-c"}
	}
	return commandShell{path: path, flags: flags}, nil
}

// argv is the whole argument list for a command. The shell gets its path as its name: of
// a mere name bash looks along PATH for what it is.
func (s commandShell) argv(command string) []string {
	argv := append([]string{s.path}, s.flags...)
	return append(argv, command)
}

// scriptArgv runs a file, for commands too long to be an argument.
func (s commandShell) scriptArgv(file string) []string {
	argv := append([]string{s.path}, s.flags[:len(s.flags)-1]...)
	return append(argv, file)
}
