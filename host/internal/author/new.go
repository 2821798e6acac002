package author

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/agnivade/levenshtein"

	"golang.org/x/mod/module"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// The kinds of plugin that can be made.
var kinds = []string{discover.KindHTTP, discover.KindCLI}

// Request is a module to make.
type Request struct {
	// Name is the provider's, Kind "http" or "cli".
	Name, Kind string
	// SDK is a version, "v1.2.3", or the folder of the SDK's module; empty is the
	// release of HostVersion.
	SDK string
	// Module is the path of the new module; empty is one of example.com.
	Module string
	// Dir is the folder to make, empty for one named like the plugin in
	// WorkingDir, which relative paths start from.
	Dir, WorkingDir string
	// HostVersion is the version of jcode.
	HostVersion string
	// Bundled are the names that a user's plugin cannot have without consent.
	Bundled []string
	// Environ is for the go command.
	Environ []string
}

// Made is a module that was made.
type Made struct {
	Name, Kind, Module string
	// Dir is absolute. Files are the paths below it, sorted.
	Dir   string
	Files []string
	// SDK is the version that it requires, or the folder that replaces it.
	SDK string
	// Warnings are what the author should know.
	Warnings []string
}

// New makes a module that compiles and passes its tests. It writes into a folder that
// is empty or does not exist, and nowhere else; after an error nothing is left. The
// error is an [*Error], or that of ctx.
func New(ctx context.Context, r Request) (Made, error) {
	made := Made{Name: r.Name, Kind: r.Kind, Dir: r.Dir}
	fail := func(kind Kind, remedy, format string, args ...any) (Made, error) {
		return Made{}, &Error{Op: "new plugin " + r.Name, Kind: kind, Detail: fmt.Sprintf(format, args...), Remedy: remedy}
	}
	switch {
	case !discover.ValidName(r.Name):
		return fail(KindUsage, "jcode plugins new acme", "a name is a-z, then a-z 0-9 -, 2 to 32 characters")
	case !slices.Contains(kinds, r.Kind):
		return fail(KindUsage, "jcode plugins new "+r.Name+" --kind http", "kind %q is neither http nor cli", r.Kind)
	case slices.Contains(r.Bundled, r.Name):
		return fail(KindUsage, "jcode plugins new my-"+r.Name, "a plugin of this name comes with jcode")
	case r.Module != "" && module.CheckPath(r.Module) != nil:
		return fail(KindUsage, "--module github.com/you/jcode-provider-"+r.Name, "%q is no module path", r.Module)
	}
	for _, name := range r.Bundled {
		if levenshtein.ComputeDistance(name, r.Name) == 1 {
			made.Warnings = append(made.Warnings, fmt.Sprintf("%s looks like %s, which comes with jcode: users are warned of it", r.Name, name))
		}
	}
	if made.Dir == "" {
		made.Dir = r.Name
	}
	if !filepath.IsAbs(made.Dir) {
		made.Dir = filepath.Join(r.WorkingDir, made.Dir)
	}
	if err := vacant(made.Dir); err != nil {
		return fail(KindUsage, "jcode plugins new "+r.Name+" --dir ANOTHER", "%v; nothing is overwritten", err)
	}
	sdk, err := sdkOf(r)
	if err != nil {
		return Made{}, err
	}
	n := namesOf(r.Name, r.Module)
	made.Module, made.SDK = n.module, sdk.text()
	files, err := filesOf(r.Kind, n)
	if err != nil {
		return Made{}, &Error{Op: "new plugin " + r.Name, Kind: KindFile, Err: err}
	}
	files = append(files, sdk.moduleFiles(n)...)
	if err := write(made.Dir, files); err != nil {
		return Made{}, &Error{Op: "new plugin " + r.Name, Kind: KindFile, Err: err, Remedy: "check " + filepath.Dir(made.Dir)}
	}
	for _, f := range files {
		made.Files = append(made.Files, f.path)
	}
	slices.Sort(made.Files)
	warning, err := sdk.tidy(ctx, made.Dir, r.Environ)
	if warning != "" {
		made.Warnings = append(made.Warnings, warning)
	}
	return made, err
}

// vacant says what is in the way of a new folder.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		if info, statErr := os.Stat(dir); statErr == nil && !info.IsDir() {
			return fmt.Errorf("%s is a file", dir)
		}
		return err
	case len(entries) > 0:
		return fmt.Errorf("%s holds %s already", dir, entries[0].Name())
	}
	return nil
}
