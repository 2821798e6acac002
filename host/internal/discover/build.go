package discover

import (
	"debug/buildinfo"
	"io"
	"runtime/debug"
	"slices"
	"strings"
)

// sdkModule is the module path of the SDK that Go plugins link.
const sdkModule = "github.com/jcode-go/jcode/sdk"

// Devel is the SDK version of a plugin that was built in a workspace or with a
// replaced SDK.
const Devel = "devel"

// build is what the Go toolchain wrote into a program.
type build struct {
	version string // of the main module
	sdk     string // of the linked SDK; empty: none
}

// readBuild reads the Go build info of a program. ok is false for a program that
// has none, which is not an error: it is another language's.
func readBuild(r io.ReaderAt) (b build, ok bool) {
	info, err := buildinfo.Read(r)
	if err != nil {
		return build{}, false
	}
	b.version = mainVersion(info)
	b.sdk = sdkVersion(info)
	return b, true
}

func mainVersion(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return strings.TrimPrefix(v, "v")
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" && len(setting.Value) >= 12 {
			return Devel + "-" + setting.Value[:12]
		}
	}
	return Devel
}

func sdkVersion(info *debug.BuildInfo) string {
	if info.Main.Path == sdkModule {
		return develVersion(info.Main.Version)
	}
	i := slices.IndexFunc(info.Deps, func(m *debug.Module) bool { return m.Path == sdkModule })
	if i < 0 {
		return ""
	}
	dep := info.Deps[i]
	if dep.Replace != nil {
		dep = dep.Replace
		if !strings.HasPrefix(dep.Version, "v") {
			return Devel
		}
	}
	return develVersion(dep.Version)
}

// develVersion calls everything without a release "devel": v0.0.0 is what go.mod
// says next to a replace.
func develVersion(version string) string {
	if version == "" || version == "(devel)" || version == "v0.0.0" {
		return Devel
	}
	return strings.TrimPrefix(version, "v")
}

// sdkProtocols returns the protocol versions that an SDK release speaks. A devel
// SDK counts as this host's own.
func sdkProtocols(sdk string, host []int) []int {
	switch {
	case sdk == "":
		return nil
	case sdk == Devel:
		return host
	case strings.HasPrefix(sdk, "0."), strings.HasPrefix(sdk, "1."):
		return []int{1}
	}
	return nil // newer than this host: it says so itself when it is launched
}
