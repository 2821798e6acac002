package ignore

import (
	"os"
	"path/filepath"
	"strings"
)

// repository finds the top of the work tree that a folder is in, and the
// repository's own folder. Both are empty outside of one.
func repository(dir string) (top, gitDir string) {
	for {
		git := filepath.Join(dir, ".git")
		if info, err := os.Stat(git); err == nil {
			if info.IsDir() {
				return dir, git
			}
			return dir, linkedDir(dir, git)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", ""
		}
		dir = parent
	}
}

// linkedDir follows the .git file of a linked work tree or a submodule to the
// folder that holds info/exclude.
func linkedDir(dir, file string) string {
	gitDir, ok := strings.CutPrefix(firstLine(file), "gitdir: ")
	if !ok {
		return ""
	}
	if !filepath.IsAbs(gitDir) {
		gitDir = filepath.Join(dir, gitDir)
	}
	common := firstLine(filepath.Join(gitDir, "commondir"))
	switch {
	case common == "":
		return gitDir
	case filepath.IsAbs(common):
		return common
	}
	return filepath.Join(gitDir, common)
}

func firstLine(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimSpace(line)
}

// userPatterns are those of core.excludesFile, which the repository's settings
// or the user's name; without, it is git/ignore in the settings folder.
func userPatterns(gitDir, userHome, configHome string) []pattern {
	if configHome == "" && userHome != "" {
		configHome = filepath.Join(userHome, ".config")
	}
	file := ""
	if configHome != "" {
		file = filepath.Join(configHome, "git", "ignore")
	}
	settings := []string{filepath.Join(configHome, "git", "config")}
	if userHome != "" {
		settings = append(settings, filepath.Join(userHome, ".gitconfig"))
	}
	if gitDir != "" {
		settings = append(settings, filepath.Join(gitDir, "config"))
	}
	for _, path := range settings {
		if !filepath.IsAbs(path) {
			continue
		}
		if named := excludesFile(path); named != "" {
			file = expandHome(named, userHome)
		}
	}
	if !filepath.IsAbs(file) {
		return nil
	}
	return readPatterns(file)
}

func expandHome(path, userHome string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return filepath.Join(userHome, rest)
	}
	return path
}

// excludesFile reads core.excludesFile from a settings file of git.
func excludesFile(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	section, value := "", ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = strings.ToLower(strings.Trim(line, "[]"))
			continue
		}
		name, given, ok := strings.Cut(line, "=")
		if ok && section == "core" && strings.EqualFold(strings.TrimSpace(name), "excludesfile") {
			value = strings.Trim(strings.TrimSpace(given), `"`)
		}
	}
	return value
}
