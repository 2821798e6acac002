package host

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"github.com/jcode-go/jcode/host/internal/trust"
)

// TrustedFolder is a project folder whose own files may widen what jcode does.
type TrustedFolder struct {
	// Path is absolute, its symbolic links resolved.
	Path string
	// Repository says that it is the root of a git repository.
	Repository bool
	Added      time.Time
}

// Trusted reports whether the project that holds dir is trusted: by a `jcode
// trust` of before, or by --trust-project for the project that the user works in.
// Whatever is unclear is not trusted. What the files of a project that is not
// trusted say may only narrow: no program, plugin, folder or right comes from them.
func (h *Host) Trusted(dir string) bool {
	trusted, err := h.trusted(dir)
	return trusted && err == nil
}

func (h *Host) trusted(dir string) (bool, error) {
	if h.options.TrustProject && h.sameProject(dir) {
		return true, nil
	}
	if h.options.Clean {
		return false, nil
	}
	return h.trust().Trusted(dir)
}

func (h *Host) sameProject(dir string) bool {
	here, err := trust.Project(h.options.WorkingDir)
	if err != nil {
		return false
	}
	there, err := trust.Project(dir)
	return err == nil && here.Path == there.Path
}

func (h *Host) trust() trust.Store { return trust.NewStore(h.home) }

// TrustAdd trusts the project that holds dir, from now on. added is false when it
// was trusted before.
func (h *Host) TrustAdd(ctx context.Context, dir string) (folder TrustedFolder, added bool, err error) {
	project, err := trust.Project(dir)
	if err != nil {
		return TrustedFolder{}, false, &UsageError{Message: err.Error()}
	}
	if h.tooWide(project.Path) {
		return TrustedFolder{}, false, &UsageError{
			Message: "trust " + project.Path + ": that folder holds everything you have, also what you did not write",
			Remedy:  "jcode trust DIR, with a project's folder; or --trust-project for one run",
		}
	}
	found, added, err := h.trust().Add(ctx, dir)
	return TrustedFolder(found), added, err
}

// tooWide reports whether a folder is the root of the file system, or holds the
// user's home.
func (h *Host) tooWide(path string) bool {
	home, err := filepath.EvalSymlinks(h.userHome())
	if err != nil {
		home = filepath.Clean(h.userHome())
	}
	return path == filepath.Dir(path) || slices.Contains([]string{home, filepath.Dir(home)}, path)
}

// TrustRemove ends the trust in the project that holds dir. removed is false when
// it was not trusted.
func (h *Host) TrustRemove(ctx context.Context, dir string) (folder TrustedFolder, removed bool, err error) {
	found, removed, err := h.trust().Remove(ctx, dir)
	return TrustedFolder(found), removed, err
}

// TrustList is every trusted folder, sorted by path.
func (h *Host) TrustList() ([]TrustedFolder, error) {
	all, err := h.trust().List()
	out := make([]TrustedFolder, 0, len(all))
	for _, folder := range all {
		out = append(out, TrustedFolder(folder))
	}
	return out, err
}
