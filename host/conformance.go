package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/launch"
	"github.com/jcode-go/jcode/sdk/providertest/conformance"
)

// The words of the conformance suite.
type (
	// ConformanceCase is one rule that plugins must keep.
	ConformanceCase = conformance.Case
	// ConformanceOutcome is what came of a case.
	ConformanceOutcome = conformance.Outcome
)

// ConformanceTest says what to test and how.
type ConformanceTest struct {
	// Program is the plugin's path.
	Program string
	// Fixtures is the fixtures file; empty is conformance.json beside the program,
	// if it is there.
	Fixtures string
	// Suites and Cases choose; none is all.
	Suites, Cases []string
	// Slack multiplies the limits of time, Timeout bounds a case.
	Slack   int
	Timeout time.Duration
	// Begin and End are called around each case, in order; both may be nil.
	Begin func(c ConformanceCase, number, of int)
	End   func(ConformanceOutcome)
	// Log gets the standard error of the stand-in; nil drops it.
	Log io.Writer
}

// ConformanceReport is what came of all cases.
type ConformanceReport struct {
	// Name and Version are what the plugin's files say.
	Name, Version string
	// Fixtures is the file that was used; empty if there was none.
	Fixtures string
	Outcomes []ConformanceOutcome
	Took     time.Duration
}

// ConformanceCases returns the cases that are chosen. It fails with a [*UsageError]
// for names that do not exist.
func ConformanceCases(suites, ids []string) ([]ConformanceCase, error) {
	selection := conformance.Selection{IDs: ids}
	for _, suite := range suites {
		selection.Suites = append(selection.Suites, conformance.Suite(suite))
	}
	cases, err := conformance.Select(selection)
	if err != nil {
		return nil, &UsageError{Message: err.Error(), Remedy: "jcode plugins test --list"}
	}
	return cases, nil
}

// TestPlugin runs the conformance suite on a program. It fails when the program, or
// the stand-in, cannot be started at all, with a [*PluginError], and when ctx ends.
func (h *Host) TestPlugin(ctx context.Context, t ConformanceTest) (ConformanceReport, error) {
	begin := time.Now()
	cases, err := ConformanceCases(t.Suites, t.Cases)
	if err != nil {
		return ConformanceReport{}, err
	}
	row, err := h.testRow(t.Program)
	if err != nil {
		return ConformanceReport{}, err
	}
	report := ConformanceReport{Name: row.Name, Version: row.Version}
	file, err := h.fixtures(t, row.Path)
	if err != nil {
		return report, err
	}
	if err := h.startOnce(ctx, row); err != nil {
		return report, err
	}
	subject := conformance.Subject{
		Path: row.Path, Slack: t.Slack, CaseTime: t.Timeout, Patient: true, Host: conformanceHost{h},
	}
	if file != nil {
		report.Fixtures = file.Path()
		standIn, err := file.StartStandIn(ctx, h.options.Environ, orDiscard(t.Log))
		if err != nil {
			return report, &PluginError{
				Plugin: row.Name, Path: row.Path, Reason: launch.ReasonInternal, Detail: err.Error(),
				Remedy: "run the command of stand_in in " + filepath.Dir(report.Fixtures) + " yourself", Err: err,
			}
		}
		defer standIn.Stop()
		file.Apply(&subject, standIn.Placeholders())
	}
	h.runCases(ctx, subject, cases, t, &report)
	report.Took = time.Since(begin)
	return report, ctx.Err()
}

func (h *Host) runCases(ctx context.Context, subject conformance.Subject, cases []ConformanceCase, t ConformanceTest, report *ConformanceReport) {
	started := func(c ConformanceCase) {
		if t.Begin != nil {
			t.Begin(c, len(report.Outcomes)+1, len(cases))
		}
	}
	conformance.Run(ctx, subject, cases, started, func(outcome ConformanceOutcome) {
		report.Outcomes = append(report.Outcomes, outcome)
		if t.End != nil {
			t.End(outcome)
		}
	})
}

func orDiscard(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}

// testRow is the program as discovery sees it.
func (h *Host) testRow(program string) (discover.Plugin, error) {
	path := program
	if !filepath.IsAbs(path) {
		path = filepath.Join(h.options.WorkingDir, path)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return discover.Plugin{}, &UsageError{Message: "test plugin: there is no file " + program, Remedy: "build the plugin, and name its program"}
	case err != nil:
		return discover.Plugin{}, &UsageError{Message: "test plugin: " + err.Error(), Remedy: "name the plugin's program"}
	case !info.Mode().IsRegular() && !info.IsDir():
		return discover.Plugin{}, &UsageError{Message: "test plugin: " + program + " is no file", Remedy: "name the plugin's program"}
	case info.IsDir():
		return discover.Plugin{}, &UsageError{Message: "test plugin: " + program + " is a folder", Remedy: "name the program inside it"}
	}
	row := discover.Inspect(path, discover.Options{HostVersion: h.options.Version, HostProtocols: launch.Protocols()})
	row.Source = discover.SourceFlag
	return row, nil
}

// fixtures reads the file that is named, or that lies beside the program.
func (h *Host) fixtures(t ConformanceTest, program string) (*conformance.File, error) {
	path := t.Fixtures
	switch {
	case path == "":
		path = filepath.Join(filepath.Dir(program), conformance.FileName)
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
	case !filepath.IsAbs(path):
		path = filepath.Join(h.options.WorkingDir, path)
	}
	file, err := conformance.ReadFile(path)
	var missing *os.PathError
	switch {
	case errors.As(err, &missing):
		return nil, &UsageError{Message: "read fixtures: " + err.Error(), Remedy: "jcode help plugins test"}
	case err != nil:
		return nil, &ConfigError{Message: "read fixtures: " + err.Error(), Remedy: "docs/conformance.md describes the file"}
	}
	return file, nil
}

// startOnce finds out whether the program can be started at all. What it thinks of
// its name and of an empty configuration is a case's matter.
func (h *Host) startOnce(ctx context.Context, row discover.Plugin) error {
	err := h.launchOnce(ctx, row, barren(h.options.Environ), nil, func(int) {})
	var failed *launch.Error
	if errors.As(err, &failed) && slices.Contains([]launch.Reason{launch.ReasonWrongName, launch.ReasonConfigure}, failed.Reason) {
		return nil
	}
	return err
}

// launchOnce starts a program in a home of its own, and ends it.
func (h *Host) launchOnce(ctx context.Context, row discover.Plugin, environ []string, settings map[string]string, probe func(pid int)) error {
	home, err := os.MkdirTemp("", "jcode-test-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(home) }()
	process, err := launch.Start(ctx, row, launch.Options{
		Home: home, Environ: environ, HostVersion: h.options.Version, WorkingDir: home, Settings: settings,
	})
	if err != nil {
		return err
	}
	probe(process.Facts().PID)
	process.Stop(ctx)
	return nil
}

// conformanceHost is jcode itself, as the suite's cases use it.
type conformanceHost struct{ host *Host }

func (conformanceHost) CheckManifest(program string) error {
	_, _, found, err := discover.ManifestOf(program)
	if err == nil && !found {
		return fmt.Errorf("%s lies in a folder of several plugins, where it is nobody's: call it %s%s",
			discover.ManifestName, filepath.Base(program), discover.ManifestSuffix)
	}
	return err
}

func (c conformanceHost) Start(ctx context.Context, request conformance.StartRequest, probe func(pid int)) error {
	row, err := c.host.testRow(request.Program)
	if err != nil {
		return err
	}
	row.Name = request.Name
	err = c.host.launchOnce(ctx, row, request.Environ, request.Settings, probe)
	var failed *launch.Error
	if errors.As(err, &failed) && failed.Reason == launch.ReasonConfigure && row.Manifest.Schema == 0 {
		return nil // without a manifest it is granted nothing
	}
	return err
}

// Run implements [conformance.Host]: jcode is the program that runs.
func (c conformanceHost) Run(request conformance.StartRequest, model, prompt string) *exec.Cmd {
	args := []string{
		"run", "--plugin", request.Name + "=" + request.Program, "--provider", request.Name,
		"--ephemeral", "--color", "never",
	}
	if model != "" {
		args = append(args, "--model", model)
	}
	for name, value := range request.Settings {
		args = append(args, "--set", "plugin."+request.Name+"."+name+"="+value)
	}
	cmd := exec.Command(c.host.options.Executable, append(args, "--", prompt)...) //nolint:noctx // the case kills it
	cmd.Env = append(slices.Clone(request.Environ), "JCODE_HOME="+request.Home)
	return cmd
}
