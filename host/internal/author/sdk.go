package author

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// sdkModule is the module path of the SDK.
const sdkModule = "github.com/jcode-go/jcode/sdk"

// sdk is the one that a new module uses: a release, or a folder.
type sdk struct {
	version string
	folder  string // absolute; empty for a release
	// mod and sum are the folder's module files.
	mod *modfile.File
	sum []byte
}

// releasePattern is what a release tag looks like: not what `git describe` makes of a
// commit after one.
var releasePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^v\d+\.\d+\.\d+(-(alpha|beta|rc)[.0-9]*)?$`)
})

// sdkOf reads what was asked for.
func sdkOf(r Request) (sdk, error) {
	version := r.HostVersion
	if !strings.HasPrefix(version, "v") {
		version = "v" + version
	}
	command := fmt.Sprintf("jcode plugins new %s --kind %s --sdk /path/to/jcode/sdk", r.Name, r.Kind)
	switch {
	case r.SDK == "" && releasePattern().MatchString(version):
		return sdk{version: version}, nil
	case r.SDK == "":
		return sdk{}, &Error{
			Op: "new plugin " + r.Name, Kind: KindUsage, Remedy: command,
			Detail: "this jcode is a development build (" + r.HostVersion + "): there is no released SDK to go with it, so name the folder of one",
		}
	case semver.IsValid(r.SDK):
		return sdk{version: r.SDK}, nil
	}
	folder := r.SDK
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(r.WorkingDir, folder)
	}
	s, err := sdkIn(folder)
	if errors.Is(err, errNoSDK) { // the folder of the whole project
		s, err = sdkIn(filepath.Join(folder, "sdk"))
	}
	if err != nil {
		return sdk{}, &Error{
			Op: "new plugin " + r.Name, Kind: KindUsage, Remedy: command,
			Detail: fmt.Sprintf("--sdk %s: neither a version like v1.2.3 nor the folder of the module %s", r.SDK, sdkModule),
		}
	}
	return s, nil
}

var errNoSDK = errors.New("not the SDK")

// sdkIn reads the SDK's module files.
func sdkIn(folder string) (sdk, error) {
	data, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	if err != nil {
		return sdk{}, errNoSDK
	}
	mod, err := modfile.Parse("go.mod", data, nil)
	if err != nil || mod.Module == nil || mod.Module.Mod.Path != sdkModule {
		return sdk{}, errNoSDK
	}
	sum, err := os.ReadFile(filepath.Join(folder, "go.sum"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return sdk{}, err
	}
	return sdk{version: "v0.0.0", folder: folder, mod: mod, sum: sum}, nil
}

func (s sdk) text() string {
	if s.folder != "" {
		return s.folder
	}
	return s.version
}

// goVersion is for a module whose SDK is not here to be asked.
const goVersion = "1.26.0"

// moduleFiles are go.mod and go.sum. Those for a folder are complete: everything that
// the SDK needs, with its sums, so that the module compiles without a network.
func (s sdk) moduleFiles(n names) []file {
	var mod bytes.Buffer
	version := goVersion
	if s.mod != nil && s.mod.Go != nil {
		version = s.mod.Go.Version
	}
	fmt.Fprintf(&mod, "module %s\n\ngo %s\n\nrequire %s %s\n", n.module, version, sdkModule, s.version)
	if s.folder == "" {
		return []file{{"go.mod", mod.Bytes()}}
	}
	mod.WriteString("\nrequire (\n")
	for _, r := range s.mod.Require {
		fmt.Fprintf(&mod, "\t%s %s // indirect\n", r.Mod.Path, r.Mod.Version)
	}
	fmt.Fprintf(&mod, ")\n\nreplace %s => %s\n", sdkModule, modfile.AutoQuote(filepath.ToSlash(s.folder)))
	return []file{{"go.mod", mod.Bytes()}, {"go.sum", s.sum}}
}

// tidyLimit is for a module proxy that does not answer.
const tidyLimit = 2 * time.Minute

// tidy has the go command drop what is not needed, or, for a release, find it. What
// does not work is a warning: the sources are there. For a folder nothing is
// downloaded.
func (s sdk) tidy(ctx context.Context, dir string, environ []string) (warning string, err error) {
	program, err := goProgram(environ)
	if err != nil {
		return "there is no go command on PATH: the module needs Go " + goVersion + " or newer (https://go.dev/dl) to be built", nil
	}
	limited, cancel := context.WithTimeout(ctx, tidyLimit)
	defer cancel()
	command := exec.CommandContext(limited, program, "mod", "tidy")
	command.Dir, command.WaitDelay = dir, time.Second
	command.Env = append(slices.Clone(environ), "GOWORK=off", "GOFLAGS=-mod=mod")
	if s.folder != "" {
		command.Env = append(command.Env, "GOPROXY=off")
	}
	out, err := command.CombinedOutput()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err == nil:
		return "", nil
	case s.folder != "": // the modules are not all here; go.mod and go.sum are complete all the same
		return "", s.restore(dir)
	}
	return "go mod tidy did not find the SDK " + s.version + " (" + lastLine(out, err) + "): run it in " + dir + " before make test", nil
}

// restore writes the module files that tidy may have begun to change.
func (s sdk) restore(dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return err
	}
	for _, f := range s.moduleFiles(names{module: modfile.ModulePath(data)}) {
		if err := os.WriteFile(filepath.Join(dir, f.path), f.data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// goProgram finds the go command in the PATH of environ.
func goProgram(environ []string) (string, error) {
	path, err := lookPath(environ, "go")
	if err != nil {
		return "", &Error{Op: "find the go command", Kind: KindBuild, Detail: "it is not on PATH", Remedy: "install Go " + goVersion + " or newer: https://go.dev/dl"}
	}
	return path, nil
}

// lastLine is what the go command said last, or how it ended.
func lastLine(out []byte, err error) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return last
	}
	return err.Error()
}
