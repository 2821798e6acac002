package plugin

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// trim gives back the pages of the program that only its start needed: a third
// of what is resident. They are read-only and come from the page cache again,
// many at a time, if they are needed after all. It is not done under a debugger,
// whose breakpoints live in such pages.
func trim() {
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil || !bytes.Contains(status, []byte("\nTracerPid:\t0\n")) {
		return
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(maps)) {
		if start, end, ok := readOnly(line, exe); ok {
			// An error leaves the pages where they are.
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, start, end-start, unix.MADV_DONTNEED)
		}
	}
}

// readOnly reads one line of /proc/PID/maps: is it a mapping of exe that cannot
// be written, and from where to where?
func readOnly(line, exe string) (start, end uintptr, ok bool) {
	const addresses, permissions, path = 0, 1, 5
	fields := strings.Fields(line)
	if len(fields) != path+1 || fields[path] != exe || !strings.HasPrefix(fields[permissions], "r") ||
		strings.Contains(fields[permissions], "w") {
		return 0, 0, false
	}
	from, to, _ := strings.Cut(fields[addresses], "-")
	first, errFirst := strconv.ParseUint(from, 16, strconv.IntSize)
	last, errLast := strconv.ParseUint(to, 16, strconv.IntSize)
	if errFirst != nil || errLast != nil || last <= first {
		return 0, 0, false
	}
	return uintptr(first), uintptr(last), true
}
