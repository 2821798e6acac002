package install

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// goVariables are what the go command is given of the user's environment, besides
// everything that begins with GO.
var goVariables = []string{
	"PATH", "HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE", "LOCALAPPDATA", "SYSTEMROOT", "APPDATA", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "NETRC",
}

// buildModule has the go command build the package, through the module proxy and
// its checksum database, and checks that what came is what was asked for.
func (in *Installer) buildModule(ctx context.Context, s source, work *stage) (fetched, error) {
	tool, err := in.lookGo()
	if err != nil {
		return fetched{}, err
	}
	target := work.in("go")
	if err := os.MkdirAll(target, 0o700); err != nil {
		return fetched{}, storeError("make folder for the build", err)
	}
	in.progress(Progress{Text: "build " + s.path + "@" + s.wanted})
	cmd := exec.CommandContext(ctx, tool, "install", "-trimpath", "-ldflags=-s -w", s.path+"@"+s.wanted)
	cmd.Dir, cmd.Env, cmd.WaitDelay = work.path, in.goEnvironment(target), 2*time.Second
	said, err := cmd.CombinedOutput()
	in.progress(Progress{Text: "build " + s.path + "@" + s.wanted, Finished: true})
	if err != nil {
		if ctx.Err() != nil {
			return fetched{}, ctx.Err()
		}
		return fetched{}, &Error{
			Op: "build " + s.path + "@" + s.wanted, Kind: KindBuild, Detail: lastLines(said), Err: err,
			Remedy: "go install " + s.path + "@" + s.wanted + " shows the same by hand",
		}
	}
	return in.built(ctx, s, target)
}

func (in *Installer) lookGo() (string, error) {
	name := "go"
	if runtime.GOOS == "windows" {
		name = "go.exe"
	}
	for _, dir := range filepath.SplitList(in.env("PATH")) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && !info.IsDir() && filepath.IsAbs(dir) {
			return file, nil
		}
	}
	return "", problem(KindBuild, "install Go from https://go.dev/dl, or another kind of source", "the go command is not on PATH")
}

// goEnvironment is what the build sees: the user's Go settings and no secrets of
// others. No other toolchain is downloaded and no C compiler is run.
func (in *Installer) goEnvironment(target string) []string {
	var env []string
	for _, entry := range in.Environ {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "GO") || slices.Contains(goVariables, name) {
			env = append(env, entry)
		}
	}
	return append(env, "GOBIN="+target, "GOTOOLCHAIN=local", "CGO_ENABLED=0", "GOWORK=off", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
}

// lastLines keeps the end of what the go command said.
func lastLines(said []byte) string {
	lines := strings.Split(strings.TrimSpace(strings.ToValidUTF8(string(said), "?")), "\n")
	if len(lines) > 4 {
		lines = lines[len(lines)-4:]
	}
	return strings.Join(lines, " | ")
}

// built checks what the go command has made.
func (in *Installer) built(ctx context.Context, s source, target string) (fetched, error) {
	entries, err := os.ReadDir(target)
	if err != nil {
		return fetched{}, storeError("read build", err)
	}
	if len(entries) != 1 {
		return fetched{}, problem(KindBuild, "name the folder of a main package", "%s built %d programs, not one", s.path, len(entries))
	}
	file := filepath.Join(target, entries[0].Name())
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return fetched{}, &Error{Op: "read build info of " + s.path, Kind: KindIntegrity, Err: err}
	}
	if info.Path != s.path {
		return fetched{}, problem(KindIntegrity, "", "%s was asked for, and the program was built from %s", s.path, info.Path)
	}
	if exact := strings.HasPrefix(s.wanted, "v") && strings.Count(s.wanted, ".") >= 2; exact && info.Main.Version != s.wanted {
		return fetched{}, problem(KindIntegrity, "", "version %s was asked for, and %s was built", s.wanted, info.Main.Version)
	}
	if _, ok := discover.NameOf(entries[0].Name()); !ok {
		return fetched{}, problem(KindManifest, "the main package must lie in a folder called "+discover.Prefix+"NAME",
			"%s builds %s, which is not called like a plugin", s.path, path.Base(entries[0].Name()))
	}
	f := fetched{
		file: file, name: entries[0].Name(), version: strings.TrimPrefix(info.Main.Version, "v"), goSum: info.Main.Sum,
		url: fmt.Sprintf("%s@%s", info.Main.Path, info.Main.Version),
	}
	return f, in.moduleManifest(ctx, s, info.Main.Path, info.Main.Version, file)
}

// moduleManifest copies the plugin.toml of the package out of the module cache, if
// it has one: the go command builds programs only.
func (in *Installer) moduleManifest(ctx context.Context, s source, module, version, file string) error {
	tool, err := in.lookGo()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, tool, "mod", "download", "-json", module+"@"+version)
	cmd.Env, cmd.Dir = in.goEnvironment(filepath.Dir(file)), filepath.Dir(file)
	out, err := cmd.Output()
	if err != nil {
		return &Error{Op: "find the sources of " + module, Kind: KindBuild, Err: err}
	}
	var sources struct{ Dir string }
	if err := json.Unmarshal(out, &sources); err != nil {
		return &Error{Op: "find the sources of " + module, Kind: KindBuild, Err: err}
	}
	dir := sources.Dir
	below := strings.TrimPrefix(strings.TrimPrefix(s.path, module), "/")
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(below), discover.ManifestName))
	if errors.Is(err, os.ErrNotExist) {
		text, err = os.ReadFile(filepath.Join(dir, discover.ManifestName))
	}
	if errors.Is(err, os.ErrNotExist) || dir == "" {
		return nil
	}
	if err != nil {
		return storeError("read manifest", err)
	}
	return storeErrorOrNil("write manifest", os.WriteFile(filepath.Join(filepath.Dir(file), discover.ManifestName), text, 0o600))
}
