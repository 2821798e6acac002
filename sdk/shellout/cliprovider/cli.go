package cliprovider

import (
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// CLI is a vendor's program: all that a provider which stands on it consists of.
// It is only read. The functions do no I/O and may be called at the same time.
type CLI struct {
	// Name is the provider's, Display the one for people.
	Name, Display string
	// Billing says in one line what a request costs whom.
	Billing string
	// Notice is told once in the life of an installation, before the first turn.
	Notice string

	// PathVariable names the program, ModelVariable the model.
	PathVariable, ModelVariable string
	// DefaultModel is used when nobody names one. Where the program does not
	// have it, FallbackModel is used instead, with a warning; nil is none, a
	// pointer to "" the program's own choice.
	DefaultModel  string
	FallbackModel *string
	// Models are known without asking.
	Models []sdk.Model
	// ListModels asks the program; nil where it cannot be asked.
	ListModels *ModelList

	// Candidates are the programs to look for, in this order, unless the
	// variable names one.
	Candidates []Candidate
	// Folders, below the user's home, are looked into after those of PATH.
	Folders []string
	// Install says how to get the program.
	Install string

	// Style is how a program with such a help is spoken to.
	Style func(Help, Variables) Style
	// Arguments is the command line without the candidate's prefix.
	Arguments func(Turn) []string
	// Input is the prompt as the program reads it from standard input; nil is
	// the prompt itself.
	Input func(prompt string) []byte
	// NewDecoder reads the lines of one run.
	NewDecoder func(*Answer) Decoder

	// Modes are the arguments for the host's permission modes. One that is
	// missing, or whose flags the program's help does not list, is refused.
	Modes map[string][]string
	// AddDirFlag and EffortFlag are the flags for further folders and for the
	// reasoning effort; empty where there are none. LogFlag names a file that
	// the program logs to, which is read when it failed.
	AddDirFlag, EffortFlag, LogFlag string

	// Failures are looked through in order.
	Failures []Failure
	// Words are the failures by the word that a decoder reports.
	Words map[string]Failure
	// Lost are patterns like those of Failure for a conversation that the
	// program no longer has.
	Lost []string
	// Idle are beginnings of lines of plain output that are no answer.
	Idle []string

	// LogHint says where the program's own logs are, for messages; may be empty.
	LogHint string

	// Keys are variables that authenticate by themselves, first the strongest.
	Keys []Key
	// Environment says what the program's environment lacks and has beyond the
	// user's; nil is no difference. Note is for the log.
	Environment func(Variables) (drop []string, set map[string]string, note string)
	// TurnSet are variables for the runs that answer, not for logins.
	TurnSet map[string]string
	// LoginFiles change when somebody logs in or out without us: an answer about
	// the login counts while they stay the same.
	LoginFiles []LoginFile
	// Probe asks the program whether it is logged in.
	Probe AuthProbe
	// Login is the command that logs in.
	Login func(LoginContext) LoginCommand
	// KeyHint says what to do instead of a login, for messages; may be empty.
	KeyHint string

	// Flags are those that the doctor reports on: the newer ones.
	Flags []string
	// VersionArgs ask for the version; nil is "--version".
	VersionArgs []string
	// Traps are known troubles of some versions, or with some settings.
	Traps []Trap
}

// Candidate is a program that may be the vendor's.
type Candidate struct {
	// Name is what is looked for in PATH.
	Name string
	// Prefix are arguments before all others, for a program that runs another.
	Prefix []string
	// Accept looks at the help of a program that may be somebody else's and
	// returns why it is not the vendor's; "" is yes. Nil accepts.
	Accept func(Help) string
}

// Style is how a program is spoken to.
type Style struct {
	// Lines says that it prints one JSON object on a line, for the decoder;
	// else it prints the answer itself.
	Lines bool
	// Stdin says that it reads the prompt from standard input.
	Stdin bool
}

// Turn is one run of the program as its command line depends on it.
type Turn struct {
	Help Help
	// Model is what to use; empty is the program's own choice.
	Model string
	// Prompt is the argument; empty when it goes to standard input.
	Prompt string
	// Resume is the program's conversation to go on with; empty is a new one,
	// which may be given the id New.
	Resume, New string
	// Mode, Extra: the arguments for the permission mode; for folders, effort
	// and log.
	Mode, Extra []string
	// Dir is where it runs.
	Dir string
	// Variables are the user's.
	Variables Variables
}

// Decoder reads the lines of one run.
type Decoder interface {
	// Line takes one line, without its end. It tells the Answer what it means.
	// last says that nothing can follow. An error ends the run; that of an
	// Answer's method is returned as it is.
	Line(line []byte) (last bool, err error)
}

// Variables look the user's environment variables up.
type Variables struct{ config sdk.Config }

// Get returns the value, and whether the variable is set, perhaps to nothing. It
// may be secret.
func (v Variables) Get(name string) (value string, set bool) {
	if secret, granted := v.config.Variables[name]; granted {
		return secret.Reveal(), true
	}
	return shellout.Value(v.config.ChildEnvironment, name)
}

// LoginFile is a file of the program's that a login changes.
type LoginFile struct {
	// Path is below the user's home.
	Path string
	// Part is what of a line counts, for a file that each run changes; a line of
	// which nothing counts is "". Nil is that the file's size and time count, so
	// that it is not read.
	Part func(line string) string
}

// Key is a variable that holds a credential.
type Key struct {
	Name string
	// Usable tells whether such a value can be one; nil is always.
	Usable func(value string) bool
	// Public says that the value itself is no secret.
	Public bool
}

// ModelList asks the program for its models.
type ModelList struct {
	// Command is listed by the help, or there is nothing to ask.
	Command string
	// Parse reads the models from what "program Command" prints.
	Parse func(text string) []sdk.Model
	// Check refuses a model that is not in the list before it is used.
	Check bool
}

// Trap is something that is known to go wrong.
type Trap struct {
	// Below is the first version without the trouble; zero is every version.
	Below [3]int
	// When tells whether the trouble is there, beside the version; nil is yes.
	When func(v Variables, h Help, version string) bool
	// Detail and Remedy are for the doctor.
	Detail, Remedy string
	// Harmless says that nothing needs to be done.
	Harmless bool
}
