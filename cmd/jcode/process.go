package main

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// process is what the program got from whoever started it: its streams, its
// environment and what its terminals can do. Tests make their own.
type process struct {
	in       *os.File
	out, err io.Writer
	// inTerminal, outTerminal and errTerminal tell which streams are terminals.
	inTerminal, outTerminal, errTerminal bool
	// shared says that stdout and stderr are one terminal, file or pipe, so that
	// lines on one stream break lines on the other.
	shared  bool
	environ []string
	env     map[string]string
	// exit ends the program at once, after a second signal.
	exit func(code int)
}

// thisProcess describes the running program. environ and exit are
// those of package os.
func thisProcess(environ []string, exit func(int)) *process {
	return &process{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		inTerminal:  isTerminal(os.Stdin),
		outTerminal: isTerminal(os.Stdout),
		errTerminal: isTerminal(os.Stderr),
		shared:      sameFile(os.Stdout, os.Stderr),
		environ:     environ,
		env:         environment(environ),
		exit:        exit,
	}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// sameFile reports whether two streams end in the same place.
func sameFile(a, b *os.File) bool {
	one, err := a.Stat()
	if err != nil {
		return false
	}
	other, err := b.Stat()
	return err == nil && os.SameFile(one, other)
}

func environment(environ []string) map[string]string {
	env := make(map[string]string, len(environ))
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok && name != "" {
			env[name] = value
		}
	}
	return env
}

// interactive reports whether somebody can be asked: both the keyboard and the
// place for questions are a terminal.
func (p *process) interactive() bool { return p.inTerminal && p.errTerminal }

// width is the number of columns of the terminal, on stderr or else on stdout.
func (p *process) width() int {
	for _, stream := range []io.Writer{p.err, p.out} {
		if f, ok := stream.(*os.File); ok {
			if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
				return columns
			}
		}
	}
	return 80
}
