package plugin_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/guard"
	"github.com/jcode-go/jcode/sdk/plugin"
)

// TestMain makes the test binary a plugin when a test starts it as one.
func TestMain(m *testing.M) {
	guard.Main()
	handshake := plugin.Handshake()
	if os.Getenv(handshake.MagicCookieKey) == handshake.MagicCookieValue || os.Getenv("PLUGIN_TEST_MAIN") != "" {
		os.Args = append(os.Args[:1], os.Args[2:]...) // less -test.run=^$
		plugin.Main(program())
	}
	os.Exit(m.Run())
}

// program is the provider of the plugin process: the prompt says what to do.
func program() *fake {
	var drainHangs atomic.Bool
	f := &fake{}
	f.drain = func(context.Context) error {
		slog.Info("drain")
		if drainHangs.Load() {
			select {}
		}
		return nil
	}
	f.generate = func(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		command, argument, _ := strings.Cut(prompt(request), " ")
		switch command {
		case "environ":
			_ = stream.Emit(sdk.TextDelta{Text: strings.Join(os.Environ(), "\n")})
		case "child":
			if err := startChild(argument); err != nil {
				return sdk.Result{}, err
			}
			_ = stream.Emit(sdk.TextDelta{Text: "started"})
			<-ctx.Done()
			slog.Info("call cancelled")
			return sdk.Result{}, ctx.Err()
		case "hang":
			drainHangs.Store(true)
			_ = stream.Emit(sdk.TextDelta{Text: "hanging"})
			select {}
		case "wait":
			_ = stream.Emit(sdk.TextDelta{Text: strconv.Itoa(os.Getpid())})
			<-ctx.Done()
			return sdk.Result{}, ctx.Err()
		case "crash":
			os.Exit(3)
		case "noise":
			for range 100_000 / len(argument) {
				fmt.Println(argument)
				fmt.Fprintln(os.Stderr, argument)
			}
			slog.Info("a log line", "key", "value")
		default:
			n, _ := strconv.Atoi(command)
			for range n {
				if err := stream.Emit(sdk.TextDelta{MessageID: "m1", Text: "a delta of about forty bytes of text... "}); err != nil {
					return sdk.Result{}, err
				}
			}
		}
		return sdk.Result{StopReason: sdk.StopEndTurn}, nil
	}
	return f
}

// startChild runs a shell that ignores SIGTERM and has a child in a session of
// its own. Both carry the marker.
func startChild(marker string) error {
	cmd := exec.Command("sh", "-c", "trap '' TERM; setsid sleep 300 & sleep 300")
	cmd.Env = append(os.Environ(), marker)
	if err := cmd.Start(); err != nil {
		return err
	}
	deadline := time.Now().Add(10 * time.Second)
	for marked(marker) < 3 { // sh and two sleeps
		if time.Now().After(deadline) {
			return errors.New("the child does not come up")
		}
	}
	return nil
}

// marked counts living processes with the marker in their environment.
func marked(marker string) int {
	entries, _ := os.ReadDir("/proc")
	count := 0
	for _, entry := range entries {
		environ, err := os.ReadFile("/proc/" + entry.Name() + "/environ")
		if err == nil && strings.Contains(string(environ), marker) {
			count++
		}
	}
	return count
}
