package main

import (
	"bytes"
	"testing"

	"github.com/jcode-go/jcode/host"
)

func TestProgressPlain(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	b := (&command{process: &process{err: &out}}).newProgressBar()
	for _, done := range []int64{0, 1 << 20, 2 << 20} {
		b.show(host.InstallProgress{Text: "download a.tar.gz", Done: done, Total: 2 << 20})
	}
	b.show(host.InstallProgress{Text: "download a.tar.gz", Done: 2 << 20, Total: 2 << 20, Finished: true})
	if got, want := out.String(), "download a.tar.gz\ndownload a.tar.gz: done, 2.1 MB\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestBarLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		p     host.InstallProgress
		width int
		want  string
	}{
		"begin":   {host.InstallProgress{Text: "build x"}, 80, "build x …"},
		"half":    {host.InstallProgress{Text: "get x", Done: 1e6, Total: 2e6}, 80, "get x [==========          ] 1.0 of 2.0 MB"},
		"unknown": {host.InstallProgress{Text: "get x", Done: 1e6}, 80, "get x 1.0 MB"},
		"narrow":  {host.InstallProgress{Text: "get x", Done: 1e6, Total: 2e6}, 10, "get x [=="},
		"control": {host.InstallProgress{Text: "get\x1b[2Jx", Done: 1e6}, 80, "getx 1.0 MB"},
	} {
		if got := barLine(test.p, test.width); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
