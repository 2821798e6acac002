package conformance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk/internal/spawn"
)

const (
	// standInTime is how long a stand-in may take until it is ready: it may have to
	// be compiled.
	standInTime = 60 * time.Second
	// standInGrace is how long it may take to end by itself.
	standInGrace = 300 * time.Millisecond
	// standInReady is the line that ends what it says.
	standInReady = "ready"
)

// Running is a stand-in that runs. Stop it. A nil one is none.
type Running struct {
	said  map[string]string
	cmd   *exec.Cmd
	stdin io.Closer
	ended chan struct{}
}

// StartStandIn starts the file's stand-in and waits until it is ready; without one
// it returns nil. environ is the environment to start it in, log gets its standard
// error. Once its standard input ends, it is over.
func (f *File) StartStandIn(ctx context.Context, environ []string, log io.Writer) (*Running, error) {
	if f.StandIn == nil {
		return nil, nil
	}
	program, args := f.StandIn.Command[0], f.StandIn.Command[1:]
	if strings.ContainsAny(program, `/\`) && !filepath.IsAbs(program) {
		program = filepath.Join(f.dir, program)
	}
	r := &Running{said: map[string]string{}, ended: make(chan struct{})}
	r.cmd = exec.Command(program, args...) //nolint:noctx // Stop ends it, with its group
	r.cmd.Dir, r.cmd.Env, r.cmd.Stderr = f.dir, slices.Clip(environ), log
	for _, name := range slices.Sorted(maps.Keys(f.StandIn.Environment)) {
		r.cmd.Env = append(r.cmd.Env, name+"="+f.StandIn.Environment[name])
	}
	spawn.OwnSession(r.cmd)
	r.cmd.WaitDelay = standInGrace
	if err := r.start(ctx); err != nil {
		return nil, fmt.Errorf("start stand-in %s: %w", strings.Join(f.StandIn.Command, " "), err)
	}
	return r, nil
}

func (r *Running) start(ctx context.Context) error {
	stdin, err := r.cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, in, err := os.Pipe()
	if err != nil {
		return err
	}
	r.stdin, r.cmd.Stdout = stdin, in
	err = r.cmd.Start()
	_ = in.Close()
	if err != nil {
		_ = out.Close()
		return err
	}
	go func() {
		_ = r.cmd.Wait() // how it ends is of no interest
		close(r.ended)
	}()
	if err := r.listen(ctx, out); err != nil {
		r.Stop()
		return err
	}
	return nil
}

// listen reads what the stand-in says until it is ready, and then throws away.
func (r *Running) listen(ctx context.Context, out *os.File) error {
	ready := make(chan error, 1)
	said := map[string]string{}
	go func() {
		defer func() { _ = out.Close() }()
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			line := strings.TrimSpace(lines.Text())
			if line == standInReady {
				ready <- nil
				_, _ = io.Copy(io.Discard, out)
				return
			}
			if name, value, ok := strings.Cut(line, "="); ok {
				said[name] = value
			}
		}
		ready <- errors.New(`it ended, or closed its standard output, before it said "ready"`)
	}()
	limit := time.NewTimer(standInTime)
	defer limit.Stop()
	select {
	case err := <-ready:
		r.said = said
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-limit.C:
		return fmt.Errorf("it did not say %q within %v", standInReady, standInTime)
	}
}

// Stop ends the stand-in with all that is in its session.
func (r *Running) Stop() {
	if r == nil {
		return
	}
	_ = r.stdin.Close()
	grace := time.NewTimer(standInGrace)
	defer grace.Stop()
	select {
	case <-r.ended:
	case <-grace.C:
	}
	spawn.KillSession(r.cmd.Process.Pid)
	<-r.ended
}

// Placeholders are what the stand-in said, by name; of none there are none.
func (r *Running) Placeholders() map[string]string {
	if r == nil {
		return nil
	}
	return r.said
}
