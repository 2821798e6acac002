package pagetrim

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

const filteredRole = "PAGETRIM_TEST_FILTERED"

// A filter that kills for a call that it does not know, as systemd's do, must not be
// shown one.
func TestUnderFilter(t *testing.T) {
	if os.Getenv(filteredRole) != "" {
		filterUserfaultfd(t)
		if Trim() == 0 {
			t.Error("nothing trimmed")
		}
		return
	}
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestUnderFilter$", "-test.v")
	cmd.Env = append(os.Environ(), filteredRole+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("under a filter: %v\n%s", err, out)
	}
}

// filterUserfaultfd has the whole process killed by that call.
func filterUserfaultfd(t *testing.T) {
	t.Helper()
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the call's number
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_USERFAULTFD, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_KILL_PROCESS},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		t.Skip(err)
	}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&filter)))
	if errno != 0 {
		t.Skip("no filter:", errno)
	}
}
