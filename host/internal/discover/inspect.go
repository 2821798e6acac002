package discover

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	manifestSuffix = ".plugin.toml"
	manifestName   = "plugin.toml"
)

// inspect fills a row from the files alone. alone says that the folder holds one
// plugin only, so that a plain plugin.toml is its manifest.
func inspect(p Plugin, alone bool, o Options) Plugin {
	if p.Attached() {
		return inspectAttached(p, o)
	}
	p.Status, p.Rank, p.Display = StatusOK, DefaultRank, p.Name
	if !ValidName(p.Name) {
		p.breakWith(fmt.Sprintf("bad name %q: a-z, then a-z 0-9 -, 2 to 32 characters", p.Name), "rename the file")
	}
	p.inspectProgram(o)
	p.inspectManifest(alone)
	p.Judge(o)
	return p
}

// Inspect tells what the program at path is, from its files alone. Its name is that
// of the file.
func Inspect(path string, o Options) Plugin {
	p := Plugin{Name: pluginName(filepath.Base(path)), Path: path}
	return inspect(p, holdsOne(path), o)
}

// ManifestOf reads the manifest of the program at path; found is false when it has
// none. Errors begin with the file and the position.
func ManifestOf(path string) (m Manifest, warnings []string, found bool, err error) {
	file := ManifestPath(path)
	if file == "" {
		return Manifest{}, nil, false, nil
	}
	m, warnings, err = readManifest(file)
	return m, warnings, true, err
}

// ManifestPath returns the manifest of the program at path, or "".
func ManifestPath(path string) string { return manifestPath(path, holdsOne(path)) }

// ManifestSuffix is what a manifest's name has after the name of the program that
// it lies beside; ManifestName is the name of one that has its folder to itself.
const (
	ManifestSuffix = manifestSuffix
	ManifestName   = manifestName
)

// NameOf takes the plugin's name out of a program's file name; ok is false for a
// file that is not named like a plugin's program.
func NameOf(file string) (name string, ok bool) {
	if !strings.HasPrefix(file, Prefix) || strings.HasSuffix(file, manifestSuffix) {
		return "", false
	}
	return pluginName(file), true
}

func (p *Plugin) inspectProgram(o Options) {
	f, info, err := openProgram(p.Path)
	if err != nil {
		p.breakWith(cause(err), "check the path "+p.Path)
		return
	}
	defer func() { _ = f.Close() }()
	p.Size = info.Size()
	switch {
	case info.IsDir():
		p.breakWith("is a folder", "name the program inside it")
		return
	case runtime.GOOS != "windows" && info.Mode()&0o111 == 0:
		p.breakWith("not executable", "chmod +x "+p.Path)
	}
	script, err := CheckProgram(f)
	p.Script = script
	if err != nil {
		p.breakWith(err.Error(), "install the build for this machine")
	}
	b, ok := readBuild(f)
	p.Foreign = !ok || b.sdk == ""
	p.SDKVersion = b.sdk
	p.Version = b.version
	p.Protocol = sdkProtocols(b.sdk, o.HostProtocols)
}

func (p *Plugin) inspectManifest(alone bool) {
	if path := manifestPath(p.Path, alone); path != "" {
		p.readManifest(path)
	}
}

// readManifest takes over what the manifest at path declares.
func (p *Plugin) readManifest(path string) {
	m, warnings, err := readManifest(path)
	if err != nil {
		p.breakWith("bad manifest: "+err.Error(), "mend it, or remove it")
		return
	}
	if m.Name != p.Name {
		p.breakWith(fmt.Sprintf("the manifest %s is for plugin %q", path, m.Name), "rename one of them")
		return
	}
	p.Manifest, p.Warnings = m, warnings
	p.Version, p.Protocol, p.Kind = m.Version, m.Protocol, m.Kind
	p.Experimental, p.Description = m.Experimental, m.Description
	if m.Display != "" {
		p.Display = m.Display
	}
	if m.Rank != nil {
		p.Rank = *m.Rank
	}
}

// manifestPath returns the manifest of the program at path, or "".
func manifestPath(path string, alone bool) string {
	base := path
	if runtime.GOOS == "windows" {
		base = strings.TrimSuffix(base, ".exe")
	}
	candidates := []string{base + manifestSuffix}
	if alone {
		candidates = append(candidates, filepath.Join(filepath.Dir(path), manifestName))
	}
	for _, candidate := range candidates {
		if _, err := os.Lstat(candidate); err == nil {
			return candidate
		}
	}
	return ""
}

func (p *Plugin) checkProtocol(o Options) {
	if overlaps(p.Protocol, o.HostProtocols) {
		return
	}
	p.breakWith(fmt.Sprintf("speaks protocol %s, this jcode speaks %s",
		FormatProtocols(p.Protocol), FormatProtocols(o.HostProtocols)), ProtocolRemedy(p.Protocol, o.HostProtocols))
}

// ProtocolRemedy says which side must be renewed so that both speak a protocol
// in common.
func ProtocolRemedy(plugin, host []int) string {
	if len(plugin) > 0 && len(host) > 0 && plugin[0] > host[len(host)-1] {
		return "upgrade jcode"
	}
	return "upgrade the plugin: build it with a current SDK"
}

func (p *Plugin) checkHost(version string) {
	if p.Status == StatusBroken || p.Manifest.MinHost == "" || !older(version, p.Manifest.MinHost) {
		return
	}
	p.Status = StatusBlocked
	p.Reason = fmt.Sprintf("needs jcode %s, this is %s", p.Manifest.MinHost, version)
	p.Remedy = "upgrade jcode"
}

// cause strips operation and path from a file error: the row shows the path.
func cause(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}
