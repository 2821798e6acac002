package launch

import (
	"os"
	"os/exec"
)

func syscallKillSelf() error {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	return self.Kill()
}

func session() int { return 0 }

func detach(*exec.Cmd) {}

func initialEnviron() []string { return os.Environ() }
