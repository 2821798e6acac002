//go:build !linux

package launch

import "os"

// onNoExecMount is known on Linux only.
func onNoExecMount(*os.File) bool { return false }
