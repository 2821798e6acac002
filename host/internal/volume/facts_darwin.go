package volume

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

var networkKinds = []string{"nfs", "smbfs", "afpfs", "webdav", "macfuse", "osxfuse"}

// Of asks the system about the file system of path, which must exist.
func Of(path string) (Facts, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return Facts{Free: -1}, fmt.Errorf("look at the file system of %s: %w", path, err)
	}
	kind := unix.ByteSliceToString(stat.Fstypename[:])
	return Facts{
		Kind: kind, Network: slices.Contains(networkKinds, kind),
		Free: int64(stat.Bavail) * int64(stat.Bsize), //nolint:gosec // no disk is that large
	}, nil
}
