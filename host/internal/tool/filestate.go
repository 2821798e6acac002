package tool

import (
	"bytes"
	"crypto/sha256"
	"hash/maphash"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// digest is the SHA-256 of a file's bytes.
type digest [sha256.Size]byte

// SeenFile is a file as the model last saw it. A session keeps it, so the names
// are part of its format.
type SeenFile struct {
	// Path has its symbolic links resolved.
	Path string `json:"path"`
	// SHA256 is of the content; nil when the file was too large.
	SHA256  []byte    `json:"sha256,omitempty"`
	Size    int64     `json:"size"`
	ModTime time.Time `json:"mtime"`
}

// fileState is what the model knows of a file.
type fileState struct {
	hash digest // zero when the file was too large to be hashed
	size int64
	mod  time.Time
	// lines are the hashes of all lines that the model has seen.
	lines map[uint64]bool
	// shown are the ranges that stand in the conversation as they are now.
	shown map[lineRange]bool
	// earlier says that an earlier run of the session saw it, and this one not.
	earlier bool
}

// lineRange is offset and limit of a read.
type lineRange struct{ offset, limit int }

// same reports whether a file is as it was. Times alone prove nothing, so they
// count only for files too large to be hashed.
func (s *fileState) same(hash digest, info os.FileInfo) bool {
	if s.hash != (digest{}) && hash != (digest{}) {
		return s.hash == hash
	}
	return s.size == info.Size() && s.mod.Equal(info.ModTime())
}

// fileStates are the files that one conversation has seen, by their real path.
type fileStates struct {
	mu     sync.Mutex
	seed   maphash.Seed
	byPath map[string]*fileState
	guides map[string]bool
}

// newFileStates knows the files of earlier runs as they were, but not the lines
// that the model saw of them.
func newFileStates(earlier []SeenFile) *fileStates {
	f := &fileStates{seed: maphash.MakeSeed(), byPath: map[string]*fileState{}, guides: map[string]bool{}}
	for _, file := range earlier {
		state := &fileState{size: file.Size, mod: file.ModTime, earlier: true}
		copy(state.hash[:], file.SHA256)
		f.byPath[file.Path] = state
	}
	return f
}

// seen are the files that were seen or written since, sorted by path.
func (f *fileStates) seen() []SeenFile {
	f.mu.Lock()
	defer f.mu.Unlock()
	var files []SeenFile
	for path, state := range f.byPath {
		if state.earlier {
			continue
		}
		file := SeenFile{Path: path, Size: state.size, ModTime: state.mod}
		if state.hash != (digest{}) {
			file.SHA256 = bytes.Clone(state.hash[:])
		}
		files = append(files, file)
	}
	slices.SortFunc(files, func(a, b SeenFile) int { return strings.Compare(a.Path, b.Path) })
	return files
}

func (f *fileStates) line(text string) uint64 { return maphash.String(f.seed, text) }

// knows reports whether the model has seen the file at all.
func (f *fileStates) knows(path string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.byPath[path] != nil
}

// unchanged reports whether the file is as the model last saw it.
func (f *fileStates) unchanged(path string, hash digest, info os.FileInfo) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	state := f.byPath[path]
	return state != nil && state.same(hash, info)
}

// saw records a read. It reports whether the model has that very range in front
// of it already; told once, it gets the text again when it insists.
func (f *fileStates) saw(path string, hash digest, info os.FileInfo, at lineRange, lines []uint64) (again bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	state := f.byPath[path]
	if state == nil || state.earlier || !state.same(hash, info) {
		state = &fileState{lines: map[uint64]bool{}, shown: map[lineRange]bool{}}
		f.byPath[path] = state
	}
	state.hash, state.size, state.mod = hash, info.Size(), info.ModTime()
	for _, line := range lines {
		state.lines[line] = true
	}
	if state.shown[at] {
		delete(state.shown, at)
		return true
	}
	state.shown[at] = true
	return false
}

// wrote records what the model itself wrote. The lines are those it wrote; what
// it saw before still counts, but no range stands in the conversation any more.
func (f *fileStates) wrote(path string, hash digest, info os.FileInfo, lines []uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	state := &fileState{hash: hash, size: info.Size(), mod: info.ModTime(), lines: map[uint64]bool{}, shown: map[lineRange]bool{}}
	if old := f.byPath[path]; old != nil && !old.earlier {
		state.lines = old.lines
	}
	for _, line := range lines {
		state.lines[line] = true
	}
	f.byPath[path] = state
}

// sawLines reports whether the model has seen all of the lines.
func (f *fileStates) sawLines(path string, lines []uint64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	state := f.byPath[path]
	if state == nil {
		return false
	}
	for _, line := range lines {
		if !state.lines[line] {
			return false
		}
	}
	return true
}

// unseen are the numbers of the lines that the model has not seen, at most limit
// of them; nil when it is not known what lines it saw.
func (f *fileStates) unseen(path string, lines []uint64, limit int) []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	state := f.byPath[path]
	if state == nil || len(state.lines) == 0 {
		return nil
	}
	var numbers []int
	for i, line := range lines {
		if !state.lines[line] && len(numbers) < limit {
			numbers = append(numbers, i+1)
		}
	}
	return numbers
}

// firstGuide reports whether an instruction file is looked for the first time.
func (f *fileStates) firstGuide(path string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	first := !f.guides[path]
	f.guides[path] = true
	return first
}

// pathLocks let one call at a time write to a file.
type pathLocks struct {
	mu   sync.Mutex
	held map[string]*pathLock
}

type pathLock struct {
	mu    sync.Mutex
	users int
}

func newPathLocks() *pathLocks { return &pathLocks{held: map[string]*pathLock{}} }

// lock waits for the file and returns what gives it back.
func (p *pathLocks) lock(path string) (unlock func()) {
	p.mu.Lock()
	lock := p.held[path]
	if lock == nil {
		lock = &pathLock{}
		p.held[path] = lock
	}
	lock.users++
	p.mu.Unlock()
	lock.mu.Lock()
	return func() {
		lock.mu.Unlock()
		p.mu.Lock()
		defer p.mu.Unlock()
		if lock.users--; lock.users == 0 {
			delete(p.held, path)
		}
	}
}
