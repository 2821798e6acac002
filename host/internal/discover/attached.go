package discover

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/jcode-go/jcode/sdk/attach"
)

// AttachPrefix in the place of a program's path names the file of a plugin that runs
// already and waits for a host: "attach:/tmp/x/attach.json".
const AttachPrefix = "attach:"

// TrustAttached is what is known of such a plugin: somebody started it.
const TrustAttached = "attached, unverified"

// Attached reports whether p runs already.
func (p Plugin) Attached() bool { return strings.HasPrefix(p.Path, AttachPrefix) }

// AttachFile is the file that tells where it waits.
func (p Plugin) AttachFile() string { return strings.TrimPrefix(p.Path, AttachPrefix) }

// inspectAttached fills a row from what the plugin has written. It does not connect.
func inspectAttached(p Plugin, o Options) Plugin {
	p.Status, p.Rank, p.Display, p.Trust = StatusOK, DefaultRank, p.Name, TrustAttached
	again := "start it again: " + Prefix + p.Name + " debug"
	a, err := attach.Read(p.AttachFile())
	switch {
	case err != nil:
		p.breakWith("attach: "+cause(err), again)
		return p
	case a.Name != p.Name:
		p.breakWith(fmt.Sprintf("attach: that is plugin %q", a.Name), "--plugin "+a.Name+"="+p.Path)
		return p
	}
	p.Version, p.Protocol, p.SDKVersion = a.Version, a.Protocol, a.SDKVersion
	p.TrustDetail = fmt.Sprintf("process %d, which somebody else started", a.PID)
	if _, err := os.Stat(a.Socket); err != nil {
		p.breakWith(fmt.Sprintf("attach: process %d has ended", a.PID), again)
		return p
	}
	p.inspectManifestOf(a)
	p.Judge(o)
	return p
}

// inspectManifestOf reads the manifest beside the program, or that of the module that
// a debugger works in.
func (p *Plugin) inspectManifestOf(a attach.Attachment) {
	version := p.Version
	program := a.Program
	if runtime.GOOS == "windows" {
		program = strings.TrimSuffix(program, ".exe")
	}
	for _, path := range []string{program + manifestSuffix, filepath.Join(filepath.Dir(program), manifestName), filepath.Join(a.Dir, manifestName)} {
		if _, err := os.Stat(path); err == nil {
			p.readManifest(path)
			p.Version = version
			return
		}
	}
	p.Warnings = append(p.Warnings, "no "+manifestName+" beside "+a.Program+" or in "+a.Dir+": it is told none of your variables")
}
