package author

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jcode-go/jcode/sdk/attach"
	"github.com/jcode-go/jcode/sdk/guard"
	sdkplugin "github.com/jcode-go/jcode/sdk/plugin"
)

// Debuggee is a build that runs by itself and waits for hosts to attach.
type Debuggee struct {
	// PID is the plugin's process.
	PID int
	// Dlv is where the debugger listens that it runs under; empty without one.
	Dlv string
	// File is its attachment.
	File string

	tree     *guard.Tree
	lifeline io.Closer
}

// debugLimit is how long a plugin may take to wait for hosts, or its debugger.
const debugLimit = 30 * time.Second

// dlvSays is the line with which dlv begins.
var dlvSays = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`listening at: (\S+)`)
})

// Debugged starts a build, under dlv where PATH has it. It ends with End, or with this process. The error is an [*Error], or
// that of ctx.
func (b *Builder) Debugged(ctx context.Context, program string) (*Debuggee, error) {
	limited, cancel := context.WithTimeout(ctx, debugLimit)
	defer cancel()
	d := &Debuggee{File: filepath.Join(filepath.Dir(program), "attach.json")}
	args := []string{program, "debug"}
	dlv, _ := lookPath(b.environ, "dlv")
	if dlv != "" {
		args = []string{dlv, "exec", "--headless", "--continue", "--accept-multiclient", "--api-version=2", "--listen=127.0.0.1:0", program, "--", "debug"}
	}
	fail := func(detail string, err error) error {
		d.End() //nolint:contextcheck // its end outlives what asked for it
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &Error{Op: "start " + b.Name + " for debugging", Kind: KindBuild, Detail: detail, Err: err}
	}
	says, err := d.start(ctx, args, append(slices.Clone(b.environ), sdkplugin.EnvAttachFile+"="+d.File), b.Dir, b.Log)
	if err != nil {
		return nil, fail("", err)
	}
	for {
		if a, err := attach.Read(d.File); err == nil {
			d.PID = a.PID
			return d, nil
		}
		select {
		case line, ok := <-says:
			if !ok {
				return nil, fail("it ended before it waited for jcode", nil)
			}
			if m := dlvSays().FindStringSubmatch(line); m != nil {
				d.Dlv = m[1]
			}
		case <-time.After(20 * time.Millisecond):
		case <-limited.Done():
			return nil, fail("it does not wait for jcode after "+debugLimit.String(), nil)
		}
	}
}

// start starts the process with a lifeline, and returns the lines of its standard
// output, which are few, until the debuggee waits.
func (d *Debuggee) start(ctx context.Context, args, environ []string, dir string, log *os.File) (<-chan string, error) {
	theirIn, ourIn, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = theirIn.Close() }()
	d.lifeline = ourIn
	ourOut, theirOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = theirOut.Close() }()
	d.tree, err = guard.Start(ctx, guard.Command{
		Path: args[0], Args: args, Env: environ, Dir: dir, Stdin: theirIn, Stdout: theirOut, Stderr: log,
	})
	if err != nil {
		_ = ourOut.Close()
		return nil, err
	}
	lines := make(chan string, 64)
	go func() {
		defer func() { _ = ourOut.Close() }()
		defer close(lines)
		scanner := bufio.NewScanner(ourOut)
		for scanner.Scan() {
			select {
			case lines <- scanner.Text():
			default: // nobody listens any more
			}
		}
	}()
	return lines, nil
}

// End ends the process with all that it started. It may be called several times.
func (d *Debuggee) End() {
	if d.lifeline != nil {
		_ = d.lifeline.Close()
		d.lifeline = nil
	}
	if d.tree != nil {
		_ = d.tree.Terminate(context.Background(), time.Second)
		d.tree = nil
	}
}

// lookPath finds a program in the PATH of environ.
func lookPath(environ []string, name string) (string, error) {
	for i := len(environ) - 1; i >= 0; i-- {
		key, path, _ := strings.Cut(environ[i], "=")
		if !strings.EqualFold(key, "PATH") { // Windows writes Path
			continue
		}
		for _, folder := range filepath.SplitList(path) {
			if !filepath.IsAbs(folder) {
				continue
			}
			if found, err := exec.LookPath(filepath.Join(folder, name)); err == nil {
				return found, nil
			}
		}
		break
	}
	return "", exec.ErrNotFound
}
