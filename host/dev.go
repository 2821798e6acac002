package host

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/jcode-go/jcode/host/internal/author"
	"github.com/jcode-go/jcode/host/internal/discover"
)

// DevRequest is a plugin to build at every change.
type DevRequest struct {
	// Dir is the folder of its module.
	Dir string
	// Debug starts each build by itself, under dlv where there is one, for jcode to
	// attach to.
	Debug bool
	// Log is where such a plugin logs; nil is nowhere.
	Log *os.File
	// Told is told of each build, from the goroutine of [Host.DevPlugin].
	Told func(DevBuild)
}

// DevBuild is what came of one build.
type DevBuild struct {
	Name string
	// Count is 1 for the first build that worked; 0 beside an Err.
	Count int
	Took  time.Duration
	// Cause is the file that changed; empty for the first.
	Cause string
	// Err is why it could not be built, an [AuthorError] as a rule. What was built
	// before stays.
	Err error
	// Debugging is how to reach it with a debugger; nil without Debug.
	Debugging *Debugging
}

// Debugging is a plugin that runs by itself.
type Debugging struct {
	PID int
	// Dlv is the address of the debugger that it runs under; empty without one.
	Dlv string
	// Attach is what --plugin NAME=… takes.
	Attach string
}

// devInterval is how often the sources are looked at.
const devInterval = 300 * time.Millisecond

// DevPlugin builds the plugin in a folder now and at every change, and makes each
// build the one that all commands of this home use, until ctx ends, which is no error.
// What runs takes the new build at its next turn.
func (h *Host) DevPlugin(ctx context.Context, r DevRequest) error {
	dir := r.Dir
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(h.options.WorkingDir, dir)
	}
	name, err := author.NameOf(dir)
	if err != nil {
		return err
	}
	override, err := author.Own(ctx, h.home, name, dir)
	if err != nil {
		return err
	}
	defer override.Close()
	scratch := filepath.Join(discover.DevFolder(h.home), name+".builds")
	_ = os.RemoveAll(scratch) // of an owner that was killed
	builder, err := author.NewBuilder(dir, scratch, h.options.Environ)
	if err != nil {
		return err
	}
	defer builder.Close()
	builder.Debug, builder.Log = r.Debug, r.Log
	d := devLoop{request: r, builder: builder, override: override}
	defer d.end() //nolint:contextcheck // its end outlives what asked for it
	err = d.run(ctx)
	if ctx.Err() != nil {
		return nil // it was ended, which is how it ends
	}
	return err
}

// devLoop is one DevPlugin.
type devLoop struct {
	request  DevRequest
	builder  *author.Builder
	override *author.Override
	count    int
	debuggee *author.Debuggee // nil without Debug, and before the first build
}

func (d *devLoop) run(ctx context.Context) error {
	cause := ""
	for {
		watched := d.builder.Watched(ctx)
		before := author.Look(watched) // what changes during the build is built again
		told := d.build(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		told.Name, told.Cause = d.builder.Name, cause
		d.request.Told(told)
		var err error
		if cause, _, err = author.Await(ctx, watched, before, devInterval); err != nil {
			return err
		}
	}
}

func (d *devLoop) build(ctx context.Context) DevBuild {
	built, err := d.builder.Build(ctx)
	if err != nil {
		return DevBuild{Err: err}
	}
	told := DevBuild{Took: built.Took}
	path := built.Program
	if d.request.Debug {
		if told.Debugging, err = d.debug(ctx, built.Program); err != nil {
			return DevBuild{Err: err}
		}
		path = told.Debugging.Attach
	}
	if err := d.override.Set(path); err != nil {
		return DevBuild{Err: err}
	}
	d.count++
	told.Count = d.count
	return told
}

// debug ends the build that runs and starts the new one.
func (d *devLoop) debug(ctx context.Context, program string) (*Debugging, error) {
	d.end() //nolint:contextcheck // as above
	debuggee, err := d.builder.Debugged(ctx, program)
	if err != nil {
		return nil, err
	}
	d.debuggee = debuggee
	return &Debugging{PID: debuggee.PID, Dlv: debuggee.Dlv, Attach: discover.AttachPrefix + debuggee.File}, nil
}

func (d *devLoop) end() {
	if d.debuggee != nil {
		d.debuggee.End()
		d.debuggee = nil
	}
}
