package discover

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// List returns every plugin that can be found, launched or not: winners,
// shadowed ones and broken ones, each with its reason, ordered by name and then
// by strength. It executes nothing and hashes nothing. With a CacheDir it reads no more
// than what it found last time, if none of the files has changed since.
func List(o Options) []Plugin {
	memory := o.memory()
	if rows, ok := memory.recall(); ok {
		return rows
	}
	began := time.Now()
	rows, whole := search(o)
	if whole && memory.path != "" {
		memory.keep(rows, o.dependsOn(rows), began)
	}
	return rows
}

// search looks at everything. whole is false if something of it is broken, which may be
// because it could not be read.
func search(o Options) (rows []Plugin, whole bool) {
	installed := o.readInstalled()
	rows = append(o.overrides(), o.devRows()...)
	var bundled []Plugin
	for _, p := range o.places() {
		found := o.rowsIn(p)
		if p.source == SourceBundled {
			bundled = append(bundled, found...)
			continue
		}
		rows = append(rows, found...)
	}
	store := <-installed
	whole = !slices.ContainsFunc(slices.Concat(rows, store.rows, bundled), func(p Plugin) bool { return p.Status == StatusBroken })
	rows = append(append(rows, withConsent(store.rows, bundled)...), bundled...)
	shadow(rows)
	disable(rows, store.disabled)
	slices.SortStableFunc(rows, func(a, b Plugin) int { return strings.Compare(a.Name, b.Name) })
	return rows, whole
}

// stored is what a store holds.
type stored struct {
	rows     []Plugin
	disabled []string
}

// readInstalled begins to read the store.
func (o Options) readInstalled() <-chan stored {
	read := make(chan stored, 1)
	if o.Store == nil {
		close(read)
		return read
	}
	go func() {
		rows, disabled := o.Store.Rows(o.HostVersion, o.HostProtocols)
		read <- stored{rows, disabled}
	}()
	return read
}

func (o Options) overrides() []Plugin {
	rows := make([]Plugin, 0, len(o.Overrides))
	for i, override := range o.Overrides {
		path := absolute(override.Path)
		row := Plugin{Name: override.Name, Path: path, Source: SourceFlag, Trust: TrustUnverified, TrustDetail: trustDetail}
		row = inspect(row, holdsOne(path), o)
		if slices.ContainsFunc(o.Overrides[:i], func(p Override) bool { return p.Name == override.Name }) {
			row.breakWith("duplicate: --plugin names "+override.Name+" twice", "name it once")
		}
		rows = append(rows, row)
	}
	return rows
}

// absolute is the path itself where it cannot be made absolute, or names a plugin that
// runs already.
func absolute(path string) string {
	if strings.HasPrefix(path, AttachPrefix) {
		return path
	}
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

func (o Options) devRows() []Plugin {
	rows := make([]Plugin, 0, len(o.Dev))
	for _, dev := range o.Dev {
		rows = append(rows, DevRow(dev, o))
	}
	return rows
}

// DevRow is the row of a plugin that somebody is writing.
func DevRow(dev DevOverride, o Options) Plugin {
	row := Plugin{
		Name: dev.Name, Path: dev.Path, Source: SourceDev, Trust: TrustUnverified,
		TrustDetail: fmt.Sprintf("built from %s by process %d", dev.Dir, dev.PID),
	}
	return inspect(row, holdsOne(dev.Path), o)
}

// trustDetail is said of plugins that nothing vouches for but the user.
const trustDetail = "nothing to compare with; its digest is shown when it runs"

// holdsOne reports whether the folder of path holds no other plugin.
func holdsOne(path string) bool {
	programs, err := programsIn(filepath.Dir(path))
	others := slices.ContainsFunc(programs, func(e os.DirEntry) bool { return e.Name() != filepath.Base(path) })
	return err == nil && !others
}

func (o Options) rowsIn(p place) []Plugin {
	if p.reason != "" {
		return []Plugin{{Path: p.folder, Source: p.source, Status: StatusBroken, Reason: p.reason, Remedy: "correct JCODE_PLUGIN_PATH"}}
	}
	programs, err := programsIn(p.folder)
	if err != nil {
		return []Plugin{{Path: p.folder, Source: p.source, Status: StatusBroken, Reason: "read folder: " + cause(err)}}
	}
	rows := make([]Plugin, 0, len(programs))
	for _, entry := range programs {
		row := Plugin{
			Name: pluginName(entry.Name()), Path: filepath.Join(p.folder, entry.Name()),
			Source: p.source, Trust: TrustUnverified, TrustDetail: trustDetail,
		}
		rows = append(rows, inspect(row, len(programs) == 1, o))
	}
	if p.source == SourceBundled {
		rows = applyLock(p.folder, rows)
	}
	return rows
}

// applyLock compares bundled rows with the lock and adds a row for each program
// that the lock knows and the folder does not have.
func applyLock(folder string, rows []Plugin) []Plugin {
	lock, err := readLock(folder)
	for i := range rows {
		if err != nil {
			rows[i].Trust = TrustNoLock
			rows[i].breakWith("bad "+LockFile+": "+err.Error(), "reinstall jcode")
			continue
		}
		lock.apply(&rows[i])
	}
	if lock == nil {
		return rows
	}
	for _, entry := range lock.Plugin {
		path := filepath.Join(folder, entry.File)
		if !slices.ContainsFunc(rows, func(p Plugin) bool { return p.Path == path }) {
			rows = append(rows, Plugin{
				Name: entry.Name, Display: entry.Name, Version: entry.Version, Path: path, Source: SourceBundled,
				Status: StatusBroken, Reason: "missing: " + LockFile + " names it", Remedy: "reinstall jcode",
				Trust: TrustModified, Rank: DefaultRank,
			})
		}
	}
	return rows
}

// withConsent leaves out of the search what has a bundled plugin's name without the
// user's consent: it is listed as blocked and takes no name.
func withConsent(installed, bundled []Plugin) []Plugin {
	rows := slices.Clone(installed)
	for i := range rows {
		row := &rows[i]
		taken := slices.ContainsFunc(bundled, func(b Plugin) bool { return b.Name == row.Name })
		if taken && !row.ReplacesBundled && row.Name != "" {
			row.yields = true
			row.Status, row.Reason = StatusBlocked, "a bundled plugin has this name"
			row.Remedy = "jcode plugins install --replace-bundled " + row.Origin + ", or jcode plugins uninstall " + row.Name
		}
	}
	return rows
}

// disable marks the rows that would be launched but for the user's word.
func disable(rows []Plugin, names []string) {
	for i := range rows {
		row := &rows[i]
		if row.Status == StatusOK && row.Source != SourceFlag && row.Source != SourceDev && slices.Contains(names, row.Name) {
			row.Status, row.Reason, row.Remedy = StatusDisabled, "you disabled it", "jcode plugins enable "+row.Name
		}
	}
}

// shadow marks every row whose name an earlier row has taken. A broken row takes
// its name too: what the user put first is reported, not silently passed over.
func shadow(rows []Plugin) {
	winners := map[string]*Plugin{}
	for i := range rows {
		row := &rows[i]
		if row.Name == "" || row.yields {
			continue
		}
		winner := winners[row.Name]
		if winner == nil {
			winners[row.Name] = row
			continue
		}
		if row.Source == SourceFlag { // a duplicate flag, already marked
			continue
		}
		row.Status, row.Remedy = StatusShadowed, ""
		row.Reason = fmt.Sprintf("%s comes first: %s", winner.Path, precedence[winner.Source])
		if winner.Status == StatusBroken {
			row.Reason += "; that one is broken: " + winner.Reason
		}
	}
}

var precedence = map[Source]string{
	SourceFlag:      "named by --plugin",
	SourceDev:       "built by jcode plugins dev",
	SourcePath:      "in a folder of JCODE_PLUGIN_PATH",
	SourceInstalled: "installed",
	SourceBundled:   "bundled",
}
