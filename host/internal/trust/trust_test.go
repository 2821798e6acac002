package trust

import (
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// tree makes folders below a temporary one; those that end in ".git" make their
// parent a repository.
func tree(t *testing.T, folders ...string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range folders {
		if err := os.MkdirAll(filepath.Join(root, filepath.FromSlash(name)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestTrustReachesTheWholeRepositoryAndNoFurther(t *testing.T) {
	t.Parallel()
	root := tree(t, "repo/.git", "repo/sub/deep", "repo/vendored/.git", "plain/sub", "other/.git")
	if err := os.Symlink(filepath.Join(root, "repo"), filepath.Join(root, "link")); err != nil {
		t.Skip(err)
	}
	s := NewStore(filepath.Join(root, "home"))
	for _, dir := range []string{"repo/sub", "plain"} {
		if _, added, err := s.Add(t.Context(), filepath.Join(root, dir)); err != nil || !added {
			t.Fatal(dir, added, err)
		}
	}
	for dir, want := range map[string]bool{
		"repo": true, "repo/sub/deep": true, "link": true, "link/sub": true, "plain": true,
		"repo/vendored": false, "plain/sub": false, "other": false, "missing": false, "": false,
	} {
		got, err := s.Trusted(filepath.Join(root, dir))
		if err != nil || got != want {
			t.Errorf("%q: %v, %v; want %v", dir, got, err, want)
		}
	}
}

func TestAddAndRemove(t *testing.T) {
	t.Parallel()
	root := tree(t, "repo/.git", "repo/sub", "gone")
	s := NewStore(filepath.Join(root, "home"))
	folder, _, err := s.Add(t.Context(), filepath.Join(root, "repo/sub"))
	if err != nil || folder.Path != filepath.Join(root, "repo") || !folder.Repository || folder.Added.IsZero() {
		t.Fatal(folder, err)
	}
	if _, added, err := s.Add(t.Context(), filepath.Join(root, "repo")); added || err != nil {
		t.Error("trusted twice", err)
	}
	if _, _, err := s.Add(t.Context(), filepath.Join(root, "gone")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(root, "gone")); err != nil {
		t.Fatal(err)
	}
	if all, err := s.List(); err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	for _, dir := range []string{"gone", "repo/sub"} {
		if _, removed, err := s.Remove(t.Context(), filepath.Join(root, dir)); !removed || err != nil {
			t.Error(dir, removed, err)
		}
	}
	if _, removed, err := s.Remove(t.Context(), filepath.Join(root, "repo")); removed || err != nil {
		t.Error(removed, err)
	}
	if info, err := os.Stat(s.File()); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
}

// A record that cannot be read trusts nothing, and says so.
func TestBrokenRecordTrustsNothing(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"no JSON": `{"folders":[`, "other form": `{"folders":"all"}`} {
		root := tree(t, "repo/.git", "home")
		s := NewStore(filepath.Join(root, "home"))
		if err := os.WriteFile(s.File(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if trusted, err := s.Trusted(filepath.Join(root, "repo")); trusted || err == nil {
			t.Errorf("%s: %v, %v", name, trusted, err)
		}
	}
}

func TestManyAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	const many = 8
	names := make([]string, many)
	for i := range names {
		names[i] = "p" + string(rune('a'+i))
	}
	root := tree(t, names...)
	var all sync.WaitGroup
	for _, name := range names {
		all.Go(func() {
			if _, _, err := NewStore(filepath.Join(root, "home")).Add(t.Context(), filepath.Join(root, name)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, err := NewStore(filepath.Join(root, "home")).List(); err != nil || len(got) != many {
		t.Errorf("%d of %d kept: %v", len(got), many, err)
	}
}
