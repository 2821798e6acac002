package install

import (
	"fmt"
	"path/filepath"
	"runtime"
)

// Store is the folder of installed plugins. The zero value is of no use: see [At].
type Store struct{ root string }

// At returns the store in jcode's home folder. Nothing is made.
func At(home string) Store { return Store{root: filepath.Join(home, "plugins")} }

// Root is the folder that holds everything of the store.
func (s Store) Root() string { return s.root }

// LockFile is the file with the digests, grants and signers of all plugins.
func (s Store) LockFile() string { return filepath.Join(s.root, "plugins.lock") }

func (s Store) objects() string     { return filepath.Join(s.root, "store") }
func (s Store) generations() string { return filepath.Join(s.root, "generations") }
func (s Store) current() string     { return filepath.Join(s.root, "current") }
func (s Store) staging() string     { return filepath.Join(s.root, "staging") }
func (s Store) quarantine() string  { return filepath.Join(s.root, "quarantine") }
func (s Store) leases() string      { return filepath.Join(s.root, "leases") }
func (s Store) mutex() string       { return filepath.Join(s.root, ".lock") }

// objectPrefix says in the name what the digest is.
const objectPrefix = "sha256-"

func (s Store) object(tree string) string { return filepath.Join(s.objects(), objectPrefix+tree) }

func (s Store) generation(number int) string {
	return filepath.Join(s.generations(), fmt.Sprintf("%04d.toml", number))
}

// Platform is this machine in the form "linux_amd64".
func Platform() string { return runtime.GOOS + "_" + runtime.GOARCH }
