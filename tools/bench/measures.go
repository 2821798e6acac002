//go:build unix

package main

import (
	"context"
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
	{"plugin ready", "≤ 25 ms", pluginReady},
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

var readyFigure = regexp.MustCompile(`([\d.]+) best_ready_ms.*?([\d.]+) ready_ms`)

// pluginReady asks the launcher's own benchmark: from a file on disk, hashed
// before it is executed, to the first answer and the configuration.
func pluginReady(ctx context.Context, b *bed) (figure, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkStart$/^hash_before_the_start$",
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
