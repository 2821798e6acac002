package launch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/discover"
	sdkplugin "github.com/jcode-go/jcode/sdk/plugin"
)

// Sandbox says what walls a plugin's files off.
type Sandbox struct {
	// State is "landlock", "off", or "unproven" when the plugin does not answer
	// the probe.
	State string
	// Detail is the reason, or what the probe found.
	Detail string
}

// The states of a sandbox.
const (
	SandboxOn       = "landlock"
	SandboxNone     = "off"
	SandboxUnproven = "unproven"
)

// errNoLandlock says that the kernel has none.
var errNoLandlock = errors.New("this kernel has no Landlock")

// SandboxOff says why a plugin gets no sandbox, or returns an empty state for one
// that gets it where the system has it.
func SandboxOff(p discover.Plugin) (state, detail string) {
	switch {
	case p.Source == discover.SourceBundled:
		return SandboxNone, "bundled"
	case p.Source != discover.SourceInstalled:
		return SandboxNone, "your own path"
	case p.Kind == discover.KindCLI || len(p.Manifest.Programs.Run) > 0:
		return SandboxNone, "it runs a vendor's program"
	case runtime.GOOS != "linux":
		return SandboxNone, runtime.GOOS + " has no Landlock"
	}
	return "", ""
}

// wall is what a sandboxed plugin may touch: everything else is closed.
type wall struct {
	// read may be read and executed, write also changed.
	read, write []string
}

// systemFolders hold libraries, interpreters and certificates, and nobody's data.
var systemFolders = []string{
	"/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/opt", "/nix/store", "/gnu/store", "/snap", "/home/linuxbrew",
	"/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/ca-certificates.conf", "/etc/crypto-policies", "/etc/gnutls",
	"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols",
	"/etc/localtime", "/etc/timezone", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/passwd", "/etc/group",
	"/etc/alternatives", "/etc/mime.types", "/run/systemd/resolve", "/run/resolvconf", "/var/lib/ca-certificates",
	"/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/net/core", "/proc/sys/vm", "/proc/sys/kernel",
	"/sys/kernel/mm/transparent_hugepage", "/sys/devices/system/cpu", "/sys/fs/cgroup",
	"/dev/urandom", "/dev/random",
}

var writableDevices = []string{"/dev/null", "/dev/zero", "/dev/full"}

// wallFor is the wall around a plugin: its object in the store, its own folders,
// the system, the interpreter of a script, and the files that it asked for and was
// granted, as far as they are nobody else's.
func (a *attempt) wallFor() wall {
	w := wall{
		read:  append(append(slices.Clone(systemFolders), a.plugin.TreeRoot), a.interpreterFiles()...),
		write: append(slices.Clone(writableDevices), a.stateFolder(), a.cacheFolder(), a.folder.path),
	}
	for _, entry := range a.options.Environ {
		for _, name := range []string{"SSL_CERT_FILE=", "SSL_CERT_DIR="} {
			if value, ok := strings.CutPrefix(entry, name); ok {
				w.read = append(w.read, filepath.SplitList(value)...)
			}
		}
	}
	w.read = append(w.read, a.grantedFiles(a.plugin.Manifest.Files.Read)...)
	w.write = append(w.write, a.grantedFiles(a.plugin.Manifest.Files.Write)...)
	return w
}

// grantedFiles are absolute paths. Nothing in jcode's home can be granted, for
// there lie other providers' files, nor what holds it.
func (a *attempt) grantedFiles(declared []string) []string {
	home := ""
	for _, entry := range a.options.Environ {
		if value, ok := strings.CutPrefix(entry, "HOME="); ok {
			home = value
		}
	}
	var paths []string
	for _, path := range declared {
		if rest, ok := strings.CutPrefix(path, "~/"); ok && home != "" {
			path = filepath.Join(home, rest)
		}
		path = filepath.Clean(path)
		if filepath.IsAbs(path) && !within(a.options.Home, path) && !within(path, a.options.Home) {
			paths = append(paths, path)
		}
	}
	return paths
}

// within reports whether path is root or below it.
func within(path, root string) bool {
	rel, err := filepath.Rel(resolved(root), resolved(path))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// probePaths are what a sandboxed plugin must not be able to read, as far as it is
// there, and at last its own folder, which it must.
func (a *attempt) probePaths() []string {
	if a.ruleset == nil {
		return nil
	}
	home := a.options.Home
	paths := []string{home}
	candidates := []string{
		filepath.Join(home, "auth.json"), filepath.Join(home, "config.toml"),
		filepath.Join(home, "plugins", "plugins.lock"), filepath.Join(home, "sessions"), filepath.Join(home, "logs"),
	}
	others, _ := filepath.Glob(filepath.Join(home, "data", "*"))
	for _, path := range append(candidates, others...) {
		if _, err := os.Stat(path); err == nil && path != a.stateFolder() && len(paths) < 16 {
			paths = append(paths, path)
		}
	}
	return append(paths, a.stateFolder())
}

// judge says what the probe inside the process found.
func (a *attempt) judge(found []sdkplugin.Probe) Sandbox {
	if state, detail := SandboxOff(a.plugin); state != "" {
		return Sandbox{State: state, Detail: detail}
	}
	if a.ruleset == nil {
		return Sandbox{State: SandboxNone, Detail: a.noSandbox}
	}
	if len(found) == 0 {
		return Sandbox{State: SandboxUnproven, Detail: "the plugin does not answer the probe"}
	}
	for i, p := range found {
		if own := i == len(found)-1; own && !p.Readable {
			return Sandbox{State: SandboxUnproven, Detail: "it cannot read its own folder either: " + p.Error}
		} else if !own && p.Readable {
			return Sandbox{State: SandboxNone, Detail: "the process could read " + printable(p.Path)}
		}
	}
	return Sandbox{State: SandboxOn, Detail: fmt.Sprintf("%s; the process could not read %d of %d places tried", a.landlockABI, len(found)-1, len(found)-1)}
}

// HasLandlock reports whether this system can wall a plugin off.
func HasLandlock() bool {
	ruleset, _, err := newRuleset(wall{})
	if err != nil {
		return false
	}
	_ = ruleset.Close()
	return true
}
