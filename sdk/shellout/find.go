package shellout

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/jcode-go/jcode/sdk"
)

// Program says which vendor's program is wanted.
type Program struct {
	// Name is looked for in the folders of PATH, "acme"; or a path, absolute or
	// with a separator in it, which is taken as it is.
	Name string
	// Dir is what a relative path is relative to: the user's folder, absolute.
	// Empty refuses relative paths.
	Dir string
	// Folders are absolute and looked into after those of PATH: a vendor's
	// installer may use one that a graphical session does not have in its PATH.
	Folders []string
	// Install is the command that installs it, or where to get it. It becomes
	// the remedy of the error.
	Install string
}

// Find returns the absolute path of the program, links not resolved. PATH is that
// of environment, the program's own, not of this process; entries of it that are
// not absolute are passed over, so that nothing is ever taken from the working
// directory. On Windows PATHEXT is that of environment too.
//
// An error is a [*sdk.Error]: of kind cli_missing with those of Folders that were
// looked into, or of kind configuration when the file is there but may not be
// executed.
func (p Program) Find(environment []string) (string, error) {
	if p.Name == "" || strings.IndexByte(p.Name, 0) >= 0 {
		return "", p.failure(sdk.KindConfiguration, fmt.Sprintf("%q is no name of a program", p.Name))
	}
	if strings.ContainsAny(p.Name, separators) || filepath.IsAbs(p.Name) {
		return p.asPath(environment)
	}
	folders := p.folders(environment)
	var refused error
	for _, folder := range folders {
		for _, name := range candidates(p.Name, environment) {
			path := filepath.Join(folder, name)
			err := executable(path)
			if err == nil {
				return path, nil
			}
			if refused == nil && !errors.Is(err, fs.ErrNotExist) {
				refused = p.refused(path, err)
			}
		}
	}
	if refused != nil {
		return "", refused
	}
	return "", p.missing(environment)
}

// asPath checks the path that the name is.
func (p Program) asPath(environment []string) (string, error) {
	path := filepath.Clean(p.Name)
	if !filepath.IsAbs(path) {
		if !filepath.IsAbs(p.Dir) {
			return "", p.failure(sdk.KindConfiguration, "path "+quote(p.Name)+" is not absolute")
		}
		path = filepath.Join(p.Dir, path)
	}
	var first error
	for _, candidate := range candidates(path, environment) {
		err := executable(candidate)
		if err == nil {
			return candidate, nil
		}
		if first == nil {
			first = err
		}
	}
	if errors.Is(first, fs.ErrNotExist) {
		return "", p.failure(sdk.KindCLIMissing, "there is no program "+path)
	}
	return "", p.refused(path, first)
}

// folders are the ones to look into, in order, each once.
func (p Program) folders(environment []string) []string {
	var all []string
	seen := map[string]bool{}
	for _, folder := range append(filepath.SplitList(lookup(environment, "PATH")), p.Folders...) {
		folder = strings.Trim(folder, `"`) // Windows allows it
		if !filepath.IsAbs(folder) {
			continue
		}
		if folder = filepath.Clean(folder); !seen[folder] {
			seen[folder] = true
			all = append(all, folder)
		}
	}
	return all
}

// missing names only the folders that the user cannot know: those of PATH are a
// screen full, and the same in every message.
func (p Program) missing(environment []string) *sdk.Error {
	path, all := Program{}.folders(environment), p.folders(environment)
	message := p.Name + " is not installed: it is not in PATH"
	if len(path) == 0 {
		message = p.Name + " is not installed: PATH names no folder to look into"
	}
	if own := all[len(path):]; len(own) > 0 {
		message += ", nor is it in " + strings.Join(own, " or ")
	}
	return p.failure(sdk.KindCLIMissing, message)
}

func (p Program) refused(path string, err error) *sdk.Error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err // the path is in the message already
	}
	e := p.failure(sdk.KindConfiguration, path+" cannot be executed: "+err.Error())
	if e.Remedy = p.Install; errors.Is(err, fs.ErrPermission) {
		e.Remedy = "chmod +x " + path
	}
	return e
}

func (p Program) failure(kind sdk.Kind, message string) *sdk.Error {
	e := &sdk.Error{Kind: kind, Op: "find program", Message: message}
	if kind == sdk.KindCLIMissing {
		e.Remedy = p.Install
	}
	return e
}

func quote(s string) string { return fmt.Sprintf("%q", s) }
