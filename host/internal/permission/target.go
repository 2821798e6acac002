package permission

import (
	"path/filepath"
	"strings"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/host/internal/tool/shell"
)

// target is what a word of a command can name.
type target struct {
	// path is resolved. With a pattern it is the folder that the pattern
	// starts from.
	path    string
	pattern string
}

// targets are all places that a word can name; ok is false when there may be
// others.
func targets(cmd shell.Command, w shell.Word) (all []target, ok bool) {
	ok = w.Known()
	for _, value := range w.Values {
		if filepath.IsAbs(value) {
			all = append(all, newTarget(value, w.Glob))
			continue
		}
		ok = ok && !cmd.DirUnknown
		for _, dir := range cmd.Dirs {
			all = append(all, newTarget(dir+"/"+value, w.Glob))
		}
	}
	return all, ok
}

func newTarget(path string, glob bool) target {
	pattern := ""
	if at := strings.IndexAny(path, "*?["); glob && at >= 0 {
		path = strings.ReplaceAll(path, "[!", "[^") // bash takes both for "none of"
		slash := strings.LastIndexByte(path[:at], '/')
		path, pattern = path[:slash+1], path[slash+1:]
	}
	real, err := tool.RealPath(filepath.Clean(path))
	if err != nil {
		real = filepath.Clean(path)
	}
	return target{path: real, pattern: pattern}
}

// every reports whether the pattern's first part matches nearly everything.
func (t target) every() bool {
	first, _, _ := strings.Cut(t.pattern, "/")
	return strings.Trim(first, "*?.") == "" || strings.HasPrefix(first, "[") && strings.Trim(first[1:], "!^.*?]") == ""
}

// repository reports whether the pattern or path names a .git folder or
// something inside one.
func (t target) repository() bool {
	for part := range strings.SplitSeq(filepath.ToSlash(t.path), "/") {
		if part == ".git" {
			return true
		}
	}
	for part := range strings.SplitSeq(t.pattern, "/") {
		if matched, err := filepath.Match(part, ".git"); err != nil || matched && strings.HasPrefix(part, ".") {
			return true
		}
	}
	return false
}

// escapes reports whether the pattern can climb out of its folder.
func (t target) escapes() bool {
	return t.pattern == ".." || strings.HasPrefix(t.pattern, "../") || strings.Contains(t.pattern, "/..")
}

// treeReason says why a tree must not be deleted or changed as a whole.
func (p *Policy) treeReason(t target) string {
	switch {
	case t.pattern == "" && p.holdsRoot(t.path):
		return "it covers the whole working folder (" + t.path + ")"
	case t.pattern != "" && t.every() && p.holdsRoot(t.path):
		return "it covers everything in the working folder (" + t.path + ")"
	case t.escapes():
		return "its pattern climbs out of its folder"
	case p.isProtected(t.path) || p.isCredential(t.path):
		return t.path + " is protected"
	case p.inRoots(t.path) && t.repository():
		return "it covers the git repository's own data"
	case p.inRoots(t.path) || p.isScratch(t.path):
		return ""
	case t.pattern != "" && !t.every() && p.isScratch(filepath.Join(t.path, "x")):
		return ""
	}
	return t.path + " is outside of the working folder"
}
