package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	prefix         = "jcode-provider-"
	manifestSuffix = ".plugin.toml"
	lockFile       = "plugins.lock"
)

// program is a built plugin.
type program struct {
	name, file, digest, blocks string
	size                       int64
}

// bundle writes manifests and lock into dir.
func bundle(dir, source, version string) error {
	programs, err := findPrograms(dir)
	if err != nil {
		return err
	}
	if len(programs) == 0 {
		return fmt.Errorf("no %s* in %s", prefix, dir)
	}
	for _, p := range programs {
		if err := writeManifest(dir, source, version, p.name); err != nil {
			return err
		}
	}
	if err := removeStale(dir, programs); err != nil {
		return err
	}
	return replace(filepath.Join(dir, lockFile), lock(version, programs))
}

func findPrograms(dir string) ([]program, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var programs []program
	for _, entry := range entries {
		name, ok := strings.CutPrefix(entry.Name(), prefix)
		if !ok || strings.HasSuffix(name, manifestSuffix) || entry.IsDir() {
			continue
		}
		p := program{name: strings.TrimSuffix(name, ".exe"), file: entry.Name()}
		path := filepath.Join(dir, entry.Name())
		if p.digest, p.size, err = digest(path); err != nil {
			return nil, err
		}
		if p.blocks, err = blockDigest(path, p.size, p.digest); err != nil {
			return nil, err
		}
		programs = append(programs, p)
	}
	return programs, nil
}

func digest(path string) (string, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return "", 0, fmt.Errorf("hash %s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), size, nil
}

// versionLine is the line that is stamped: the first key of that name, which is
// the top-level one, because tables come later.
var versionLine = regexp.MustCompile(`(?m)^version[ \t]*=[ \t]*"[^"\n]*"`)

func writeManifest(dir, source, version, name string) error {
	path := filepath.Join(source, name, "plugin.toml")
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("manifest of %s: %w", name, err)
	}
	at := versionLine.FindIndex(text)
	if at == nil {
		return fmt.Errorf("%s: no version line to stamp", path)
	}
	stamped := bytes.Join([][]byte{text[:at[0]], fmt.Appendf(nil, "version = %q", version), text[at[1]:]}, nil)
	return replace(filepath.Join(dir, prefix+name+manifestSuffix), stamped)
}

// removeStale removes the manifests of programs that are no longer built.
func removeStale(dir string, programs []program) error {
	manifests, err := filepath.Glob(filepath.Join(dir, prefix+"*"+manifestSuffix))
	if err != nil {
		return err
	}
	built := map[string]bool{}
	for _, p := range programs {
		built[prefix+p.name+manifestSuffix] = true
	}
	for _, path := range manifests {
		if built[filepath.Base(path)] {
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func lock(version string, programs []program) []byte {
	text := []byte("# Written by the build. The host compares each program with it before it starts it.\nschema = 1\n")
	for _, p := range programs {
		text = fmt.Appendf(text, "\n[[plugin]]\nname = %q\nversion = %q\nfile = %q\nsize = %d\nsha256 = %q\nblocks = %q\n",
			p.name, version, p.file, p.size, p.digest, p.blocks)
	}
	return text
}

// replace writes a file that is complete whenever it is there. A file that would
// not change keeps its time.
func replace(path string, content []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
		return nil
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, content, 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

var semanticVersion = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+([-+].*)?$`)

// semantic makes a semantic version of what git describe says: a tag loses its v,
// and a commit without a tag before it becomes a pre-release of 0.0.0.
func semantic(version string) string {
	version = strings.TrimPrefix(version, "v")
	if semanticVersion.MatchString(version) {
		return version
	}
	return "0.0.0-dev+" + strings.NewReplacer("/", ".", "_", ".", " ", ".").Replace(version)
}
