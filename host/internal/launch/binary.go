package launch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"time"

	"github.com/jcode-go/jcode/host/internal/blockhash"
	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/fingerprint"
)

// binary is a plugin's program, opened once. What is hashed through the open file
// is what execPath names, where the system can do that.
type binary struct {
	f      *os.File
	path   string
	script bool
	hashed chan struct{} // closed when what follows is set
	digest string
	err    error
	// remembered says that the digest is an earlier start's.
	remembered bool
	// over is closed when hash has nothing more to do.
	over chan struct{}
}

// openBinary opens the program and refuses what cannot be run here. The error is
// an *Error without plugin name.
func openBinary(path string) (*binary, error) {
	f, err := os.Open(path)
	if err != nil {
		reason := ReasonInternal
		if errors.Is(err, fs.ErrNotExist) {
			reason = ReasonNotFound
		} else if errors.Is(err, fs.ErrPermission) {
			reason = ReasonNotExecutable
		}
		return nil, &Error{Path: path, Reason: reason, Err: err, Remedy: "check the path: " + path}
	}
	b := &binary{f: f, path: path, hashed: make(chan struct{}), over: make(chan struct{})}
	if err := b.check(); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *binary) check() error {
	info, err := b.f.Stat()
	if err != nil {
		return &Error{Path: b.path, Reason: ReasonInternal, Err: err}
	}
	if info.IsDir() {
		return &Error{Path: b.path, Reason: ReasonNotExecutable, Detail: b.path + " is a folder", Remedy: "name the program inside it"}
	}
	if runtime.GOOS != "windows" && info.Mode()&0o111 == 0 {
		return &Error{Path: b.path, Reason: ReasonNotExecutable, Detail: fmt.Sprintf("%s has mode %v", b.path, info.Mode()), Remedy: "chmod +x " + b.path}
	}
	b.script, err = discover.CheckProgram(b.f)
	if wrong := (*discover.WrongArchitectureError)(nil); errors.As(err, &wrong) {
		return &Error{
			Path: b.path, Reason: ReasonWrongArchitecture, Err: err,
			Detail: fmt.Sprintf("%s is for %s (%s), this machine is %s", b.path, wrong.Arch, wrong.Format, wrong.Want),
			Remedy: "install the build for " + wrong.Want,
		}
	}
	if err != nil {
		return &Error{Path: b.path, Reason: ReasonExecFormat, Detail: err.Error(), Err: err, Remedy: "install the build for " + runtime.GOOS + "/" + runtime.GOARCH}
	}
	return nil
}

// hash computes the digest, and confirms the locked one faster where that can be done:
// by what is remembered of the same file, or by the digest of its blocks. It is called
// once, in a goroutine of its own.
func (b *binary) hash(locked, blocks string, m memory) {
	defer close(b.over)
	began := time.Now()
	before, known := fingerprint.Of(b.f)
	b.remembered = m.recall(b.f, locked)
	if b.remembered {
		b.digest = locked
	} else {
		b.digest, b.err = b.sum(locked, blocks)
	}
	keep := known && !b.remembered && b.err == nil && b.digest == locked
	close(b.hashed)
	if keep {
		m.keep(before, locked, began)
	}
}

// sum is the file's SHA-256.
func (b *binary) sum(locked, blocks string) (string, error) {
	info, err := b.f.Stat()
	if err != nil {
		return "", err
	}
	if blocks != "" {
		if sum, err := blockhash.Sum(b.f, info.Size(), locked); err == nil && sum == blocks {
			return locked, nil
		}
	}
	return blockhash.Whole(b.f, info.Size())
}

func (b *binary) close() { _ = b.f.Close() }
