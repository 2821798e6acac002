package volume

import (
	"fmt"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// Of asks the system about the file system of path, which must exist.
func Of(path string) (Facts, error) {
	facts := Facts{Free: -1}
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return facts, fmt.Errorf("look at the file system of %s: %w", path, err)
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return facts, fmt.Errorf("look at the file system of %s: %w", path, err)
	}
	facts.Free = int64(min(free, 1<<62)) //nolint:gosec // it is bounded
	if root, err := windows.UTF16PtrFromString(filepath.VolumeName(path) + `\`); err == nil {
		facts.Network = windows.GetDriveType(root) == windows.DRIVE_REMOTE
	}
	return facts, nil
}
