// Program walk takes a new user's first ten minutes with jcode in a real terminal and
// keeps the screens as docs/first-ten-minutes.md, for `make walk`. Stand-ins on this
// machine play the vendor; the user's home, project and shell are scratch ones. It
// needs tmux.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	root := flag.String("root", ".", "the clone of jcode")
	page := flag.String("page", "docs/first-ten-minutes.md", "the page to write")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := walk(ctx, *root, *page); err != nil {
		fmt.Fprintf(os.Stderr, "walk: %v\n", err)
		os.Exit(1)
	}
}

func walk(ctx context.Context, root, page string) error {
	url, stop, err := startVendor(ctx, root)
	if err != nil {
		return err
	}
	defer stop()
	u, err := newUser(ctx, root, url)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(u.home) }()
	t, err := openTerminal(ctx, u)
	if err != nil {
		return err
	}
	defer t.close() //nolint:contextcheck // it ends tmux also when ctx is over
	screens := make([]string, 0, len(chapters))
	for _, c := range chapters {
		fmt.Fprintln(os.Stderr, "walk:", c.title)
		screen, err := t.take(ctx, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.title, err)
		}
		screens = append(screens, u.mask(screen))
	}
	return os.WriteFile(page, []byte(render(screens)), 0o644)
}
