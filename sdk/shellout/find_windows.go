package shellout

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// separators make a name a path; a colon is that of a drive.
const separators = `/\:`

var errFolder = errors.New("it is a folder")

const defaultExtensions = ".COM;.EXE;.BAT;.CMD"

// candidates are the file names that name may stand for: itself if it ends like a
// program, then with each of the extensions that make one.
func candidates(name string, environment []string) []string {
	var extensions []string
	for extension := range strings.SplitSeq(strings.ToLower(orDefault(lookup(environment, "PATHEXT"), defaultExtensions)), ";") {
		if extension = strings.TrimSpace(extension); strings.HasPrefix(extension, ".") {
			extensions = append(extensions, extension)
		}
	}
	var all []string
	if slices.Contains(extensions, strings.ToLower(filepath.Ext(name))) {
		all = append(all, name)
	}
	for _, extension := range extensions {
		all = append(all, name+extension)
	}
	return all
}

func executable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return errFolder
	}
	return nil
}
