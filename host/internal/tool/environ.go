package tool

import (
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/jobsock"
)

// secretSuffixes end the names of variables that usually hold a secret.
var secretSuffixes = []string{
	"_TOKEN", "_SECRET", "_KEY", "_PASSWORD", "_PASSWD", "_PASSPHRASE", "_PAT", "_CREDENTIAL",
}

// startupVariables name files that a shell reads before the command.
var startupVariables = []string{"BASH_ENV", "ENV"}

// shellVariables are set for every command: no pager, editor or prompt may wait
// for somebody, and no colours fill the output.
var shellVariables = []string{
	"JCODE=1",
	"PAGER=cat", "GIT_PAGER=cat", "GIT_TERMINAL_PROMPT=0", "GIT_EDITOR=true", "EDITOR=true",
	"NO_COLOR=1", "TERM=dumb",
}

// ShellEnvironment is environ, "NAME=value" each, without what a shell command
// of the model must not see: the names in hide, and every name that looks like
// a secret's (TOKEN, SECRET, KEY and the like, alone or as *_TOKEN). Names in
// pass are kept whatever they are. Names compare without regard to case.
func ShellEnvironment(environ, hide, pass []string) []string {
	kept := make([]string, 0, len(environ))
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if containsFold(pass, name) || !containsFold(hide, name) && !looksSecret(name) {
			kept = append(kept, entry)
		}
	}
	return kept
}

func looksSecret(name string) bool {
	name = "_" + strings.ToUpper(name)
	for _, suffix := range secretSuffixes {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

func containsFold(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// commandEnvironment is base with the fixed variables of a shell command. An
// empty socket is none, also none of a jcode that this one was started by. Where nothing
// says what the user's shell is, it is the one that runs the command: bash would look for
// it in the system's list of users, at each start.
func commandEnvironment(base []string, shell, sessionID, program, socket string) []string {
	fixed := append(slices.Clone(shellVariables), "JCODE_SESSION_ID="+sessionID,
		jobsock.ProgramVariable+"="+program, jobsock.Variable+"="+socket)
	env := slices.DeleteFunc(slices.Clone(base), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(startupVariables, name) || slices.ContainsFunc(fixed, func(f string) bool {
			return strings.HasPrefix(f, name+"=")
		})
	})
	if socket == "" {
		fixed = fixed[:len(fixed)-1]
	}
	if !slices.ContainsFunc(env, func(entry string) bool { return strings.HasPrefix(entry, "SHELL=") }) {
		env = append(env, "SHELL="+shell)
	}
	return append(env, fixed...)
}
