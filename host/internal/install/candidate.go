package install

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jcode-go/jcode/host/internal/blockhash"
	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/treehash"
)

// candidate is a plugin on its way into the store. Each step of the pipeline fills
// in what the next one needs.
type candidate struct {
	in      *Installer
	request Request
	source  source
	stage   *stage

	fetched fetched
	row     discover.Plugin
	entry   Entry
	// basis is the installed version that the consent was compared with; nil: none.
	basis *Entry
	// notes are what the user should see before agreeing.
	notes []string
}

// fetched is what a source gave: a file or a folder, and what was said of it.
type fetched struct {
	// file or folder is where it is; name is the file's published name.
	file, folder, name string
	url                string
	// version is what the source calls it; empty when it says nothing.
	version string
	// plugin is the name that the source promises; may be empty.
	plugin string
	// sha256 is what file must have; may be empty. digest is what it has.
	sha256, digest string
	// sumsName is the checksum file that says so.
	sumsName  string
	platforms map[string]string
	goSum     string
	// signature is a minisign signature of the file signed; publicKey is what lay
	// beside it. Both may be empty.
	signature []byte
	signed    string
	publicKey string
}

// fetch gets the source's files, into staging unless they are on this machine.
func (c *candidate) fetch(ctx context.Context) (err error) {
	c.in.step("fetch")
	switch c.source.kind {
	case localSource:
		c.fetched, err = fetchLocal(c.source)
	case urlSource:
		c.fetched, err = c.in.fetchURL(ctx, c.source, c.stage)
	case releaseSource:
		c.fetched, err = c.in.fetchRelease(ctx, c.source, c.stage)
	case moduleSource:
		c.fetched, err = c.in.buildModule(ctx, c.source, c.stage)
	}
	return err
}

func fetchLocal(s source) (fetched, error) {
	info, err := os.Stat(s.path)
	if err != nil {
		return fetched{}, storeError("read plugin", err)
	}
	if info.IsDir() {
		if s.sha256 != "" {
			return fetched{}, problem(KindUsage, "", "--sha256 needs a file, and %s is a folder", s.path)
		}
		return fetched{folder: s.path, name: filepath.Base(s.path)}, nil
	}
	if !info.Mode().IsRegular() { // a pipe can be read once, and waits for somebody who writes
		return fetched{}, problem(KindUsage, "", "%s is neither a file nor a folder", s.path)
	}
	f := fetched{file: s.path, name: filepath.Base(s.path), sha256: s.sha256, signed: s.path}
	if signature, err := os.ReadFile(s.path + ".minisig"); err == nil {
		f.signature = signature
		if key, err := os.ReadFile(filepath.Join(filepath.Dir(s.path), "minisign.pub")); err == nil {
			f.publicKey = string(key)
		}
	}
	return f, nil
}

// verify compares the digest of what was fetched.
func (c *candidate) verify(context.Context) error {
	c.in.step("verify digest")
	if c.fetched.file == "" {
		return nil
	}
	digest, err := fileDigest(c.fetched.file)
	if err != nil {
		return storeError("hash "+c.fetched.name, err)
	}
	c.fetched.digest = digest
	if c.fetched.sha256 == "" || digest == c.fetched.sha256 {
		return nil
	}
	says := "you gave"
	if c.fetched.sumsName != "" {
		says = c.fetched.sumsName + " says"
	}
	return c.quarantine(fmt.Sprintf("%s has sha256 %s, %s %s", c.fetched.name, digest, says, c.fetched.sha256))
}

func fileDigest(path string) (string, error) {
	f, err := os.Open(path)
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

// blockDigest is package blockhash's digest of the file with that SHA-256.
func blockDigest(path, whole string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	return blockhash.Sum(f, info.Size(), whole)
}

// quarantine sets aside what was downloaded, for whoever wants to look into it,
// and returns the error. What the user has on disk stays where it is.
func (c *candidate) quarantine(detail string) error {
	c.in.step("quarantine")
	e := problem(KindIntegrity, "compare the digests with what the publisher says; nothing of it was executed", "%s", detail)
	if !strings.HasPrefix(c.fetched.file, c.stage.path) || c.fetched.file == "" {
		return e
	}
	aside := filepath.Join(c.in.Store.quarantine(), filepath.Base(c.stage.path)+"-"+filepath.Base(c.fetched.name))
	if os.MkdirAll(c.in.Store.quarantine(), 0o700) == nil && os.Rename(c.fetched.file, aside) == nil {
		_ = os.Chmod(aside, 0o400)
		e.Remedy += "; it is kept as " + aside
	}
	return e
}

func (c *candidate) tree() string { return c.stage.in("tree") }

// unpack puts the plugin's files into the stage.
func (c *candidate) unpack(context.Context) error {
	c.in.step("unpack")
	if c.fetched.folder != "" {
		return copyFolder(c.fetched.folder, c.tree())
	}
	kind, err := fileKind(c.fetched.file)
	if err != nil {
		return storeError("read "+c.fetched.name, err)
	}
	switch kind {
	case tarGzip, zipFile:
		return unpack(c.fetched.file, kind, c.tree())
	case noArchive:
		return c.copyProgram()
	default:
		return problem(KindArchive, "ask for a .tar.gz or a .zip", "%s is packed in a way that is not supported", c.fetched.name)
	}
}

// copyProgram puts a program that came without an archive into the stage, with the
// manifest that lies beside it.
func (c *candidate) copyProgram() error {
	name, ok := discover.NameOf(c.fetched.name)
	if !ok {
		return problem(KindUsage, "rename it to "+discover.Prefix+"NAME, or install the archive",
			"%s is neither an archive nor called %sNAME", c.fetched.name, discover.Prefix)
	}
	w, err := newWriter(c.tree())
	if err != nil {
		return err
	}
	defer w.close()
	if err := copyFile(w, c.fetched.file, discover.Prefix+name+programSuffix(c.fetched.name)); err != nil {
		return err
	}
	if manifest := discover.ManifestPath(c.fetched.file); manifest != "" {
		return copyFile(w, manifest, discover.ManifestName)
	}
	return nil
}

func programSuffix(file string) string {
	if strings.HasSuffix(file, ".exe") {
		return ".exe"
	}
	return ""
}

// program finds the one program in the unpacked tree.
func (c *candidate) program() (string, error) {
	var found, archives []string
	err := filepath.WalkDir(c.tree(), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name := entry.Name()
		if _, ok := discover.NameOf(name); ok && !strings.Contains(strings.TrimSuffix(name, ".exe"), ".") {
			found = append(found, path)
		} else if kind, err := fileKind(path); err == nil && kind != noArchive {
			archives = append(archives, name)
		}
		return nil
	})
	switch {
	case err != nil:
		return "", storeError("read plugin", err)
	case len(found) > 1:
		return "", problem(KindManifest, "one plugin to an archive", "%s holds %d programs: %s and %s", c.fetched.name, len(found), filepath.Base(found[0]), filepath.Base(found[1]))
	case len(found) == 0 && len(archives) > 0:
		return "", problem(KindArchive, "unpack it and install the archive inside", "%s holds no plugin but another archive: %s", c.fetched.name, archives[0])
	case len(found) == 0:
		return "", problem(KindManifest, "a plugin's program is called "+discover.Prefix+"NAME", "%s holds no program of a plugin", c.fetched.name)
	}
	return found[0], nil
}

// examine reads manifest, build info and header, and fills in the entry.
func (c *candidate) examine(ctx context.Context) error {
	c.in.step("examine")
	path, err := c.program()
	if err != nil {
		return err
	}
	_ = os.Chmod(path, 0o700) //nolint:gosec // it is a program, and a zip file from Windows knows no modes
	manifest, warnings, found, err := discover.ManifestOf(path)
	if err != nil {
		return &Error{Op: "install plugin", Kind: KindManifest, Detail: strings.ReplaceAll(err.Error(), c.tree()+string(filepath.Separator), ""), Remedy: "correct the manifest"}
	}
	if found {
		if err := checkManifest(manifest); err != nil {
			return err
		}
	}
	row := discover.Inspect(path, discover.Options{HostVersion: c.in.HostVersion, HostProtocols: c.in.HostProtocols})
	if row.Status != discover.StatusOK {
		return c.unfit(row, manifest, found)
	}
	c.row, c.notes = row, append(c.notes, warnings...)
	if !found && row.Foreign {
		if err := c.describe(ctx, path); err != nil {
			return err
		}
	}
	if err := c.checkPromise(); err != nil {
		return err
	}
	return c.fill(path)
}

func checkManifest(m discover.Manifest) error {
	if !validVersion(m.Version) {
		return problem(KindManifest, "write it like 1.2.3", "%s: version %q is no semantic version", discover.ManifestName, m.Version)
	}
	return nil
}

// unfit says why a plugin cannot be used here.
func (c *candidate) unfit(row discover.Plugin, m discover.Manifest, manifest bool) error {
	kind := KindIncompatible
	if manifest && m.Name != row.Name {
		kind = KindManifest
	}
	return &Error{
		Op: "install plugin", Kind: kind, Remedy: row.Remedy,
		Detail: fmt.Sprintf("%s: %s", filepath.Base(row.Path), strings.ReplaceAll(row.Reason, c.tree()+string(filepath.Separator), "")),
	}
}

// checkPromise compares what the source said with what came.
func (c *candidate) checkPromise() error {
	f := c.fetched
	if f.plugin != "" && f.plugin != c.row.Name {
		return c.quarantine(fmt.Sprintf("%s should hold plugin %s and holds %s", f.name, f.plugin, c.row.Name))
	}
	if c.source.kind == moduleSource { // what the module proxy vouches for, not what the manifest says
		c.row.Version = f.version
		return c.checkUpgrade()
	}
	if f.version != "" && c.row.Manifest.Name != "" && !sameVersion(f.version, c.row.Version) {
		return c.quarantine(fmt.Sprintf("%s should be version %s, its manifest says %s", f.name, f.version, c.row.Version))
	}
	if f.version != "" && c.row.Manifest.Name == "" {
		c.row.Version = strings.TrimPrefix(f.version, "v")
	}
	return c.checkUpgrade()
}

func (c *candidate) checkUpgrade() error {
	if up := c.request.upgrade; up != nil && up.Name != c.row.Name {
		return problem(KindIntegrity, "", "%s holds plugin %s, not %s", c.fetched.name, c.row.Name, up.Name)
	}
	return nil
}

// fill makes the entry.
func (c *candidate) fill(path string) error {
	file, err := filepath.Rel(c.tree(), path)
	if err != nil {
		return err
	}
	tree, err := treehash.Sum(c.tree())
	if err != nil {
		return storeError("hash plugin", err)
	}
	digest, err := fileDigest(path)
	if err != nil {
		return storeError("hash plugin", err)
	}
	blocks, err := blockDigest(path, digest)
	if err != nil {
		return storeError("hash plugin", err)
	}
	m, row := c.row.Manifest, c.row
	c.entry = Entry{
		Name: row.Name, Version: row.Version, Tree: tree, File: filepath.ToSlash(file), Size: row.Size, SHA256: digest, Blocks: blocks,
		Source: c.source.text, Constraint: c.source.wanted, URL: c.fetched.url, ArchiveSHA256: c.fetched.digest,
		Platforms: c.fetched.platforms, GoSum: c.fetched.goSum, Installed: c.in.now().UTC().Truncate(1e9),
		Facts: Facts{
			Display: m.Display, Description: m.Description, Publisher: m.Publisher, Homepage: m.Homepage, License: m.License,
			Protocol: row.Protocol, SDK: row.SDKVersion, Kind: row.Kind, MinHost: m.MinHost, Rank: row.Rank,
			Experimental: row.Experimental, Foreign: row.Foreign, Script: row.Script,
		},
		Asks: AsksOf(m),
	}
	c.row.Source, c.row.LockedSHA256, c.row.LockedBlocks = discover.SourceInstalled, digest, blocks
	c.row.LockedTree, c.row.TreeRoot, c.row.LockPath = tree, c.tree(), c.in.Store.LockFile()
	return c.checkSpace()
}

// checkSpace refuses early what the file system would refuse late.
func (c *candidate) checkSpace() error {
	if _, err := os.Stat(c.in.Store.objects()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return storeError("look into the store", err)
	}
	return nil
}

// smoke starts the plugin once, without secrets, from the stage.
func (c *candidate) smoke(ctx context.Context) error {
	if c.in.Smoke == nil || c.request.SkipSmoke {
		return nil
	}
	c.in.step("smoke start")
	home := c.stage.in("home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return storeError("make folder for the first start", err)
	}
	row := c.row
	for _, ask := range c.entry.Asks.list() {
		if ask.Kind == AskVariable {
			row.Denied = append(row.Denied, ask.Name)
		}
	}
	if err := c.in.Smoke(ctx, row, home); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if at, onDisk := asPathError(err); onDisk && strings.HasPrefix(at.Path, home) && !errors.Is(err, fs.ErrNotExist) {
			return storeError("first start of "+c.entry.Name, err) // the disk's fault, not the plugin's
		}
		return &Error{Op: "first start of " + c.entry.Name, Kind: KindSmoke, Err: err, Remedy: "tell the publisher; jcode plugins install --no-smoke installs it all the same"}
	}
	return nil
}
