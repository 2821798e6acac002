package author

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/modfile"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// Builder builds the plugin of one module, each time into a folder of its own, so
// that what runs keeps its file. It is for one goroutine. Close it.
type Builder struct {
	// Dir is the module's folder, absolute; Name the plugin's, from its manifest.
	Dir, Name string
	// Debug leaves out what makes a program hard to look into.
	Debug bool
	// Log is where what is debugged writes its standard error; nil is nowhere.
	Log *os.File

	version string
	goTool  string
	environ []string
	scratch string // holds the builds
	builds  []string
}

// Built is one build.
type Built struct {
	// Program is the file; its manifest lies beside it.
	Program string
	Took    time.Duration
}

// NewBuilder looks at the module in dir. Builds go below scratch, which is made, and
// removed by Close. The error is an [*Error].
func NewBuilder(dir, scratch string, environ []string) (*Builder, error) {
	b := &Builder{Dir: dir, scratch: scratch, environ: environ}
	if err := b.readManifest(); err != nil {
		return nil, err
	}
	var err error
	if b.goTool, err = goProgram(environ); err != nil {
		return nil, err
	}
	if err := b.findProgram(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(scratch, 0o700); err != nil {
		return nil, &Error{Op: "make folder for builds", Kind: KindFile, Err: err}
	}
	return b, nil
}

func (b *Builder) manifest() string { return filepath.Join(b.Dir, discover.ManifestName) }

func (b *Builder) readManifest() error {
	data, err := os.ReadFile(b.manifest())
	if err != nil {
		return &Error{
			Op: "read plugin", Kind: KindUsage, Detail: "there is no " + discover.ManifestName + " in " + b.Dir,
			Remedy: "jcode plugins dev DIR, with the folder that jcode plugins new made",
		}
	}
	m, _, err := discover.ParseManifest(data)
	switch {
	case err != nil:
		return &Error{Op: "read plugin", Kind: KindBuild, Detail: b.manifest() + ":" + err.Error(), Remedy: "correct the manifest"}
	case b.Name != "" && m.Name != b.Name:
		return &Error{Op: "read plugin", Kind: KindBuild, Detail: fmt.Sprintf("%s: the name is %s now, and was %s", b.manifest(), m.Name, b.Name), Remedy: "start jcode plugins dev anew"}
	}
	b.Name, b.version = m.Name, m.Version
	return nil
}

// Package is the program's, below the module: the one that plugins new makes, or, for
// a plugin of one file, the module's own folder.
func (b *Builder) Package() string {
	if program := "./cmd/" + discover.Prefix + b.Name; !b.holdsMain() || b.isFolder(program) {
		return program
	}
	return "."
}

// findProgram fails where there is none. What does not compile is another matter.
func (b *Builder) findProgram() error {
	if b.isFolder(b.Package()) {
		return nil
	}
	return &Error{
		Op: "read plugin", Kind: KindUsage,
		Detail: fmt.Sprintf("%s holds no Go program: neither %s nor a package main", b.Dir, b.Package()),
		Remedy: "jcode run --plugin " + b.Name + "=PROGRAM starts a plugin in another language without a build",
	}
}

func (b *Builder) isFolder(below string) bool {
	info, err := os.Stat(filepath.Join(b.Dir, below))
	return err == nil && info.IsDir()
}

// packageMain is the clause, as gofmt writes it.
var packageMain = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^package main\b`) })

// holdsMain reports whether a file of the module's own folder is of package main.
func (b *Builder) holdsMain() bool {
	files, _ := filepath.Glob(filepath.Join(b.Dir, "*.go"))
	return slices.ContainsFunc(files, func(path string) bool {
		data, err := os.ReadFile(path)
		return err == nil && packageMain().Match(data)
	})
}

// Build builds the program. The error is an [*Error], with the compiler's output, or
// that of ctx.
func (b *Builder) Build(ctx context.Context) (Built, error) {
	begin := time.Now()
	if err := b.readManifest(); err != nil {
		return Built{}, err
	}
	folder := filepath.Join(b.scratch, fmt.Sprint(len(b.builds)+1))
	if err := os.Mkdir(folder, 0o700); err != nil {
		return Built{}, &Error{Op: "make folder for build", Kind: KindFile, Err: err}
	}
	b.builds = append(b.builds, folder)
	program := filepath.Join(folder, discover.Prefix+b.Name)
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if err := b.compile(ctx, program); err != nil {
		_ = os.RemoveAll(folder)
		return Built{}, err
	}
	manifest, err := os.ReadFile(b.manifest())
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, discover.ManifestName), manifest, 0o600)
	}
	if err != nil {
		return Built{}, &Error{Op: "copy manifest", Kind: KindFile, Err: err}
	}
	b.forgetOld()
	return Built{Program: program, Took: time.Since(begin)}, nil
}

func (b *Builder) compile(ctx context.Context, program string) error {
	args := []string{"build", "-tags", "grpcnotrace", "-ldflags", "-X main.version=" + b.version, "-o", program}
	if b.Debug {
		args = append(args, "-gcflags", b.module()+"/...=-N -l") // what others wrote stays as it is in the cache
	}
	out, err := b.run(ctx, append(args, b.Package())...)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return &Error{Op: "build " + b.Name, Kind: KindBuild, Err: err, Output: strings.TrimSpace(string(out)), Remedy: "mend it and save: it is built again"}
	}
	return nil
}

// module is the path of the module; empty when go.mod cannot be read, which the go
// command then reports.
func (b *Builder) module() string {
	data, err := os.ReadFile(filepath.Join(b.Dir, "go.mod"))
	if err != nil {
		return ""
	}
	return modfile.ModulePath(data)
}

// run runs the go command in the module. A workspace further up is not used unless
// GOWORK says so, as in the Makefile.
func (b *Builder) run(ctx context.Context, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, b.goTool, args...)
	command.Dir, command.WaitDelay = b.Dir, time.Second
	command.Env = slices.Clone(b.environ)
	if !slices.ContainsFunc(b.environ, func(entry string) bool { return strings.HasPrefix(entry, "GOWORK=") }) {
		command.Env = append(command.Env, "GOWORK=off")
	}
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	return out.Bytes(), err
}

// kept is how many builds stay: the last, and the one before that may still run.
const kept = 2

// forgetOld removes builds that nothing needs. Where a program that runs cannot be
// removed it stays until Close.
func (b *Builder) forgetOld() {
	for _, folder := range b.builds[:max(len(b.builds)-kept, 0)] {
		_ = os.RemoveAll(folder)
	}
}

// Close removes the builds.
func (b *Builder) Close() { _ = os.RemoveAll(b.scratch) }

// NameOf reads the plugin's name from the manifest of the module in dir.
func NameOf(dir string) (string, error) {
	b := Builder{Dir: dir}
	err := b.readManifest()
	return b.Name, err
}
