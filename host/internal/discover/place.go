package discover

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Override is one --plugin NAME=PATH.
type Override struct{ Name, Path string }

// Options say where to look. The caller reads flags and environment; this package
// reads neither.
type Options struct {
	// Overrides are the --plugin flags in order.
	Overrides []Override
	// Dev are the plugins that somebody is writing.
	Dev []DevOverride
	// SearchPath is the value of JCODE_PLUGIN_PATH.
	SearchPath string
	// Executable is the path of the running host, links not yet resolved.
	Executable string
	// Store holds the installed plugins; nil without any.
	Store Store
	// CacheDir is where rows are kept for as long as their files do not change; empty
	// has every search look at all of them.
	CacheDir string
	// HostVersion is compared with min_host; a version that is no semantic one
	// (a development build) satisfies every demand.
	HostVersion string
	// HostProtocols are the protocol versions that this host speaks.
	HostProtocols []int
}

// Store is a folder of installed plugins.
type Store interface {
	// Rows returns a row for each plugin, in no order, and the names that the user has
	// disabled. It is called beside the rest of the search.
	Rows(hostVersion string, hostProtocols []int) (rows []Plugin, disabled []string)
	// Files are what the rows were made from, besides the programs.
	Files() []string
}

// place is a folder to look in, or a reason why it cannot be looked in.
type place struct {
	source Source
	folder string
	reason string
}

// places lists the folders, strongest first. The rows of installed plugins stand
// between the search path and the bundled folder.
func (o Options) places() []place {
	var all []place
	seen := map[string]bool{}
	for _, folder := range filepath.SplitList(o.SearchPath) {
		if folder == "" { // an empty entry would be the working directory
			continue
		}
		p := checkedPlace(folder)
		if real := realPath(folder); !seen[real] {
			seen[real] = true
			all = append(all, p)
		}
	}
	for _, folder := range bundledFolders(o.Executable) {
		if entries, err := os.Stat(folder); err == nil && entries.IsDir() {
			all = append(all, place{source: SourceBundled, folder: folder})
		}
	}
	return all
}

func checkedPlace(folder string) place {
	p := place{source: SourcePath, folder: folder}
	if !filepath.IsAbs(folder) {
		p.reason = "JCODE_PLUGIN_PATH: not an absolute path; nothing is looked for in the working directory"
		return p
	}
	info, err := os.Stat(folder)
	switch {
	case err != nil:
		p.reason = "JCODE_PLUGIN_PATH: " + cause(err)
	case !info.IsDir():
		p.reason = "JCODE_PLUGIN_PATH: not a folder"
	}
	return p
}

// bundledFolders are the folders that come with the host: beside the real
// program, and where packages of the system put them.
func bundledFolders(executable string) []string {
	if executable == "" {
		return nil
	}
	dir := filepath.Dir(realPath(executable))
	return []string{
		filepath.Join(dir, "plugins"),
		filepath.Join(filepath.Dir(dir), "libexec", "jcode", "plugins"),
	}
}

// realPath resolves links, or returns path when it cannot.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return filepath.Clean(path)
}

// programsIn returns the files of folder that are named like plugins, by name.
func programsIn(folder string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var programs []fs.DirEntry
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, Prefix) && !strings.HasSuffix(name, manifestSuffix) {
			programs = append(programs, entry)
		}
	}
	return programs, nil
}

// pluginName takes the name out of a file name.
func pluginName(file string) string {
	name := strings.TrimPrefix(file, Prefix)
	if runtime.GOOS == "windows" {
		name = strings.TrimSuffix(name, ".exe")
	}
	return name
}
