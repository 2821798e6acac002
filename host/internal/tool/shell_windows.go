package tool

import (
	"os/exec"
	"path/filepath"
)

// shellCandidates looks for the bash that comes with git first; the bash.exe of
// the system folder is another machine altogether.
func shellCandidates() []string {
	candidates := []string{}
	if git, err := exec.LookPath("git"); err == nil {
		root := filepath.Dir(filepath.Dir(git))
		candidates = append(candidates, filepath.Join(root, "bin", "bash.exe"), filepath.Join(root, "usr", "bin", "bash.exe"))
	}
	candidates = append(candidates, `C:\Program Files\Git\bin\bash.exe`)
	return append(candidates, "pwsh", "powershell", "cmd")
}

// maxArgument is how long one argument may be; the whole command line is
// limited to 32,767 characters.
const maxArgument = 24_000
