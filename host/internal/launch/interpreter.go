package launch

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
)

// interpreterOf returns the program that runs the script at path, as an absolute path:
// that of its first line or, where this is env, what env finds in PATH. It is empty for
// what is no script, and for an interpreter that is not there.
func interpreterOf(path string, environ []string) string {
	words := shebang(path)
	if len(words) == 0 {
		return ""
	}
	if filepath.Base(words[0]) != "env" {
		return existing(words[0])
	}
	for _, word := range words[1:] {
		if strings.HasPrefix(word, "-") || strings.Contains(word, "=") { // what env takes for itself
			continue
		}
		if filepath.IsAbs(word) {
			return existing(word)
		}
		return inPath(word, environ)
	}
	return ""
}

// shebang is the first line of a script, in words.
func shebang(path string) []string {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	line, _ := bufio.NewReaderSize(f, 256).ReadSlice('\n') // the kernel reads no more either
	rest, ok := strings.CutPrefix(string(line), "#!")
	if !ok {
		return nil
	}
	return strings.Fields(rest)
}

func inPath(name string, environ []string) string {
	for _, entry := range environ {
		value, ok := strings.CutPrefix(entry, "PATH=")
		if !ok {
			continue
		}
		for _, folder := range filepath.SplitList(value) {
			if path := filepath.Join(folder, name); filepath.IsAbs(folder) && existing(path) != "" {
				return path
			}
		}
	}
	return ""
}

// existing is path, or nothing where no file is.
func existing(path string) string {
	if info, err := os.Stat(path); err != nil || info.IsDir() || !filepath.IsAbs(path) {
		return ""
	}
	return path
}

// interpreterFiles are what a script in the sandbox must be able to read besides the
// system's folders: its interpreter, which version managers keep in the user's home,
// and the libraries beside it. Nothing else there is opened, for that is where other
// programs keep logins.
func (a *attempt) interpreterFiles() []string {
	if !a.plugin.Script {
		return nil
	}
	path := interpreterOf(a.plugin.Path, a.options.Environ)
	if path == "" {
		return nil
	}
	real := resolved(path)
	files := []string{real}
	folder := filepath.Dir(real)
	library := filepath.Join(filepath.Dir(folder), "lib")
	if filepath.Base(folder) == "bin" && !within(a.options.Home, library) && !within(library, a.options.Home) {
		files = append(files, library)
	}
	return files
}
