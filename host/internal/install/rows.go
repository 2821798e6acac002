package install

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// state is what the store's files say at one moment.
type state struct {
	generation *Generation
	lock       *Lock
}

// read reads the state. The generation's file is read first: the lock only ever gains
// what a generation needs before that counts.
func (s Store) read() (*state, error) {
	generation, err := s.readCurrent()
	if err != nil {
		return nil, &Error{Op: "read installed plugins", Kind: KindStore, Err: err, Remedy: "jcode plugins doctor --repair"}
	}
	lock, err := s.readLock()
	if err != nil {
		return nil, &Error{Op: "read plugins.lock", Kind: KindStore, Err: err, Remedy: "jcode plugins doctor --repair"}
	}
	return &state{generation, lock}, nil
}

// Rows returns a row for each installed plugin, and the names that are disabled.
// It reads two small files and looks at each program; it executes and hashes
// nothing. A store that cannot be read is one broken row.
func (s Store) Rows(hostVersion string, hostProtocols []int) (rows []discover.Plugin, disabled []string) {
	if _, err := os.Stat(s.current()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	st, err := s.read()
	if err != nil {
		return []discover.Plugin{{
			Path: s.root, Source: discover.SourceInstalled, Status: discover.StatusBroken,
			Reason: err.Error(), Remedy: "jcode plugins doctor --repair",
		}}, nil
	}
	picks := st.generation.Plugin
	rows = make([]discover.Plugin, len(picks))
	for i, pick := range picks {
		if entry := st.lock.entry(pick.Name, pick.Tree); entry != nil {
			rows[i] = s.row(entry, hostVersion, hostProtocols)
		} else {
			rows[i] = s.unlocked(pick)
		}
		rows[i].Pinned = pick.Pinned
	}
	return rows, st.generation.Disabled
}

// Files are what Rows reads besides the programs' own, or would.
func (s Store) Files() []string {
	files := []string{s.current(), s.LockFile()}
	if number, err := s.currentNumber(); err == nil {
		files = append(files, s.generation(number))
	}
	return files
}

// unlocked is the row of a plugin that a generation names and the lock does not.
func (s Store) unlocked(pick Pick) discover.Plugin {
	return discover.Plugin{
		Name: pick.Name, Display: pick.Name, Version: pick.Version, Path: s.object(pick.Tree), Source: discover.SourceInstalled,
		Status: discover.StatusBroken, Reason: "not in " + s.LockFile(), Remedy: "jcode plugins doctor --repair",
		Trust: discover.TrustModified, Rank: discover.DefaultRank,
	}
}

// row makes the row of an entry. What is shown and granted is what was consented
// to, not what the manifest in the store says now.
func (s Store) row(e *Entry, hostVersion string, hostProtocols []int) discover.Plugin {
	row := discover.Plugin{
		Name: e.Name, Display: e.Name, Version: e.Version, Protocol: e.Facts.Protocol, SDKVersion: e.Facts.SDK,
		Source: discover.SourceInstalled, Path: filepath.Join(s.object(e.Tree), filepath.FromSlash(e.File)),
		Kind: e.Facts.Kind, Experimental: e.Facts.Experimental, Rank: e.Facts.Rank, Description: e.Facts.Description,
		Foreign: e.Facts.Foreign, Script: e.Facts.Script, Manifest: e.manifest(),
		LockedSHA256: e.SHA256, LockedBlocks: e.Blocks, LockedTree: e.Tree, TreeRoot: s.object(e.Tree), LockPath: s.LockFile(),
		Denied: e.deniedVariables(), Origin: e.Source, Signer: e.Signer, Installed: e.Installed, ReplacesBundled: e.ReplacesBundled,
	}
	if e.Facts.Display != "" {
		row.Display = e.Facts.Display
	}
	row.Trust, row.TrustDetail = e.trust()
	if runtime.GOOS != "linux" || e.Facts.Script {
		row.TrustDetail += "; verified by path"
	}
	info, err := os.Stat(row.Path)
	switch {
	case err != nil:
		row.Mark(discover.TrustModified, "the program is missing from the store: "+causeOf(err), "jcode plugins doctor --repair")
	case info.Size() != e.Size:
		row.Size = info.Size()
		row.Mark(discover.TrustModified, fmt.Sprintf("modified: %d bytes, %s says %d", info.Size(), s.LockFile(), e.Size), "jcode plugins doctor --repair")
	default:
		row.Size = e.Size
	}
	row.Judge(discover.Options{HostVersion: hostVersion, HostProtocols: hostProtocols})
	return row
}

// trust says what vouches for an entry.
func (e *Entry) trust() (trust, detail string) {
	since := e.FirstSeen.UTC().Format("2006-01-02")
	if e.Signer != "" {
		return discover.TrustSigned, "minisign key " + e.Signer + ", trusted since " + since
	}
	return discover.TrustFirstUse, "unsigned, trusted on first use " + since
}

func (e *Entry) manifest() discover.Manifest {
	rank := e.Facts.Rank
	return discover.Manifest{
		Schema: 1, Name: e.Name, Version: e.Version, Display: e.Facts.Display, Description: e.Facts.Description,
		Publisher: e.Facts.Publisher, Homepage: e.Facts.Homepage, License: e.Facts.License,
		Protocol: e.Facts.Protocol, MinHost: e.Facts.MinHost, Kind: e.Facts.Kind, Rank: &rank, Experimental: e.Facts.Experimental,
		Environment: discover.Environment{Variables: e.Asks.Variables, Prefixes: e.Asks.Prefixes},
		Files:       discover.Files{Read: e.granted(AskRead, e.Asks.Read), Write: e.granted(AskWrite, e.Asks.Write)},
		Programs:    discover.Programs{Run: e.granted(AskProgram, e.Asks.Programs)},
		Network:     discover.Network{Hosts: e.Asks.Hosts},
	}
}

func (e *Entry) granted(kind AskKind, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.Contains(e.Denied, Ask{Kind: kind, Name: name}.Item())
	})
}

// deniedVariables are the declared variables and prefixes that were not granted.
func (e *Entry) deniedVariables() []string {
	var denied []string
	for _, item := range e.Denied {
		if name, ok := strings.CutPrefix(item, string(AskVariable)+":"); ok {
			denied = append(denied, name)
		}
	}
	return denied
}

func causeOf(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}
