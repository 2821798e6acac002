package author

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// Override is a [discover.DevOverride] that this process owns. It ends with Close, or
// with the process.
type Override struct {
	home string
	dev  discover.DevOverride
	lock *flock.Flock
}

// Whoever lists plugins holds the lock for a moment, to see whether somebody has it.
const (
	lockLimit = time.Second
	lockPoll  = 15 * time.Millisecond
)

// Own takes the name of a plugin for this process. Nothing is overridden before Set.
// It fails when another process has it.
func Own(ctx context.Context, home, name, dir string) (*Override, error) {
	o := &Override{home: home, dev: discover.DevOverride{Name: name, Dir: dir, PID: os.Getpid()}}
	if err := os.MkdirAll(discover.DevFolder(home), 0o700); err != nil {
		return nil, &Error{Op: "override plugin " + name, Kind: KindFile, Err: err}
	}
	o.lock = flock.New(discover.DevLock(home, name), flock.SetPermissions(0o600))
	limited, cancel := context.WithTimeout(ctx, lockLimit)
	defer cancel()
	_, err := o.lock.TryLockContext(limited, lockPoll)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil && limited.Err() == nil:
		return nil, &Error{Op: "override plugin " + name, Kind: KindFile, Err: err}
	case err != nil:
		detail := "another jcode plugins dev has it"
		if other, ok := discover.ReadDevOverride(home, name); ok {
			detail = fmt.Sprintf("process %d has it, for %s", other.PID, other.Dir)
		}
		return nil, &Error{Op: "override plugin " + name, Kind: KindUsage, Detail: detail, Remedy: "end that one with Ctrl-C"}
	}
	_ = os.Remove(discover.DevFile(home, name)) // of an owner that was killed
	return o, nil
}

// Set makes path the program of the plugin, for every command from now on.
func (o *Override) Set(path string) error {
	o.dev.Path = path
	data, err := json.Marshal(o.dev)
	if err != nil {
		return err
	}
	file := discover.DevFile(o.home, o.dev.Name)
	temporary := filepath.Join(filepath.Dir(file), fmt.Sprintf(".%s.%d", o.dev.Name, o.dev.PID))
	err = os.WriteFile(temporary, data, 0o600)
	if err == nil {
		err = os.Rename(temporary, file)
	}
	if err != nil {
		return &Error{Op: "override plugin " + o.dev.Name, Kind: KindFile, Err: err}
	}
	return nil
}

// Close gives the name back. The lock's file stays: removing it could take it from
// under a new owner.
func (o *Override) Close() {
	_ = os.Remove(discover.DevFile(o.home, o.dev.Name))
	_ = o.lock.Unlock()
}
