//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// measures are the figures of the design's budgets, in its order.
var measures = []measure{
	{"version", "≤ 10 ms over true", overTrue("version")},
	{"plugins list", "≤ 10 ms over true", overTrue("plugins", "list")},
	{"plugins list, 50 installed", "≤ 10 ms over true", listFifty},
	{"plugin ready", "≤ 25 ms", pluginReady("hash_before_the_start")},
	{"installed, hash + sandbox", "≤ 25 ms", pluginReady("installed_hash_and_sandbox")},
	{"text turn", "≤ 40 ms over floor", textTurn},
	{"10-tool task", "(none)", tenTools},
	{"20,000 deltas", "≤ 2× floor", longAnswer},
	{"cost of one delta", "≤ 5 µs over floor", oneDelta},
	{"memory, text turn", "≤ 28 MB PSS host + plugin", textMemory},
	{"cancel to last child", "≤ 250 ms", cancelled},
	{"host killed to nothing", "≤ 1 s", killed},
	{"300 read turns", "≤ 3 s, ≤ 40 MB PSS", manyTurns(promptReads)},
	{"300 bash turns", "≤ 3 s, ≤ 40 MB PSS", manyTurns(promptShells)},
}

func overTrue(args ...string) func(context.Context, *bed) (figure, error) {
	return func(ctx context.Context, b *bed) (figure, error) {
		trueProgram, err := exec.LookPath("true")
		if err != nil {
			return figure{}, err
		}
		a, floor, over, err := b.pair(ctx, b.runs, append([]string{b.jcode}, args...), []string{trueProgram})
		return figure{
			measured: fmt.Sprintf("%s (%s over)", ms(a), ms(over)), floor: ms(floor) + " true",
			within: over <= 10*time.Millisecond,
		}, err
	}
}

// listFifty lists 50 plugins that were really installed, beside the bundled ones.
func listFifty(ctx context.Context, b *bed) (figure, error) {
	const plugins = 50
	for i := range plugins {
		if err := b.installOne(ctx, fmt.Sprintf("bench-%02d", i)); err != nil {
			return figure{}, err
		}
	}
	f, err := overTrue("plugins", "list")(ctx, b)
	if err != nil {
		return f, err
	}
	out, err := b.command(ctx, b.jcode, "plugins", "list").Output()
	if n := bytes.Count(out, []byte("installed")); err == nil && n != plugins {
		err = fmt.Errorf("%d plugins are listed", n)
	}
	return f, errors.Join(err, os.RemoveAll(filepath.Join(b.home, ".jcode", "plugins", "current")))
}

// installOne installs a plugin that is listed, and never started.
func (b *bed) installOne(ctx context.Context, name string) error {
	dir := filepath.Join(b.scratch, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	manifest := fmt.Sprintf(`schema = 1
name = %q
version = "1.0.0"
display = "A plugin of the benchmark"
description = "One that is listed and never started"
publisher = "nobody"
protocol = [1]
kind = "http"
[environment]
variables = ["BENCH_KEY", "BENCH_MODEL"]
[network]
hosts = ["api.example.com"]
`, name)
	if err := os.WriteFile(filepath.Join(dir, "plugin.toml"), []byte(manifest), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "jcode-provider-"+name), []byte("#!/bin/sh\n"), 0o700); err != nil {
		return err
	}
	out, err := b.command(ctx, b.jcode, "plugins", "install", "--yes", "--no-smoke", dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("install %s: %w: %s", name, err, out)
	}
	return nil
}

var readyFigure = regexp.MustCompile(`([\d.]+) best_ready_ms.*?([\d.]+) ready_ms`)

// pluginReady asks the launcher's own benchmark: from a file on disk, hashed
// before it is executed, to the first answer and the configuration.
func pluginReady(bench string) func(context.Context, *bed) (figure, error) {
	return func(ctx context.Context, b *bed) (figure, error) {
		cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkStart$/^"+bench+"$",
			"-benchtime", "60x", "./host/internal/launch")
		cmd.Env = append(os.Environ(), "JCODE_TEST_BIN="+filepath.Dir(b.jcode))
		text, err := cmd.CombinedOutput()
		if err != nil {
			return figure{}, fmt.Errorf("%w: %s", err, text)
		}
		found := readyFigure.FindSubmatch(text)
		if found == nil {
			return figure{}, fmt.Errorf("no figure in: %s", text)
		}
		best, middle := string(found[1]), string(found[2])
		ready, err := strconv.ParseFloat(middle, 64)
		return figure{measured: fmt.Sprintf("%s ms (best %s)", middle, best), floor: "-", within: ready <= 25}, err
	}
}

func textTurn(ctx context.Context, b *bed) (figure, error) {
	a, floor, over, err := b.pair(ctx, b.runs, []string{b.jcode, "run", promptText}, []string{b.floor, b.url, promptText})
	return figure{
		measured: fmt.Sprintf("%s (%s over)", ms(a), ms(over)), floor: ms(floor),
		within: over <= 40*time.Millisecond,
	}, err
}

func tenTools(ctx context.Context, b *bed) (figure, error) {
	a, floor, over, err := b.pair(ctx, b.runs/2, []string{b.jcode, "run", promptTools}, []string{b.floor, b.url, promptText})
	return figure{measured: fmt.Sprintf("%s (%s over)", ms(a), ms(over)), floor: ms(floor) + " one turn", within: true}, err
}

func longAnswer(ctx context.Context, b *bed) (figure, error) {
	a, floor, _, err := b.pair(ctx, b.runs/2, []string{b.jcode, "run", promptLong}, []string{b.floor, b.url, promptLong})
	if err != nil {
		return figure{}, err
	}
	ratio := float64(a) / float64(floor)
	return figure{measured: fmt.Sprintf("%s (%.2f×)", ms(a), ratio), floor: ms(floor), within: ratio <= 2}, nil
}

// oneDelta is what 20,000 deltas take longer than one, less what they take the
// floor longer, by delta.
func oneDelta(ctx context.Context, b *bed) (figure, error) {
	long, floorLong, _, err := b.pair(ctx, b.runs/2, []string{b.jcode, "run", promptLong}, []string{b.floor, b.url, promptLong})
	if err != nil {
		return figure{}, err
	}
	short, floorShort, _, err := b.pair(ctx, b.runs/2, []string{b.jcode, "run", promptText}, []string{b.floor, b.url, promptText})
	if err != nil {
		return figure{}, err
	}
	each, floorEach := (long-short)/deltas, (floorLong-floorShort)/deltas
	over := each - floorEach
	return figure{
		measured: fmt.Sprintf("%s (%s over)", µs(each), µs(over)), floor: µs(floorEach),
		within: over <= 5*time.Microsecond,
	}, nil
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/1e6) }
func µs(d time.Duration) string { return fmt.Sprintf("%.2f µs", float64(d)/1e3) }
