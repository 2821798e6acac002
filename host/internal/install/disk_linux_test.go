package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/launch"
)

// mounted is a home on a small file system of its own.
func mounted(t *testing.T, flags uintptr, size string) *Installer {
	t.Helper()
	home := t.TempDir()
	if err := unix.Mount("tmpfs", home, "tmpfs", flags, "size="+size); err != nil {
		t.Skip("nothing can be mounted here: ", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(home, unix.MNT_DETACH) })
	return installerAt(home)
}

// TestDiskFull: the error of the system with the path, and no partial current.
func TestDiskFull(t *testing.T) {
	in := mounted(t, 0, "1m")
	install(t, in, folder(t, "acme", "1.0.0"))
	big := append(plugin("acme", "2.0.0"), item{name: "data", text: noise(3 << 20), mode: 0o644})
	_, err := in.Install(t.Context(), Request{Source: file(t, "acme.tar.gz", tarball(t, big...))})
	wantError(t, err, KindStore, "no space left on device", "data")
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v", err)
	}
	wantUntouched(t, in, map[string]string{"acme": "1.0.0"})
	install(t, in, folder(t, "acme", "2.0.0")) // there is room again
}

// TestDiskFullAtTheEnd: also when there is no room for the small files alone.
func TestDiskFullAtTheEnd(t *testing.T) {
	in := mounted(t, 0, "64k")
	install(t, in, folder(t, "acme", "1.0.0"))
	for n := 2; ; n++ {
		_, err := in.Install(t.Context(), Request{Source: folder(t, "acme", "1.0."+string(rune('0'+n)))})
		if err == nil && n < 9 {
			continue
		}
		wantError(t, err, KindStore, "no space left on device")
		break
	}
	if got := versions(in); len(got) != 1 || got["acme"][:4] != "1.0." {
		t.Errorf("%v", got)
	}
	if found, err := in.Verify(); err != nil || !found[0].OK {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestNoMoreFiles: whichever file is the first that cannot be made, the disk is to
// blame, not the plugin; the file is named, and nothing is left in staging.
func TestNoMoreFiles(t *testing.T) {
	for files := 3; ; files++ {
		in := mounted(t, 0, fmt.Sprintf("1m,nr_inodes=%d", files))
		in.Smoke = func(_ context.Context, _ discover.Plugin, home string) error {
			for _, name := range []string{"run", "data"} {
				if err := os.Mkdir(filepath.Join(home, name), 0o700); err != nil {
					return &launch.Error{Plugin: "acme", Reason: launch.ReasonInternal, Err: err}
				}
			}
			return nil
		}
		_, err := in.Install(t.Context(), Request{Source: folder(t, "acme", "1.0.0")})
		if err == nil {
			break
		}
		wantError(t, err, KindStore, "no space left on device", in.Store.Root())
		wantUntouched(t, in, nil)
		if files > 40 || t.Failed() {
			t.Fatalf("with %d files: %v", files, err)
		}
	}
}

func TestReadOnlyStore(t *testing.T) {
	in := mounted(t, 0, "1m")
	install(t, in, folder(t, "acme", "1.0.0"))
	home := filepath.Dir(in.Store.Root())
	if err := unix.Mount("", home, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skip("cannot mount read-only: ", err)
	}
	_, err := in.Install(t.Context(), Request{Source: folder(t, "acme", "2.0.0")})
	wantError(t, err, KindStore, "read-only file system", in.Store.Root())
	if got := versions(in); got["acme"] != "1.0.0" {
		t.Errorf("%v", got)
	}
}

// TestStagingElsewhere: a store on another file system than staging is named.
func TestStagingElsewhere(t *testing.T) {
	other := mounted(t, 0, "1m")
	in := agreeing(t)
	if err := os.MkdirAll(in.Store.Root(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Dir(other.Store.Root()), in.Store.objects()); err != nil {
		t.Fatal(err)
	}
	_, err := in.Install(t.Context(), Request{Source: folder(t, "acme", "1.0.0")})
	wantError(t, err, KindStore, "cross-device link", in.Store.staging(), in.Store.objects(), "one file system")
	wantUntouched(t, in, nil)
}
