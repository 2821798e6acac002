package shellout

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"

	"github.com/jcode-go/jcode/sdk"
)

const errTextBusy = windows.ERROR_SHARING_VIOLATION

// How the system refuses to start a program.
var (
	wrongMachine = []error{windows.ERROR_BAD_EXE_FORMAT, windows.ERROR_EXE_MACHINE_TYPE_MISMATCH}
	tooLong      = []error{windows.ERROR_FILENAME_EXCED_RANGE}
	notAllowed   = []error{windows.ERROR_ACCESS_DENIED, windows.ERROR_ELEVATION_REQUIRED, windows.ERROR_VIRUS_INFECTED}
	passing      = []error{windows.ERROR_NOT_ENOUGH_MEMORY, windows.ERROR_NO_SYSTEM_RESOURCES, windows.ERROR_SHARING_VIOLATION}
)

// unsafeInShim is what cmd.exe gives a meaning of its own, quoted or not.
const unsafeInShim = "\"%!^&|<>\r\n"

// checkShim refuses what could become a command. A batch file is run by cmd.exe,
// which reads its arguments a second time, by rules that no quoting satisfies.
func (c Command) checkShim() *sdk.Error {
	switch strings.ToLower(filepath.Ext(c.Path)) {
	case ".bat", ".cmd":
	default:
		return nil
	}
	for _, arg := range c.Args {
		if strings.ContainsAny(arg, unsafeInShim) {
			return c.failure(sdk.KindConfiguration, c.Path+" is a batch file, which cannot be given every argument; name the program behind it")
		}
	}
	return nil
}
