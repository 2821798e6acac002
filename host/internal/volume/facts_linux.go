package volume

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// kinds are the magic numbers of the file systems that people have.
var kinds = map[int64]Facts{
	0xef53: {Kind: "ext4"}, 0x9123683e: {Kind: "btrfs"}, 0x58465342: {Kind: "xfs"}, 0x2fc12fc1: {Kind: "zfs"},
	0x01021994: {Kind: "tmpfs"}, 0x794c7630: {Kind: "overlayfs"}, 0xf2f52010: {Kind: "f2fs"}, 0xca451a4e: {Kind: "bcachefs"},
	0x4d44: {Kind: "vfat"}, 0x2011bab0: {Kind: "exfat"}, 0x5346544e: {Kind: "ntfs"}, 0x7366746e: {Kind: "ntfs3"},
	0x6969: {Kind: "nfs", Network: true}, 0xff534d42: {Kind: "cifs", Network: true}, 0xfe534d42: {Kind: "smb2", Network: true},
	0x517b: {Kind: "smb", Network: true}, 0x65735546: {Kind: "fuse", Network: true}, 0x01021997: {Kind: "9p", Network: true},
	0x5346414f: {Kind: "afs", Network: true}, 0x00c36400: {Kind: "ceph", Network: true}, 0x0bd00bd0: {Kind: "lustre", Network: true},
	0x6a656a62: {Kind: "virtiofs"},
}

// Of asks the system about the file system of path, which must exist.
func Of(path string) (Facts, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return Facts{Free: -1}, fmt.Errorf("look at the file system of %s: %w", path, err)
	}
	magic := int64(stat.Type) & 0xffffffff //nolint:unconvert // its size differs between architectures
	facts, known := kinds[magic]
	if !known {
		facts.Kind = fmt.Sprintf("type %#x", magic)
	}
	facts.Free = int64(stat.Bavail) * int64(stat.Bsize) //nolint:gosec,unconvert // no disk is that large; the size differs between architectures
	return facts, nil
}
