//go:build unix

// Program bench measures jcode against the budgets of the design, beside a floor
// program in the same run: machines differ, ratios and differences less so. It
// prints one line per figure and exits with 1 when a budget is missed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	bin := flag.String("bin", "bin", "folder with jcode and plugins/")
	runs := flag.Int("runs", 20, "runs of each command; medians are printed")
	only := flag.String("only", "", "measure only figures whose name contains this")
	server := flag.Bool("serve", false, "be the stand-in server, until stdin ends")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *server {
		if err := serveUntil(ctx, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench: serve:", err)
			os.Exit(1)
		}
		return
	}
	missed, err := bench(ctx, *bin, *runs, *only, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	if missed > 0 {
		fmt.Printf("\n%d budget(s) missed\n", missed)
		os.Exit(1)
	}
}

// figure is one measured line.
type figure struct {
	measured, floor string
	// within tells whether the budget holds.
	within bool
}

// measure produces one figure.
type measure struct {
	name, budget string
	run          func(context.Context, *bed) (figure, error)
}

func bench(ctx context.Context, bin string, runs int, only string, out io.Writer) (missed int, err error) {
	b, err := newBed(ctx, bin, runs)
	if err != nil {
		return 0, err
	}
	defer b.close()
	fmt.Fprintf(out, "%-26s %-34s %-24s %-28s %s\n", "figure", "jcode", "floor", "budget", "")
	for _, m := range measures {
		if !strings.Contains(m.name, only) {
			continue
		}
		f, err := m.run(ctx, b)
		if err != nil {
			return missed, fmt.Errorf("%s: %w", m.name, err)
		}
		verdict := "ok"
		if !f.within {
			verdict, missed = "MISSED", missed+1
		}
		fmt.Fprintf(out, "%-26s %-34s %-24s %-28s %s\n", m.name, f.measured, f.floor, m.budget, verdict)
	}
	return missed, nil
}
