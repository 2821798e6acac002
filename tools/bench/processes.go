//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// textMemory samples the whole tree while an answer is under way, and prints
// the largest sum seen. Linux only: other systems have no such figure.
func textMemory(ctx context.Context, b *bed) (figure, error) {
	var peaks []float64
	for range max(3, b.runs/4) {
		cmd := b.command(ctx, b.jcode, "run", promptPause)
		peak, err := peakMemory(cmd)
		if err != nil {
			return figure{}, err
		}
		peaks = append(peaks, peak)
	}
	peak := median(peaks)
	return figure{measured: fmt.Sprintf("%.1f MB PSS", peak), floor: "-", within: peak <= 28}, nil
}

func manyTurns(prompt string) func(context.Context, *bed) (figure, error) {
	return func(ctx context.Context, b *bed) (figure, error) {
		jcode := []string{b.jcode, "run", "--max-turns", "400", prompt}
		took, floor, _, err := b.pair(ctx, 3, jcode, []string{b.floor, b.url, prompt})
		if err != nil {
			return figure{}, err
		}
		peak, err := peakMemory(b.command(ctx, jcode[0], jcode[1:]...))
		return figure{
			measured: fmt.Sprintf("%.2f s, %.1f MB PSS", took.Seconds(), peak), floor: fmt.Sprintf("%.2f s", floor.Seconds()),
			within: took <= 3*time.Second && peak <= 40,
		}, err
	}
}

// peakMemory runs cmd to its end and returns the highest PSS of its tree in MB.
func peakMemory(cmd *exec.Cmd) (float64, error) {
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	var peak float64
	for {
		select {
		case err := <-done:
			return peak, err
		case <-tick.C:
			peak = max(peak, treeMemory(cmd.Process.Pid))
		}
	}
}

// treeMemory adds up a process and its descendants. A child that has not yet
// executed its own program (vfork) shares all its parent's memory and would count
// twice: it is the one with its parent's name, which no other here has.
func treeMemory(root int) (sum float64) {
	for _, pid := range tree(root) {
		if name, parent := status(pid); pid == root || name != firstOf(status(parent)) {
			sum += pss(pid)
		}
	}
	return sum
}

func firstOf(name string, _ int) string { return name }

// status reads a process's name and its parent.
func status(pid int) (name string, parent int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0
	}
	_, rest, _ := strings.Cut(string(text), "(")
	name, rest, _ = strings.Cut(rest, ") ")
	if fields := strings.Fields(rest); len(fields) > 1 {
		parent, _ = strconv.Atoi(fields[1])
	}
	return name, parent
}

// pss reads one process's proportional set size in MB; 0 when it is gone.
func pss(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			kib, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024
		}
	}
	return 0
}

// tree lists a process and its descendants.
func tree(pid int) []int {
	pids := []int{pid}
	for i := 0; i < len(pids); i++ {
		lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pids[i]))
		for _, list := range lists {
			text, _ := os.ReadFile(list)
			for _, field := range strings.Fields(string(text)) {
				if child, err := strconv.Atoi(field); err == nil {
					pids = append(pids, child)
				}
			}
		}
	}
	return pids
}

func cancelled(ctx context.Context, b *bed) (figure, error) {
	return b.end(ctx, syscall.SIGINT, 250*time.Millisecond)
}

func killed(ctx context.Context, b *bed) (figure, error) {
	return b.end(ctx, syscall.SIGKILL, time.Second)
}

// end starts a run that sleeps in bash, sends signal to jcode, and measures how
// long any process of its tree lives on.
func (b *bed) end(ctx context.Context, signal syscall.Signal, limit time.Duration) (figure, error) {
	var times []time.Duration
	for range max(3, b.runs/2) {
		took, err := b.endOnce(ctx, signal)
		if err != nil {
			return figure{}, err
		}
		times = append(times, took)
	}
	took := median(times)
	return figure{measured: ms(took), floor: "-", within: took <= limit}, nil
}

func (b *bed) endOnce(ctx context.Context, signal syscall.Signal) (time.Duration, error) {
	started := filepath.Join(b.project, "started")
	_ = os.Remove(started)
	cmd := b.command(ctx, b.jcode, "run", promptSleep)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	if err := waitUntil(10*time.Second, func() bool { _, err := os.Stat(started); return err == nil }); err != nil {
		return 0, fmt.Errorf("wait for bash: %w", err)
	}
	pids := tree(cmd.Process.Pid)
	began := time.Now()
	if err := cmd.Process.Signal(signal); err != nil {
		return 0, err
	}
	_ = cmd.Wait()
	err := waitUntil(10*time.Second, func() bool {
		for _, pid := range pids {
			if syscall.Kill(pid, 0) == nil && !zombie(pid) {
				return false
			}
		}
		return true
	})
	return time.Since(began), err
}

// zombie tells whether a process is dead and only waits for its parent.
func zombie(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.HasPrefix(rest, "Z")
}

func waitUntil(limit time.Duration, done func() bool) error {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if done() {
			return nil
		}
	}
	return errors.New("it took too long")
}
