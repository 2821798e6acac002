package permission

import (
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/tool/shell"
)

// treeReaders take a folder for all that is in it, or give it another name, by which
// the files in it would no longer be known.
var treeReaders = strings.Fields(`grep egrep fgrep rgrep rg ag ack ugrep tar bsdtar zip 7z 7za cpio pax
	cp mv ln rsync scp sftp rclone restic borg mount bindfs`)

// treeActions make find do more than name what it finds.
var treeActions = []string{"-exec", "-execdir", "-ok", "-okdir"}

func readsTrees(cmd shell.Command) bool {
	if cmd.Name != "find" {
		return slices.Contains(treeReaders, cmd.Name)
	}
	return slices.ContainsFunc(cmd.Args, func(w shell.Word) bool {
		return slices.ContainsFunc(w.Values, func(value string) bool { return slices.Contains(treeActions, value) })
	})
}

// aboveCredential reports whether t is a folder outside of the roots with a
// credential file somewhere below it. The user's own folders are theirs to read.
func (p *Policy) aboveCredential(t target) bool {
	return t.pattern == "" && !p.inRoots(t.path) &&
		slices.ContainsFunc(p.credentials, func(c string) bool { return within(t.path, c) })
}
