// Package treehash gives the content of a folder one digest: what a plugin's object
// in the store is named by, and what is compared before a plugin runs that cannot be
// executed through an open file.
package treehash

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Sum returns the digest of the files below root, in lower-case hex: of each
// file's own SHA-256, whether it can be executed, and its path, in the order of the
// paths. Folders count by what is in them. Anything that is neither a file nor a
// folder is an error.
func Sum(root string) (string, error) {
	sum := sha256.New()
	tree := os.DirFS(root)
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if !entry.Type().IsRegular() {
			return fmt.Errorf("%s is neither a file nor a folder", name)
		}
		return add(sum, tree, name)
	})
	if err != nil {
		return "", fmt.Errorf("hash %s: %w", root, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func add(sum io.Writer, tree fs.FS, name string) error {
	info, err := fs.Stat(tree, name)
	if err != nil {
		return err
	}
	digest, err := file(tree, name)
	if err != nil {
		return err
	}
	kind := "-"
	if info.Mode()&0o111 != 0 {
		kind = "x"
	}
	_, err = fmt.Fprintf(sum, "%s %s %q\n", digest, kind, name)
	return err
}

func file(tree fs.FS, name string) (string, error) {
	f, err := tree.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
