package launch

import "os"

// socketWorks is false: go-plugin uses loopback TCP on Windows, where the peer
// cannot be asked who it is.
const socketWorks = false

// lockFolder locks nothing: no sockets are made on Windows, and an empty folder of
// a live host is only missed by its remover.
func lockFolder(string) (*os.File, bool) { return nil, true }

func private(os.FileInfo) bool { return true }

func shortTemp() string { return os.TempDir() }
