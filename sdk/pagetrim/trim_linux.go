package pagetrim

import (
	"bytes"
	"os"
	"reflect"
	"strconv"

	"golang.org/x/sys/unix"
)

// Trim unmaps the read-only pages of the program's own file. Call it once when
// the program is ready for its work, beside the path that somebody waits for: it
// takes about half a millisecond for 6 MB, and the faults of what is still needed. Safe for
// concurrent use with everything. It returns the address space that it gave up,
// in bytes, which is 0 where there is nothing to do or no way to do it.
//
// It leaves alone what can be written, and what was: relocated constants of a
// position-independent program, or code that a debugger has changed, would come
// back from the file as they were before.
func Trim() int {
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return 0
	}
	all := parse(maps)
	own := fileAt(all, reflect.ValueOf(Trim).Pointer())
	trimmed := 0
	for _, m := range all {
		if !m.clean() || m.file != own {
			continue
		}
		size := m.end - m.start
		if _, _, errno := unix.Syscall(unix.SYS_MADVISE, m.start, size, unix.MADV_DONTNEED); errno == 0 {
			trimmed += int(size)
		}
	}
	return trimmed
}

// mapping is one entry of smaps, as far as it matters.
type mapping struct {
	start, end uintptr
	perms      string
	file       string // device and inode; empty without one
	counted    bool   // the kernel says how much is not as in the file
	changed    bool   // and that it is something
}

// clean reports whether every page of the mapping is as it is in the file.
func (m mapping) clean() bool {
	return m.file != "" && m.counted && !m.changed && (m.perms == "r-xp" || m.perms == "r--p")
}

// fileAt is the file that an address is mapped from. It is asked of the kernel
// because the program's path may name another file by now.
func fileAt(all []mapping, address uintptr) string {
	for _, m := range all {
		if m.start <= address && address < m.end {
			return m.file
		}
	}
	return ""
}

// parse reads /proc/PID/smaps: for every mapping a head, "start-end perms offset
// device inode path", and then lines of "Name: number kB".
func parse(smaps []byte) []mapping {
	var all []mapping
	for line := range bytes.Lines(smaps) {
		name, rest, ok := bytes.Cut(line, []byte(" "))
		if !ok {
			continue
		}
		if !bytes.HasSuffix(name, []byte(":")) {
			all = append(all, parseHead(name, rest))
			continue
		}
		if len(all) > 0 {
			all[len(all)-1].count(string(name), rest)
		}
	}
	return all
}

func parseHead(bounds, rest []byte) mapping {
	low, high, _ := bytes.Cut(bounds, []byte("-"))
	start, err1 := strconv.ParseUint(string(low), 16, strconv.IntSize)
	end, err2 := strconv.ParseUint(string(high), 16, strconv.IntSize)
	f := bytes.Fields(rest)
	if err1 != nil || err2 != nil || end < start || len(f) < 4 {
		return mapping{}
	}
	m := mapping{start: uintptr(start), end: uintptr(end), perms: string(f[0])}
	if inode := string(f[3]); inode != "0" {
		m.file = string(f[2]) + " " + inode
	}
	return m
}

// count takes what a line says about changed pages, which may be swapped out.
func (m *mapping) count(name string, rest []byte) {
	if name != "Anonymous:" && name != "Swap:" {
		return
	}
	number, _, _ := bytes.Cut(bytes.TrimSpace(rest), []byte(" "))
	if n, err := strconv.Atoi(string(number)); err != nil || n != 0 {
		m.changed = true
	}
	m.counted = m.counted || name == "Anonymous:"
}
