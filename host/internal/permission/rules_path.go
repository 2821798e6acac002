package permission

import (
	"path/filepath"
	"runtime"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/jcode-go/jcode/host/internal/tool"
)

// paths is the pattern of a rule about files.
type paths struct {
	// base is the part without wildcards, resolved; pattern is the rest, relative
	// to it. Without a base the rule is about every file.
	base, pattern string
}

func newPaths(pattern, dir, userHome string) paths {
	pattern = filepath.ToSlash(pattern)
	if pattern == "~" || strings.HasPrefix(pattern, "~/") {
		pattern = filepath.ToSlash(userHome) + pattern[1:]
	}
	if strings.HasSuffix(pattern, "/") {
		pattern += "**"
	}
	fixed, rest := splitPattern(pattern)
	fixed = filepath.FromSlash(fixed)
	if !filepath.IsAbs(fixed) {
		fixed = filepath.Join(dir, fixed)
	}
	real, err := tool.RealPath(filepath.Clean(fixed))
	if err != nil {
		real = filepath.Clean(fixed)
	}
	return paths{base: real, pattern: rest}
}

// splitPattern divides a pattern before its first part with a wildcard.
func splitPattern(pattern string) (fixed, rest string) {
	at := strings.IndexAny(pattern, `*?[{\`)
	if at < 0 {
		return pattern, ""
	}
	slash := strings.LastIndexByte(pattern[:at], '/')
	return pattern[:slash+1], pattern[slash+1:]
}

// match reports whether the rule is about just this path.
func (p paths) match(path string) bool {
	if p.base == "" {
		return true
	}
	rest, ok := tool.Inside(p.base, path)
	if !ok {
		return false
	}
	if p.pattern == "" {
		return rest == "."
	}
	matched, err := doublestar.Match(p.pattern, filepath.ToSlash(rest))
	return err == nil && matched
}

// covers reports whether the rule is about a path or a folder above it; what must
// not be touched as a whole must not be touched in parts. Where file names do not
// differ by case, patterns do not either.
func (p paths) covers(path string) bool {
	if p.base == "" {
		return true
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		p.base, p.pattern, path = strings.ToLower(p.base), strings.ToLower(p.pattern), strings.ToLower(path)
	}
	for at := path; ; at = filepath.Dir(at) {
		if p.match(at) {
			return true
		}
		if at == filepath.Dir(at) {
			return false
		}
	}
}

// below reports whether a folder holds something that the rule is about.
func (p paths) below(folder string) bool {
	return p.base == "" || within(folder, p.base) || within(p.base, folder) && strings.Contains(p.pattern, "**")
}
