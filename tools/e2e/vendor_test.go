//go:build linux

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"unsafe"
)

// versionOf is the version of a vendor's program to get: what the user asks for in
// a variable, or ours.
func versionOf(variable, ours string) string {
	if named := os.Getenv(variable); named != "" {
		return named
	}
	return ours
}

// installFromNPM gets a vendor's program into dir and returns its path. It skips the
// test, and says so, where that cannot be done.
func installFromNPM(t *testing.T, dir, pkg, program, version string) string {
	t.Helper()
	for _, needed := range []string{"npm", "node"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skipf("SKIPPED: %s is not installed", needed)
		}
	}
	install := exec.CommandContext(t.Context(), "npm", "install", "--no-fund", "--no-audit", "--prefix", dir, pkg+"@"+version)
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: npm cannot install %s: %v\n%s", program, err, out)
	}
	path := filepath.Join(dir, "node_modules", ".bin", program)
	out, err := exec.CommandContext(t.Context(), path, "--version").CombinedOutput()
	if err != nil {
		t.Skipf("SKIPPED: the installed %s does not run here: %v\n%s", program, err, out)
	}
	t.Logf("%s %s", program, bytes.TrimSpace(out))
	return path
}

// isolate moves this thread, and what it starts from now on, into a network that
// has this machine alone. The thread is given up with the test.
func isolate(t *testing.T) {
	t.Helper()
	runtime.LockOSThread()
	if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
		t.Logf("NOT ISOLATED from the network: %v", err)
		return
	}
	startLoopback(t)
}

// startLoopback makes 127.0.0.1 reachable in a network that has nothing yet.
func startLoopback(t *testing.T) {
	t.Helper()
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(socket) }()
	request := struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{flags: syscall.IFF_UP | syscall.IFF_RUNNING}
	copy(request.name[:], "lo")
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(socket), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); errno != 0 {
		t.Fatal("start the loopback interface:", errno)
	}
}

// insideVariable says that a test already runs in a network of its own.
const insideVariable = "JCODE_E2E_INSIDE"

// elsewhere runs the test once more in a process whose network has this machine
// alone, and tells whether that was done; in there it says no. Unlike isolate it
// holds for all threads, and so for clients in the test itself.
func elsewhere(t *testing.T, env ...string) bool {
	t.Helper()
	if os.Getenv(insideVariable) != "" {
		startLoopback(t)
		return false
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")
	cmd.Env = append(append(os.Environ(), insideVariable+"=1"), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("in a network of its own: %v", err)
	}
	t.Logf("in a network of its own:\n%s", out)
	return true
}
