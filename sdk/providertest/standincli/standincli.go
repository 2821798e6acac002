// Package standincli lets a test binary play a vendor's command-line program, as
// nasty as the real ones are, for the tests of providers that run one.
//
//	func TestMain(m *testing.M) {
//		standincli.Main() // does not return where the binary is the stand-in
//		os.Exit(m.Run())
//	}
//
// What it plays is a [Program]: scripts by what the arguments hold. What it was
// started with is recorded.
package standincli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk/guard"
)

// folderVariable makes the binary a stand-in: it names the folder of its program.
const folderVariable = "STANDIN_CLI"

// Program is what a stand-in plays.
type Program []Part

// Part is what it plays when one of its arguments is Arg and its prompt holds
// Prompt; an empty one fits always. The first part that fits plays.
type Part struct {
	Arg string
	// Prompt is looked for in the arguments and in the standard input, which is
	// read to its end first.
	Prompt string
	// Scripts are played one at each start, the last one at every further start;
	// none says nothing.
	//
	// A line is printed as it is. One that begins with "!" is an order:
	//
	//	!stderr TEXT     print a line on standard error
	//	!raw TEXT        print without a newline; \e, \n, \xNN mean what they mean
	//	!token TEXT      print TEXT, with "%" in it as the prompt's word behind "token:"
	//	!long N TEXT     print TEXT, with "%" in it as N bytes
	//	!flood N         print N bytes on standard error
	//	!exit N          leave
	//	!stdin           read standard input to its end
	//	!touch FILE      make a file in the working folder
	//	!log TEXT        write TEXT to the file that an argument such as --log names
	//	!sleep MS        do nothing
	//	!hang            do nothing for ever
	//	!deaf            ignore SIGTERM, SIGINT and SIGHUP from here on
	//	!polite TEXT     wait for SIGTERM, print TEXT and leave with 0
	//	!holder          leave a deaf child in a session of its own that holds both outputs
	//	!line TEXT       print TEXT, read a line, print what was read
	//	!raise N         signal itself
	//	!console HOW     talk to a terminal: tell its size, each new one, each line; leave
	//	                 at the line "done", and with 130 at Ctrl-C unless HOW is "deaf"
	Scripts []string
}

// Call is what one start of the stand-in saw.
type Call struct {
	Args, Env []string
	Dir       string
	// Stdin is what it read; Pipe says that standard input was no null device.
	Stdin string
	Pipe  bool
}

// Value is a variable of the call's environment, and whether it was set.
func (c Call) Value(name string) (value string, set bool) {
	for _, entry := range c.Env {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			value, set = v, true
		}
	}
	return value, set
}

// Main plays the program if the binary was started as a stand-in, and does not
// return then. It begins with guard.Main, which must be first.
func Main() {
	guard.Main()
	if folder := os.Getenv(folderVariable); folder != "" {
		os.Exit(play(folder, os.Args[1:]))
	}
}

// CLI is a stand-in on disk.
type CLI struct {
	t      testing.TB
	folder string
	// Path is the program.
	Path string
}

// New makes a stand-in called name that plays p.
func New(t testing.TB, name string, p Program) *CLI {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &CLI{t: t, folder: t.TempDir()}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	c.Path = filepath.Join(c.folder, name)
	if err := os.Symlink(self, c.Path); err != nil {
		t.Skip("no links here:", err)
	}
	data, err := json.Marshal(p)
	if err == nil {
		err = os.WriteFile(filepath.Join(c.folder, "program.json"), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Dir is the folder that holds the program, for PATH.
func (c *CLI) Dir() string { return c.folder }

// Environment is what makes the binary this stand-in, to be added to the
// environment that the provider gives its program. Under the race detector every
// exit would take a second.
func (c *CLI) Environment() []string {
	return []string{folderVariable + "=" + c.folder, "GORACE=atexit_sleep_ms=0"}
}

// Calls are the starts so far.
func (c *CLI) Calls() []Call {
	c.t.Helper()
	data, err := os.ReadFile(filepath.Join(c.folder, "calls"))
	if err != nil && !os.IsNotExist(err) {
		c.t.Fatal(err)
	}
	var calls []Call
	decoder := json.NewDecoder(bytes.NewReader(data))
	for {
		var call Call
		if err := decoder.Decode(&call); errors.Is(err, io.EOF) {
			return calls
		} else if err != nil {
			c.t.Fatal(err)
		}
		calls = append(calls, call)
	}
}

// With are the calls that had an argument.
func (c *CLI) With(arg string) []Call {
	c.t.Helper()
	var found []Call
	for _, call := range c.Calls() {
		for _, a := range call.Args {
			if a == arg {
				found = append(found, call)
				break
			}
		}
	}
	return found
}

func (c Call) String() string { return fmt.Sprintf("%q", c.Args) }
