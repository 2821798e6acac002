package permission

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/tool"
)

// protectedInHome are folders and files in the user's home that no tool
// changes: keys, cloud accounts, and what runs at every login.
var protectedInHome = []string{
	".ssh", ".aws", ".gnupg", ".kube", ".docker", ".config/gcloud", ".config/gh", ".netrc", ".git-credentials", ".jcode",
	".bashrc", ".bash_profile", ".bash_login", ".profile", ".zshrc", ".zshenv", ".zprofile", ".config/fish",
	".config/autostart", ".config/systemd",
}

// protectedInSystem are folders of the system that no tool changes.
var protectedInSystem = []string{
	"/etc", "/dev", "/proc", "/sys", "/boot", "/bin", "/sbin", "/lib", "/lib64", "/usr/bin", "/usr/sbin", "/usr/lib",
	"/System", "/Library", "/private/etc", `C:\Windows`, `C:\Program Files`,
}

func (p *Policy) protectedPaths() []string {
	paths := slices.Clone(protectedInSystem)
	if p.userHome != "" {
		for _, name := range protectedInHome {
			paths = append(paths, filepath.Join(p.userHome, filepath.FromSlash(name)))
		}
	}
	return append(paths, p.home)
}

// credentialPaths are jcode's own credentials and those the caller named.
func (p *Policy) credentialPaths(others []string) []string {
	paths := slices.Clone(others)
	if p.home != "" {
		paths = append(paths, filepath.Join(p.home, "auth.json"), filepath.Join(p.home, "data"))
	}
	return paths
}

// isCredential reports whether a path is a credential file, or in a folder of
// them. What the kernel tells about other processes counts: their environment
// holds keys.
func (p *Policy) isCredential(path string) bool {
	return slices.ContainsFunc(p.credentials, func(c string) bool { return within(c, path) }) || processSecret(path)
}

func processSecret(path string) bool {
	rest, ok := strings.CutPrefix(filepath.ToSlash(path), "/proc/")
	if !ok {
		return false
	}
	switch rest[strings.LastIndexByte(rest, '/')+1:] {
	case "environ", "mem", "auxv", "maps", "kcore":
		return true
	}
	return false
}

// isProtected reports whether a path is in a protected place, unless the user
// made a folder inside that very place a root.
func (p *Policy) isProtected(path string) bool {
	return slices.ContainsFunc(p.protected, func(place string) bool {
		if !within(place, path) {
			return false
		}
		return !slices.ContainsFunc(p.roots, func(root string) bool { return within(place, root) && within(root, path) })
	})
}

func (p *Policy) inRoots(path string) bool {
	return slices.ContainsFunc(p.roots, func(root string) bool { return within(root, path) })
}

// inTemp reports whether a path is below a temporary folder; the folder itself
// does not count.
func (p *Policy) inTemp(path string) bool {
	return slices.ContainsFunc(p.temps, func(temp string) bool { return temp != path && within(temp, path) })
}

// isScratch reports whether a tree is temporary and may be deleted. Where the
// user works, or lives, below a temporary folder, what stands there is no
// scratch: it is the working folder's surroundings.
func (p *Policy) isScratch(path string) bool {
	return slices.ContainsFunc(p.temps, func(temp string) bool {
		return temp != path && within(temp, path) && !p.holdsRoot(temp) && (p.userHome == "" || !within(temp, p.userHome))
	})
}

// holdsRoot reports whether a path is a root or above one.
func (p *Policy) holdsRoot(path string) bool {
	return slices.ContainsFunc(p.roots, func(root string) bool { return within(path, root) })
}

func within(root, path string) bool {
	_, ok := tool.Inside(root, path)
	return ok
}
