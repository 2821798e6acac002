package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// verify checks what jcode claims, without asking it: the tests pass now, the
// project changed and its tests did not, and the session is on disk.
func verify(ctx context.Context, project, home string, out io.Writer) error {
	say(out, "after: go test ./...")
	if err := goTest(ctx, project, out); err != nil {
		return fmt.Errorf("the tests still fail: %w", err)
	}
	say(out, "what changed")
	diff, err := gitDiff(ctx, project, "--", ".")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s", diff)
	if len(diff) == 0 {
		return errors.New("the tests pass, but nothing was changed")
	}
	tests, err := gitDiff(ctx, project, "--name-only", "--", "*_test.go")
	if err != nil {
		return err
	}
	if len(tests) > 0 {
		return fmt.Errorf("the tests themselves were changed: %s", tests)
	}
	return showSession(project, home, out)
}

func gitDiff(ctx context.Context, project string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"--no-pager", "diff", "--no-color"}, args...)...)
	cmd.Dir = project
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git diff: %w", err)
	}
	return text, nil
}

func showSession(project, home string, out io.Writer) error {
	jcodeHome := filepath.Join(home, ".jcode")
	sessions, err := filepath.Glob(filepath.Join(jcodeHome, "sessions", "*", "*.jsonl"))
	if err != nil || len(sessions) != 1 {
		return fmt.Errorf("want one session under %s, have %d", jcodeHome, len(sessions))
	}
	info, err := os.Stat(sessions[0])
	if err != nil {
		return err
	}
	say(out, "done")
	fmt.Fprintf(out, "session: %s (%d bytes)\nproject: %s\n", sessions[0], info.Size(), project)
	fmt.Fprintf(out, "Look at it with: JCODE_HOME=%s jcode sessions list\n"+
		"Delete %s when you have seen enough.\n", jcodeHome, filepath.Dir(project))
	return nil
}
