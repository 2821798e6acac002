package discover

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
)

// header is what the first bytes of a program tell.
type header struct {
	script bool
	// format is "ELF", "Mach-O", "PE" or empty; arches are in Go's names, with
	// the raw number for one that Go has no name for.
	format string
	arches []string
}

var elfArches = map[elf.Machine]string{
	elf.EM_386: "386", elf.EM_X86_64: "amd64", elf.EM_ARM: "arm", elf.EM_AARCH64: "arm64",
	elf.EM_RISCV: "riscv64", elf.EM_LOONGARCH: "loong64", elf.EM_S390: "s390x",
	elf.EM_PPC64: "ppc64", elf.EM_MIPS: "mips",
}

var machoArches = map[macho.Cpu]string{
	macho.Cpu386: "386", macho.CpuAmd64: "amd64", macho.CpuArm: "arm", macho.CpuArm64: "arm64",
}

var peArches = map[uint16]string{0x14c: "386", 0x8664: "amd64", 0x1c0: "arm", 0x1c4: "arm", 0xaa64: "arm64"}

var nativeFormats = map[string]string{"darwin": "Mach-O", "ios": "Mach-O", "windows": "PE"}

// CheckProgram reads the first bytes of a program and returns an error that says
// what is wrong when this machine cannot run it. script means a "#!" file, whose
// interpreter decides.
func CheckProgram(r io.ReaderAt) (script bool, err error) {
	h, err := readHeader(r)
	if err != nil {
		return false, err
	}
	return h.script, h.check(runtime.GOOS, runtime.GOARCH)
}

// WrongArchitectureError is a program made for another machine.
type WrongArchitectureError struct {
	// Format and Arch are those of the program, Want is this machine.
	Format, Arch, Want string
}

// Error names both machines.
func (e *WrongArchitectureError) Error() string {
	return fmt.Sprintf("wrong architecture: a program for %s (%s), this machine is %s", e.Arch, e.Format, e.Want)
}

var errNoProgram = errors.New("not a program: neither a binary of this system nor a #! script")

func (h header) check(goos, goarch string) error {
	if h.script && goos != "windows" {
		return nil
	}
	want := nativeFormats[goos]
	if want == "" {
		want = "ELF"
	}
	if h.format == "" {
		return errNoProgram
	}
	for _, arch := range h.arches {
		if h.format == want && sameArch(arch, goarch) {
			return nil
		}
	}
	return &WrongArchitectureError{Format: h.format, Arch: strings.Join(h.arches, ", "), Want: goos + "/" + goarch}
}

// sameArch ignores byte order, which the header shows elsewhere.
func sameArch(arch, goarch string) bool {
	return arch == goarch || (arch == "ppc64" && goarch == "ppc64le") ||
		(arch == "mips" && (goarch == "mipsle" || goarch == "mips64" || goarch == "mips64le"))
}

func readHeader(r io.ReaderAt) (header, error) {
	b := make([]byte, 4096)
	n, err := r.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return header{}, fmt.Errorf("read program: %w", err)
	}
	return parseHeader(b[:n]), nil
}

func parseHeader(b []byte) header {
	switch {
	case bytes.HasPrefix(b, []byte("#!")):
		return header{script: true}
	case bytes.HasPrefix(b, []byte("\x7fELF")) && len(b) >= 20:
		order := binary.ByteOrder(binary.LittleEndian)
		if b[5] == 2 {
			order = binary.BigEndian
		}
		machine := elf.Machine(order.Uint16(b[18:]))
		return header{format: "ELF", arches: []string{named(elfArches[machine], int(machine))}}
	case bytes.HasPrefix(b, []byte("MZ")):
		return parsePE(b)
	}
	return parseMachO(b)
}

func parsePE(b []byte) header {
	if len(b) < 0x40 {
		return header{format: "PE"}
	}
	offset := int64(binary.LittleEndian.Uint32(b[0x3c:]))
	if offset+6 > int64(len(b)) || !bytes.Equal(b[offset:offset+4], []byte("PE\x00\x00")) {
		return header{format: "PE"}
	}
	machine := binary.LittleEndian.Uint16(b[offset+4:])
	return header{format: "PE", arches: []string{named(peArches[machine], int(machine))}}
}

func parseMachO(b []byte) header {
	if len(b) < 8 {
		return header{}
	}
	switch magic := binary.LittleEndian.Uint32(b); magic {
	case macho.Magic32, macho.Magic64:
		cpu := macho.Cpu(binary.LittleEndian.Uint32(b[4:]))
		return header{format: "Mach-O", arches: []string{named(machoArches[cpu], int(cpu))}}
	}
	if binary.BigEndian.Uint32(b) != macho.MagicFat {
		return header{}
	}
	h := header{format: "Mach-O"}
	count := min(binary.BigEndian.Uint32(b[4:]), 16)
	for i := range int(count) {
		if 8+20*i+4 > len(b) {
			break
		}
		cpu := macho.Cpu(binary.BigEndian.Uint32(b[8+20*i:]))
		h.arches = append(h.arches, named(machoArches[cpu], int(cpu)))
	}
	return h
}

func named(name string, number int) string {
	if name == "" {
		return fmt.Sprintf("machine %#x", number)
	}
	return name
}

// openProgram opens a program for reading its header and build info.
func openProgram(path string) (*os.File, os.FileInfo, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// errNoFile says that a path is a pipe, a socket or a device.
var errNoFile = errors.New("is no file")

// openFile opens a file or a folder. Whatever else a path may be, it is looked at first:
// to open a pipe would wait for somebody who writes to it.
func openFile(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errNoFile}
	}
	return os.Open(path)
}
