package launch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	deathNoticed = 500 * time.Millisecond // a lost connection is seen before the end of the process
	keptCrashes  = 5
)

// crashReport is made once for each process.
type crashReport struct {
	once sync.Once
	err  *Error
}

// crash says how a process ended that nobody asked to end, and keeps what it said
// in a file.
func (p *Process) crash(ctx context.Context) *Error {
	p.report.once.Do(func() { p.report.err = p.describeCrash(ctx) })
	e := *p.report.err // the caller may add to it
	return &e
}

func (p *Process) describeCrash(ctx context.Context) *Error {
	a := p.attempt
	timer := time.NewTimer(deathNoticed)
	defer timer.Stop()
	detail := "it closed the connection"
	select {
	case <-a.exited:
		detail = a.status.String()
	case <-timer.C:
	case <-ctx.Done():
	}
	e := &Error{
		Plugin: a.plugin.Name, Path: a.plugin.Path, Reason: ReasonCrashed,
		Detail: detail + a.stderrSuffix(), Stderr: a.said(),
	}
	e.CrashFile = a.keepCrash(e, time.Now())
	if e.CrashFile != "" {
		e.Remedy = "see " + e.CrashFile
	}
	return e
}

// keepCrash writes the report beside the logs and returns its path, or "".
func (a *attempt) keepCrash(e *Error, now time.Time) string {
	folder := filepath.Join(a.options.Home, "logs")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return ""
	}
	head, _, _ := a.stdout.said()
	text := fmt.Sprintf("%s\ntime: %s\nversion: %s\npath: %s\nsha256: %s\npid: %d\n\n--- standard error, last %d KiB\n%s\n--- standard output, first %d KiB\n%s\n",
		e.Error(), now.Format(time.RFC3339), a.plugin.Version, a.plugin.Path, a.binary.digest, a.program.pid(),
		ringBytes>>10, e.Stderr, headBytes>>10, a.redact.Text(printable(head)))
	name := fmt.Sprintf("%s-crash-%s-%d.txt", a.plugin.Name, now.UTC().Format("20060102T150405"), a.program.pid())
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return ""
	}
	forgetOldCrashes(folder, a.plugin.Name+"-crash-")
	return path
}

// forgetOldCrashes keeps the newest reports of a plugin. Their names sort by time.
func forgetOldCrashes(folder, prefix string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	var reports []string
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), prefix) {
			reports = append(reports, entry.Name())
		}
	}
	slices.Sort(reports)
	for len(reports) > keptCrashes {
		_ = os.Remove(filepath.Join(folder, reports[0]))
		reports = reports[1:]
	}
}
