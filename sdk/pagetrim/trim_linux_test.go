package pagetrim

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"reflect"
	"sync"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

const sample = `00400000-00500000 r-xp 00000000 fe:00 77                 /opt/my program (deleted)
Size:               1024 kB
Anonymous:             0 kB
Swap:                  0 kB
VmFlags: rd ex mr mw me
00500000-00600000 r--p 00100000 fe:00 77                 /opt/my program (deleted)
Anonymous:             4 kB
Swap:                  0 kB
00600000-00700000 r--p 00200000 fe:00 77                 /opt/my program (deleted)
Anonymous:             0 kB
Swap:                  8 kB
00700000-00800000 rw-p 00300000 fe:00 77                 /opt/my program (deleted)
Anonymous:             0 kB
00800000-00900000 r--s 00300000 fe:00 77                 /opt/my program (deleted)
Anonymous:             0 kB
00900000-00a00000 r--p 00000000 fe:00 78                 /opt/other
Anonymous:             0 kB
00a00000-00b00000 r--p 00000000 00:00 0
Anonymous:             0 kB
00b00000-00c00000 r--p 00000000 fe:00 77                 /opt/my program (deleted)
`

func TestWhatIsClean(t *testing.T) {
	t.Parallel()
	all := parse([]byte(sample))
	own := fileAt(all, 0x4abcde)
	var clean []string
	for _, m := range all {
		if m.clean() && m.file == own {
			clean = append(clean, fmt.Sprintf("%x-%x", m.start, m.end))
		}
	}
	if d := cmp.Diff([]string{"400000-500000"}, clean); d != "" || len(all) != 8 {
		t.Errorf("%d mappings, -want +got\n%s", len(all), d)
	}
}

// elf is the beginning of a program with segments of these types.
func elf(bits, kind byte, segments ...uint32) []byte {
	order, head := binary.NativeEndian, make([]byte, 64)
	head[4] = bits / 32
	order.PutUint16(head[16:], uint16(kind))
	size := 56
	if bits == 64 {
		order.PutUint64(head[32:], 64)
		order.PutUint16(head[54:], 56)
		order.PutUint16(head[56:], uint16(len(segments)))
	} else {
		size = 32
		order.PutUint32(head[28:], 64)
		order.PutUint16(head[42:], 32)
		order.PutUint16(head[44:], uint16(len(segments)))
	}
	for _, segment := range segments {
		entry := make([]byte, size)
		order.PutUint32(entry, segment)
		head = append(head, entry...)
	}
	return head
}

func TestFixed(t *testing.T) {
	t.Parallel()
	const load, relro = 1, 0x6474e552
	tests := map[string]struct {
		head []byte
		want bool
	}{
		"as Go links it":             {elf(64, 2, load, load), true},
		"32 bits":                    {elf(32, 2, load, load), true},
		"position-independent":       {elf(64, 3, load, load), false},
		"as C linkers do":            {elf(64, 2, load, load, relro), false},
		"as C linkers do, 32 bits":   {elf(32, 2, load, relro, load), false},
		"the table is far behind":    {elf(64, 2, load, load)[:100], false},
		"the table is behind memory": {append(append(elf(64, 2)[:32], bytes.Repeat([]byte{0xff}, 24)...), elf(64, 2, load)[56:]...), false},
		"nothing":                    {nil, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := fixedHead(test.head); got != test.want {
				t.Errorf("fixed: %v", got)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("5-4 r-xp 0 0:0 1 x\nAnonymous: -\n"))
	f.Add([]byte("Anonymous: 0 kB\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range parse(b) {
			if m.clean() && (m.end < m.start || !bytes.Contains(b, []byte("Anonymous:"))) {
				t.Errorf("%+v", m)
			}
		}
	})
}

// resident is how many pages of the program's code and constants are mapped.
func resident(t *testing.T) (kib int) {
	t.Helper()
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	own := fileAt(parse(smaps), reflect.ValueOf(Trim).Pointer())
	count := false
	for line := range bytes.Lines(smaps) {
		name, rest, _ := bytes.Cut(line, []byte(" "))
		var n int
		switch {
		case !bytes.HasSuffix(name, []byte(":")):
			m := parseHead(name, rest)
			count = m.file == own && m.perms[1] == '-'
		case count && string(name) == "Rss:":
			_, _ = fmt.Sscan(string(rest), &n)
			kib += n
		}
	}
	return kib
}

// The program works on while its pages are taken away from under it.
func TestTrim(t *testing.T) {
	populate(t)
	before := resident(t)
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for i := range 2000 {
				if got := fmt.Sprintf("%x", i*i); got == "" {
					t.Error(got)
				}
			}
		})
	}
	for range 50 {
		if Trim() == 0 {
			t.Fatal("nothing trimmed")
		}
	}
	work.Wait()
	trimmed := Trim()
	after := resident(t)
	t.Logf("%d of %d KiB mapped afterwards, of %d KiB", after, before, trimmed>>10)
	if after > before*3/4 {
		t.Errorf("%d KiB of %d are still mapped", after, before)
	}
}

// populate maps all of the program, which is more than a start does.
func populate(tb testing.TB) {
	tb.Helper()
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		tb.Skip(err)
	}
	all := parse(smaps)
	own := fileAt(all, reflect.ValueOf(Trim).Pointer())
	for _, m := range all {
		if m.clean() && m.file == own {
			if _, _, errno := unix.Syscall(unix.SYS_MADVISE, m.start, m.end-m.start, unix.MADV_POPULATE_READ); errno != 0 {
				tb.Skip("cannot map everything:", errno)
			}
		}
	}
}

func BenchmarkTrim(b *testing.B) {
	for range b.N { // not b.Loop: its timer must stop for the mapping
		b.StopTimer()
		populate(b)
		b.StartTimer()
		Trim()
	}
}

// A page that is touched after a trim brings no neighbours along.
func TestPagesComeBackSingly(t *testing.T) {
	if watcher() < 0 {
		t.Skip("this system maps neighbours, or does not let us have it otherwise")
	}
	const window = 16 // what the kernel maps otherwise, at most
	page := uintptr(os.Getpagesize())
	if Trim() == 0 {
		t.Fatal("nothing trimmed")
	}
	all := mappings()
	own := fileAt(all, reflect.ValueOf(Trim).Pointer())
	fewest := window
	for _, m := range all {
		if !m.clean() || m.file != own {
			continue
		}
		for at := m.start + window*page; at+2*window*page < m.end; at += window * page {
			at &^= window*page - 1
			if present(t, at, window) == 0 {
				touched += *(*byte)(unsafe.Add(nil, at))
				fewest = min(fewest, present(t, at, window))
			}
		}
	}
	if fewest != 1 { // others may touch a window or two meanwhile, not all
		t.Errorf("one page was touched, and %d came", fewest)
	}
}

var touched byte

// present counts the mapped pages of n from address on.
func present(t *testing.T, address uintptr, n int) (count int) {
	t.Helper()
	f, err := os.Open("/proc/self/pagemap")
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = f.Close() }()
	entries := make([]byte, 8*n)
	if _, err := f.ReadAt(entries, int64(address/uintptr(os.Getpagesize())*8)); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if entries[8*i+7]&0x80 != 0 { // the highest bit, little-endian
			count++
		}
	}
	return count
}
