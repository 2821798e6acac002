package pagetrim

import (
	"bytes"
	"encoding/binary"
	"os"
	"reflect"
	"strconv"

	"golang.org/x/sys/unix"
)

// Trim unmaps the read-only pages of the program's own file, and has those that are
// still needed come back one by one. Call it when the program is ready for its work,
// beside the path that somebody waits for: it takes a quarter of a millisecond for
// 6 MB, and the faults of what is still needed. Safe for concurrent use with everything.
// It returns the address space that it gave up, in bytes, which is 0 where there is
// nothing to do or no way to do it.
//
// It leaves alone what can be written, and what was: relocated constants of a
// position-independent program, or code that a debugger has changed, would come
// back from the file as they were before.
func Trim() int {
	all := mappings()
	own := fileAt(all, reflect.ValueOf(Trim).Pointer())
	trimmed := 0
	for _, m := range all {
		if !m.clean() || m.file != own {
			continue
		}
		mapSingly(m)
		size := m.end - m.start
		if _, _, errno := unix.Syscall(unix.SYS_MADVISE, m.start, size, unix.MADV_DONTNEED); errno == 0 {
			trimmed += int(size)
		}
	}
	return trimmed
}

// mappings are the program's. What was changed in them the kernel finds by a walk
// through all page tables, half of what a trim costs. It is spared that where neither
// the start nor a debugger can have changed anything. Probes that the kernel itself sets
// (uprobes) cannot be seen without, and are lost.
func mappings() []mapping {
	if fixed() && !traced() {
		if maps, err := os.ReadFile("/proc/self/maps"); err == nil {
			all := parse(maps)
			for i := range all {
				all[i].counted = true
			}
			return all
		}
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return nil
	}
	return parse(maps)
}

// fixed reports whether none of the program's constants were relocated: it runs at the
// address that it was linked for, and has no segment that becomes read-only once the
// start has written to it, as what a C linker links has (RELRO).
func fixed() bool {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	var head [2048]byte // with the table of segments, which follows the header
	n, _ := f.ReadAt(head[:], 0)
	return fixedHead(head[:n])
}

// fixedHead is fixed for what an ELF file begins with. What it cannot read is not fixed;
// debug/elf would cost every start its own.
func fixedHead(head []byte) bool {
	const (
		headBytes       = 64
		fixedExecutable = 2          // ET_EXEC
		onceWritten     = 0x6474e552 // PT_GNU_RELRO
	)
	order := binary.NativeEndian
	if len(head) < headBytes || order.Uint16(head[16:]) != fixedExecutable {
		return false
	}
	at, size, count := order.Uint64(head[32:]), order.Uint16(head[54:]), order.Uint16(head[56:])
	if head[4] == 1 { // 32 bits
		at, size, count = uint64(order.Uint32(head[28:])), order.Uint16(head[42:]), order.Uint16(head[44:])
	}
	for range count {
		if at >= uint64(len(head)) || len(head[at:]) < 4 || order.Uint32(head[at:]) == onceWritten {
			return false
		}
		at += uint64(size)
	}
	return true
}

// traced reports whether a debugger is attached. One that was and has left has taken
// its breakpoints along.
func traced() bool { return !statusSays("TracerPid:\t0") }

// statusSays reports whether the system says a line of the process.
func statusSays(line string) bool {
	status, err := os.ReadFile("/proc/self/status")
	return err == nil && bytes.Contains(status, []byte("\n"+line+"\n"))
}

// mapping is one entry of maps or smaps, as far as it matters.
type mapping struct {
	start, end uintptr
	perms      string
	file       string // device and inode; empty without one
	counted    bool   // it is known how much is not as in the file
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

// parse reads /proc/PID/maps or smaps: for every mapping a head, "start-end perms offset
// device inode path", and then, in smaps, lines of "Name: number kB".
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
