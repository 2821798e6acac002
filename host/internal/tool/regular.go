package tool

import (
	"os"
	"path"
	"path/filepath"
	"strings"
)

// unreadable are files of the kernel that tell secrets or never end.
var unreadable = map[string]bool{
	"mem": true, "environ": true, "kcore": true, "kmsg": true, "auxv": true, "pagemap": true, "trace_pipe": true,
}

// openRegular opens a file for reading if it is an ordinary one. A FIFO would
// block and a device never end; both are refused, also when one takes the
// file's place in between.
func openRegular(name string) (*os.File, os.FileInfo, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	if err := checkRegular(name, info); err != nil {
		return nil, nil, err
	}
	file, err := os.OpenFile(name, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return nil, nil, err
	}
	if info, err = file.Stat(); err == nil {
		err = checkRegular(name, info)
	}
	if err != nil {
		_ = file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

func checkRegular(name string, info os.FileInfo) error {
	if kind := irregular(info.Mode()); kind != "" {
		return failWith(CodeInvalidInput, "%s is %s, not a file that can be read or written", name, kind)
	}
	slashed := filepath.ToSlash(name)
	if (strings.HasPrefix(slashed, "/proc/") || strings.HasPrefix(slashed, "/sys/")) && unreadable[path.Base(slashed)] {
		return failWith(CodeDenied, "%s is a file of the kernel that is not read", name)
	}
	return nil
}

// irregular names what is no ordinary file.
func irregular(mode os.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&os.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&os.ModeSocket != 0:
		return "a socket"
	case mode&os.ModeDevice != 0:
		return "a device"
	case !mode.IsRegular():
		return "a special file"
	}
	return ""
}
