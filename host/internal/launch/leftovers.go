package launch

import (
	"os"
	"path/filepath"
)

// Leftovers counts the socket folders in the run folder: those that a host is using
// for a start, and those that dead ones left. It removes nothing; [Sweep] does.
func Leftovers(home string, environ []string) (base string, used, dead int, err error) {
	base, err = runFolder(home, environ)
	if err != nil {
		return "", 0, 0, err
	}
	entries, err := os.ReadDir(base)
	for _, entry := range entries {
		if !entry.IsDir() || !folderPattern().MatchString(entry.Name()) {
			continue
		}
		lock, free := lockFolder(filepath.Join(base, entry.Name()))
		switch {
		case !free:
			used++
		case lock != nil:
			dead++
			_ = lock.Close()
		}
	}
	return base, used, dead, err
}

// LandlockVersion says which version of Landlock the system has, as in "Landlock
// ABI 6", or why it has none.
func LandlockVersion() (string, error) {
	ruleset, abi, err := newRuleset(wall{})
	if err != nil {
		return "", err
	}
	return abi, ruleset.Close()
}
