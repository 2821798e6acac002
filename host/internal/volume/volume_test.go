package volume

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func here(_ context.Context, path string) (bool, error) { return TryLock(path) }

func TestLocks(t *testing.T) {
	t.Parallel()
	answers := func(busy ...bool) func(context.Context, string) (bool, error) {
		return func(context.Context, string) (bool, error) {
			answer := busy[0]
			busy = busy[1:]
			return answer, nil
		}
	}
	broken := errors.New("no such program")
	tests := map[string]struct {
		other func(context.Context, string) (bool, error)
		want  error
	}{
		"real":      {here, nil},
		"shared":    {answers(false), ErrSharedLock},
		"never let": {answers(true, true), ErrHeldLock},
		"broken":    {func(context.Context, string) (bool, error) { return false, broken }, broken},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if err := Locks(t.Context(), folder, test.other); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			empty(t, folder)
		})
	}
}

func TestReplaces(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := Replaces(folder); err != nil {
		t.Error(err)
	}
	empty(t, folder)
	if err := Replaces(filepath.Join(folder, "nowhere")); err == nil {
		t.Error("a folder that is not there replaces files")
	}
	if err := Locks(t.Context(), filepath.Join(folder, "nowhere"), here); err == nil {
		t.Error("a folder that is not there locks files")
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	facts, err := Of(t.TempDir())
	if err != nil || facts.Free == 0 {
		t.Errorf("%+v, %v", facts, err)
	}
	if facts, err := Of(filepath.Join(t.TempDir(), "nowhere")); err == nil && facts.Kind != "" {
		t.Errorf("%+v of a folder that is not there", facts)
	}
}

func empty(t *testing.T, folder string) {
	t.Helper()
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
