package credfile_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk/credfile"
)

// The test binary plays the other processes, named by modeVar.
const (
	modeVar = "CREDFILE_TEST_MODE"
	pathVar = "CREDFILE_TEST_PATH"
)

func TestMain(m *testing.M) {
	modes := map[string]func(context.Context, string) error{
		"count": count, "write": writeForEver, "hold": hold, "refresh": refreshOnce,
	}
	name := os.Getenv(modeVar)
	if name == "" {
		os.Exit(m.Run())
	}
	if err := modes[name](context.Background(), os.Getenv(pathVar)); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// process is another process in a mode, not started yet.
func process(t *testing.T, mode, path string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), modeVar+"="+mode, pathVar+"="+path, "GORACE=atexit_sleep_ms=0")
	return cmd
}

const counts = 10

// count adds one to a counter, counts times.
func count(ctx context.Context, path string) error {
	for range counts {
		err := credfile.Update(ctx, path, func(doc *credfile.Document) error {
			n := 0
			if _, err := doc.Decode(&n, "nested", "n"); err != nil {
				return err
			}
			return doc.Set(n+1, "nested", "n")
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// writeForEver replaces a large value by another of its kind until it is killed.
func writeForEver(ctx context.Context, path string) error {
	for n := 0; ; n++ {
		err := credfile.Update(ctx, path, func(doc *credfile.Document) error {
			return doc.Set(map[string]any{"n": n, "copy": n, "fill": strings.Repeat("x", 100<<10)}, "value")
		})
		if err != nil {
			return err
		}
		if n == 0 {
			fmt.Println("ready")
		}
	}
}

// hold takes the lock and keeps it until it is killed.
func hold(ctx context.Context, path string) error {
	return credfile.Update(ctx, path, func(*credfile.Document) error {
		fmt.Println("ready")
		<-time.After(time.Hour) // without a timer the runtime takes it for a deadlock, and ends it
		return nil
	})
}

// refreshOnce wants a token that is not "expired", and says "refreshed" on
// standard output if it was the one to make it.
func refreshOnce(ctx context.Context, path string) error {
	r := &credfile.Refresher[string]{
		Path: path,
		Load: loadToken,
		Refresh: func(_ context.Context, doc *credfile.Document, _ string) (string, error) {
			fmt.Println("refreshed")
			return "fresh", doc.Set("fresh", "token")
		},
	}
	token, err := r.Do(ctx, notExpired)
	if err == nil && token != "fresh" {
		return errors.New("got " + token)
	}
	return err
}

var errLoggedOut = errors.New("logged out")

func loadToken(doc *credfile.Document) (string, error) {
	token := ""
	if ok, err := doc.Decode(&token, "token"); !ok || err != nil {
		return "", errors.Join(errLoggedOut, err)
	}
	return token, nil
}

func notExpired(token string) bool { return token != "expired" }
