//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// bed is where everything is measured: the binaries, a scratch home and project,
// and a stand-in server.
type bed struct {
	jcode, floor  string
	home, project string
	url           string
	runs          int
	server        *exec.Cmd
	lifeline      io.Closer
	scratch       string
}

func newBed(ctx context.Context, bin string, runs int) (*bed, error) {
	scratch, err := os.MkdirTemp("", "jcode-bench-")
	if err != nil {
		return nil, err
	}
	b := &bed{
		floor: filepath.Join(scratch, "floor"), scratch: scratch, runs: runs,
		home: filepath.Join(scratch, "home"), project: filepath.Join(scratch, "project"),
	}
	if b.jcode, err = filepath.Abs(filepath.Join(bin, "jcode")); err != nil {
		return nil, err
	}
	if err := b.fill(ctx); err != nil {
		return nil, err
	}
	return b, b.serve(ctx)
}

func (b *bed) fill(ctx context.Context) error {
	for _, dir := range []string{b.home, b.project} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	text := []byte("one\ntwo\nthree\n")
	for i := range 10 {
		name := filepath.Join(b.project, fmt.Sprintf("file%d.txt", i))
		if err := os.WriteFile(name, text, 0o600); err != nil {
			return err
		}
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", b.floor, "./tools/bench/floor")
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build floor: %w: %s", err, text)
	}
	return nil
}

// serve starts the stand-in server: this program again, in a process and a session of
// its own. A vendor's server is on another machine; here it must at least not share
// with the measured program what the system gives to one session.
func (b *bed) serve(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	server := exec.CommandContext(ctx, self, "--serve")
	server.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	server.Stderr = os.Stderr
	if b.lifeline, err = server.StdinPipe(); err != nil {
		return err
	}
	out, err := server.StdoutPipe()
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	b.server = server
	if _, err := fmt.Fscanln(out, &b.url); err != nil {
		return fmt.Errorf("read the server's address: %w", err)
	}
	return nil
}

func (b *bed) close() {
	_ = b.lifeline.Close() // which ends the server
	_ = b.server.Wait()
	_ = os.RemoveAll(b.scratch)
}

// command prepares a run of a program in the bed's surroundings.
func (b *bed) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = b.project
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + b.home, "JCODE_HOME=" + filepath.Join(b.home, ".jcode"),
		"JCODE_USE_DIRECT_API=1", "ANTHROPIC_API_KEY=" + benchKey, "ANTHROPIC_BASE_URL=" + b.url,
	}
	return cmd
}

// run runs a program to its end and returns the wall time. Output goes nowhere,
// through a real file, so that no reader is measured.
func (b *bed) run(ctx context.Context, name string, args ...string) (time.Duration, error) {
	cmd := b.command(ctx, name, args...)
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%s %v: %w", filepath.Base(name), args, err)
	}
	return time.Since(began), nil
}

// pair runs two programs in turn, A B A B …, after one warm-up of each, and
// returns the medians of both and of the difference A-B.
func (b *bed) pair(ctx context.Context, runs int, one, other []string) (a, o, difference time.Duration, err error) {
	var as, os, ds []time.Duration
	for i := range runs + 1 {
		x, err := b.run(ctx, one[0], one[1:]...)
		if err != nil {
			return 0, 0, 0, err
		}
		y, err := b.run(ctx, other[0], other[1:]...)
		if err != nil {
			return 0, 0, 0, err
		}
		if i > 0 {
			as, os, ds = append(as, x), append(os, y), append(ds, x-y)
		}
	}
	return median(as), median(os), median(ds), nil
}

func median[T ~int64 | ~float64](values []T) T {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}
