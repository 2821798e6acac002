package guard_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/jcode-go/jcode/sdk/guard"
)

// systemOnly is a ruleset that leaves the system's programs and one folder open.
func systemOnly(t *testing.T, folder string) *os.File {
	t.Helper()
	const read = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	attr := unix.LandlockRulesetAttr{Handled_access_fs: read}
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if errno != 0 {
		t.Skip("no Landlock here: ", errno)
	}
	ruleset := os.NewFile(fd, "ruleset")
	t.Cleanup(func() { _ = ruleset.Close() })
	for _, path := range []string{"/usr", "/bin", "/lib", "/lib64", folder} {
		parent, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		rule := unix.LandlockPathBeneathAttr{Allowed_access: read, Parent_fd: int32(parent)}
		if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, fd, unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0); errno != 0 {
			t.Fatal(errno)
		}
		_ = unix.Close(parent)
	}
	return ruleset
}

// said runs a command and returns what it and all it started printed.
func said(t *testing.T, c guard.Command) string {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stdout, c.Stderr = write, write
	tree, err := guard.Start(t.Context(), c)
	_ = write.Close()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	_, _ = io.Copy(&out, read)
	_ = read.Close()
	if err := tree.WaitGone(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestLandlock: the command and what it starts are walled off; the guardian, and
// the next command of the same guardian, are not.
func TestLandlock(t *testing.T) {
	open, closed := t.TempDir(), t.TempDir()
	for _, path := range []string{filepath.Join(open, "f"), filepath.Join(closed, "f")} {
		if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := "cat " + open + "/f; echo; (setsid cat " + closed + "/f); ls /proc/self/fd"
	c := shell(script)
	c.Landlock, c.RemoveFolders = systemOnly(t, open), []string{filepath.Join(closed, "run")}
	if err := os.Mkdir(filepath.Join(closed, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	got := said(t, c)
	if !strings.HasPrefix(got, "content\n") || strings.Count(got, "ermission denied") < 1 || strings.Count(got, "content") != 1 {
		t.Errorf("under the ruleset: %q", got)
	}
	if _, err := os.Stat(filepath.Join(closed, "run")); err == nil {
		t.Error("the guardian could not remove a folder")
	}
	if got := said(t, shell("cat "+closed+"/f")); got != "content" {
		t.Errorf("the next command: %q", got)
	}
	// It is killed like any other.
	c = shell("sleep 100")
	c.Landlock = systemOnly(t, open)
	tree, err := guard.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Terminate(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
}
