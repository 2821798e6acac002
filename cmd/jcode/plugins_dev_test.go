package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/host"
)

// TestDevTellsWhatStays: a build stays only if there was one.
func TestDevTellsWhatStays(t *testing.T) {
	t.Parallel()
	var screen bytes.Buffer
	s := devSession{command: &command{process: &process{err: &screen}, inv: invocation{}}}
	for _, step := range []struct {
		build host.DevBuild
		want  string
	}{
		{host.DevBuild{Name: "acme", Err: errors.New("exit status 1")}, "nothing is built yet"},
		{host.DevBuild{Name: "acme", Err: errors.New("exit status 1"), Cause: "acme.go"}, "nothing is built yet"},
		{host.DevBuild{Name: "acme", Count: 1, Cause: "acme.go"}, "acme built"},
		{host.DevBuild{Name: "acme", Err: errors.New("exit status 1"), Cause: "acme.go"}, "the build before it stays"},
	} {
		screen.Reset()
		s.told(step.build)
		if !strings.Contains(screen.String(), step.want) {
			t.Errorf("%+v: %q, want %q", step.build, screen.String(), step.want)
		}
	}
}
