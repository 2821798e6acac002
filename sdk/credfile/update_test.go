package credfile_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk/credfile"
)

func set(v any, path ...string) func(*credfile.Document) error {
	return func(d *credfile.Document) error { return d.Set(v, path...) }
}

func TestReadTellsApart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken")
	write(t, broken, `{"token": "hunter2`)
	if _, _, err := credfile.Read(t.Context(), filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	corrupt := (*credfile.CorruptError)(nil)
	if _, _, err := credfile.Read(t.Context(), broken); !errors.As(err, &corrupt) || corrupt.Path != broken || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("broken: %v", err)
	}
	if _, _, err := credfile.Read(t.Context(), dir); err == nil || errors.Is(err, fs.ErrNotExist) || errors.As(err, &corrupt) {
		t.Errorf("folder: %v", err)
	}
	huge := filepath.Join(dir, "huge")
	write(t, huge, "")
	if err := os.Truncate(huge, 17<<20); err != nil {
		t.Fatal(err)
	}
	if _, _, err := credfile.Read(t.Context(), huge); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("huge: %v", err)
	}
	if os.Getuid() > 0 {
		secret := filepath.Join(dir, "secret")
		write(t, secret, "{}")
		if err := os.Chmod(secret, 0); err != nil {
			t.Fatal(err)
		}
		if _, _, err := credfile.Read(t.Context(), secret); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("unreadable: %v", err)
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no modes, and links need a privilege")
	}
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	write(t, file, "{}")
	if err := os.Symlink("file", link); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path  string
		mode  fs.FileMode
		words []string
	}{
		{file, 0o600, nil},
		{file, 0o400, nil},
		{file, 0o644, []string{"mode 0644"}},
		{file, 0o620, []string{"mode 0620"}},
		{link, 0o600, []string{"link to " + file}},
		{link, 0o666, []string{"mode 0666", "link to"}},
	}
	for _, tt := range tests {
		if err := os.Chmod(file, tt.mode); err != nil {
			t.Fatal(err)
		}
		_, info, err := credfile.Read(t.Context(), tt.path)
		if err != nil {
			t.Fatal(err)
		}
		got := info.Warnings()
		if len(got) != len(tt.words) {
			t.Errorf("%s %o: %q", tt.path, tt.mode, got)
			continue
		}
		for i, w := range tt.words {
			if !strings.Contains(got[i], w) {
				t.Errorf("%s %o: %q, want %q", tt.path, tt.mode, got[i], w)
			}
		}
	}
}

// A program that truncates and then writes is not taken for a broken file.
func TestReadWaitsForAWriter(t *testing.T) {
	t.Parallel()
	for _, torn := range []string{"", `{"token": "ha`} {
		path := filepath.Join(t.TempDir(), "auth.json")
		write(t, path, torn)
		time.AfterFunc(30*time.Millisecond, func() { _ = os.WriteFile(path, []byte(`{"token": "half"}`), 0o600) })
		if err := credfile.Update(t.Context(), path, set(1, "mine")); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"token", "mine"}, read(t, path).Keys()); d != "" {
			t.Errorf("after %q: -want +got\n%s", torn, d)
		}
		if got := names(t, path); len(got) != 1 {
			t.Errorf("after %q: %q", torn, got)
		}
	}
}

func TestUpdateWritesPrivately(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "b", "auth.json")
	if err := credfile.Update(t.Context(), path, set("x", "token")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "{\n  \"token\": \"x\"\n}\n" {
		t.Errorf("%q, %v", text, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := credfile.Update(t.Context(), path, set("y", "token")); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700, path + ".lock": 0o600} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", p, info.Mode(), err, want)
		}
	}
}

func TestUpdateWithoutAChangeWritesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "auth.json")
	write(t, path, `{"a":1}`) // not as we would write it
	refused := errors.New("refused")
	for name, change := range map[string]func(*credfile.Document) error{
		"nothing": func(*credfile.Document) error { return nil },
		"same":    set(1, "a"),
		"error":   func(d *credfile.Document) error { return errors.Join(d.Set(2, "a"), refused) },
	} {
		err := credfile.Update(t.Context(), path, change)
		if (name == "error") != errors.Is(err, refused) {
			t.Errorf("%s: %v", name, err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != `{"a":1}` {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	missing := filepath.Join(filepath.Dir(path), "missing.json")
	if err := credfile.Update(t.Context(), missing, func(*credfile.Document) error { return nil }); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("empty file was made: %v", err)
	}
}

func TestKeepWritesInSpiteOfAnError(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "auth.json")
	refused := errors.New("refused")
	err := credfile.Update(t.Context(), path, func(d *credfile.Document) error {
		return credfile.Keep(errors.Join(d.Set(true, "refused"), refused))
	})
	if !errors.Is(err, refused) {
		t.Errorf("error %v", err)
	}
	if _, ok := read(t, path).Get("refused"); !ok {
		t.Error("not written")
	}
	if credfile.Keep(nil) != nil {
		t.Error("Keep makes an error of none")
	}
}

func TestBrokenFileIsSetAside(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "auth.json")
	for i, text := range []string{`{"token": "a`, `[1]`} {
		write(t, path, text)
		if err := credfile.Update(t.Context(), path, func(d *credfile.Document) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("touched without need: %q", got)
		}
		var aside string
		err := credfile.Update(t.Context(), path, func(d *credfile.Document) error {
			if d.Corrupt() == nil || len(d.Keys()) > 0 {
				t.Errorf("document %q, corrupt %v", d.Keys(), d.Corrupt())
			}
			return d.Set(1, "new")
		}, credfile.OnSetAside(func(p string) { aside = p }))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(aside); err != nil || string(got) != text || !strings.HasPrefix(aside, path+".corrupt-2") {
			t.Errorf("%s: %q, %v", aside, got, err)
		}
		if got := names(t, path); len(got) != i+2 {
			t.Errorf("files: %q", got)
		}
		if err := read(t, path).Corrupt(); err != nil {
			t.Errorf("new file: %v", err)
		}
	}
}

func TestLinksAreFollowed(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege")
	}
	dir := t.TempDir()
	target, link := filepath.Join(dir, "real", "auth.json"), filepath.Join(dir, "link.json")
	if err := os.Symlink("real/auth.json", link); err != nil {
		t.Fatal(err)
	}
	second := filepath.Join(dir, "second.json")
	if err := os.Symlink(link, second); err != nil {
		t.Fatal(err)
	}
	for i, path := range []string{link, second} { // the first one dangles
		if err := credfile.Update(t.Context(), path, set(i, "n")); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s is no link any more", path)
		}
		n := -1
		if _, err := read(t, target).Decode(&n, "n"); err != nil || n != i {
			t.Errorf("target has %d, %v", n, err)
		}
	}
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	if err := credfile.Update(t.Context(), loop, set(1, "n")); err == nil {
		t.Error("loop of links is accepted")
	}
}

func TestLockWaitEnds(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "auth.json")
	lock := filepath.Join(t.TempDir(), "elsewhere")
	err := credfile.Update(t.Context(), path, func(*credfile.Document) error {
		limited := credfile.Update(t.Context(), path, set(1, "x"), credfile.WithLockFiles(lock), credfile.WithLockLimit(20*time.Millisecond))
		timeout := (*credfile.LockTimeoutError)(nil)
		if !errors.As(limited, &timeout) || timeout.Path != lock || timeout.Limit != 20*time.Millisecond {
			t.Errorf("limit: %v", limited)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if err := credfile.Update(ctx, path, set(1, "x"), credfile.WithLockFiles(lock)); !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Limit == credfile.DefaultLockLimit {
			t.Errorf("context: %v", err)
		}
		return nil
	}, credfile.WithLockFiles(lock))
	if err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("written without the lock: %v", err)
	}
}

// Whoever waits for a lock file that is removed must not go on with the removed one.
func TestRemovedLockFile(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be removed")
	}
	path := filepath.Join(t.TempDir(), "auth.json")
	inside, outside := make(chan struct{}), make(chan struct{})
	waiter := make(chan error, 1)
	err := credfile.Update(t.Context(), path, func(*credfile.Document) error {
		go func() {
			waiter <- credfile.Update(t.Context(), path, func(d *credfile.Document) error {
				close(inside)
				<-outside
				return d.Set(1, "waiter")
			})
		}()
		<-time.After(30 * time.Millisecond) // it waits on the file that goes
		return os.Remove(path + ".lock")
	})
	if err != nil {
		t.Fatal(err)
	}
	<-inside
	err = credfile.Update(t.Context(), path, set(2, "third"), credfile.WithLockLimit(30*time.Millisecond))
	if timeout := (*credfile.LockTimeoutError)(nil); !errors.As(err, &timeout) {
		t.Errorf("two are in: %v", err)
	}
	close(outside)
	if err := <-waiter; err != nil {
		t.Error(err)
	}
}
