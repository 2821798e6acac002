package tool

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Config is what a [Set] works with. New copies it.
type Config struct {
	// WorkingDir is the folder that relative paths start from; absolute.
	WorkingDir string
	// AddedDirs are further folders that belong to the work; absolute.
	AddedDirs []string
	// SpoolDir takes the full output of calls, one file per call. It is made
	// with mode 0700 when the first file comes. Empty means a temporary folder
	// that Close removes.
	SpoolDir string
	// Authorizer decides on every access. Nil refuses all of them.
	Authorizer Authorizer
	// Todos keeps the task list. Nil leaves todoread and todowrite out.
	Todos TodoStore
	// Seen are the files that the model saw in earlier runs of its session.
	Seen []SeenFile
	// Vision says that the model can look at images.
	Vision bool
	// Environment is the whole environment of shell commands, secrets already
	// removed: see [ShellEnvironment].
	Environment []string
	SessionID   string
	// Program is the path of jcode, which shell commands use to ask about
	// background jobs; empty is what their PATH calls jcode.
	Program string
	// PrivateFolder makes a folder that only this user can enter, with a path
	// short enough for a socket, and a function that removes it. It is called
	// with the first shell command. Nil leaves commands without a way to ask
	// about background jobs.
	PrivateFolder func() (path string, remove func(), err error)
	// Home is JCODE_HOME. Its credentials are never written to.
	Home string
	// Shell is JCODE_SHELL: the shell to use instead of bash. May be empty.
	Shell string
	// BashTimeout is how long a command may run in the foreground when the
	// model does not say; 0 is 2 minutes. BashMaxTimeout is the most that it
	// may ask for; 0 is 10 minutes.
	BashTimeout, BashMaxTimeout time.Duration
	// KillOnTimeout ends a command at its timeout instead of letting it go on
	// in the background.
	KillOnTimeout bool
	// OutputLimitBytes is what a command may write before it is killed; 0 is
	// 64 MiB.
	OutputLimitBytes int64
	// InstructionFiles are names of files that tell how to work below their
	// folder. The first read below a subfolder that has one shows it too.
	InstructionFiles []string
}

// Defaults of Config, and limits of every result.
const (
	defaultBashTimeout    = 2 * time.Minute
	defaultBashMaxTimeout = 10 * time.Minute
	defaultOutputLimit    = 64 << 20
	// resultLimit is how many characters of text one result may have.
	resultLimit = 30_000
)

func (c Config) withDefaults() Config {
	c.WorkingDir = filepath.Clean(c.WorkingDir)
	if c.Program == "" {
		c.Program = "jcode"
	}
	if c.BashTimeout <= 0 {
		c.BashTimeout = defaultBashTimeout
	}
	if c.BashMaxTimeout <= 0 {
		c.BashMaxTimeout = defaultBashMaxTimeout
	}
	if c.OutputLimitBytes <= 0 {
		c.OutputLimitBytes = defaultOutputLimit
	}
	return c
}

// variable looks a name up in the shell's environment.
func (c Config) variable(name string) string {
	for _, entry := range c.Environment {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// userHome is the user's home folder, or empty.
func (c Config) userHome() string {
	if home := c.variable("HOME"); home != "" {
		return home
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return home
}
