//go:build unix

package shellout

import (
	"syscall"

	"github.com/jcode-go/jcode/sdk"
)

const errTextBusy = syscall.ETXTBSY

// How the system refuses to start a program.
var (
	wrongMachine = append([]syscall.Errno{syscall.ENOEXEC}, otherMachine...)
	tooLong      = []syscall.Errno{syscall.E2BIG}
	notAllowed   = []syscall.Errno{syscall.EACCES, syscall.EPERM, syscall.ENOTDIR, syscall.EISDIR, syscall.ELOOP}
	passing      = []syscall.Errno{syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE, syscall.ETXTBSY}
)

// checkShim has nothing to refuse here: no shell stands between us and a script.
func (c Command) checkShim() *sdk.Error { return nil }
