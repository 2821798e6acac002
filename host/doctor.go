package host

import (
	"context"
	"sync"
	"time"

	"github.com/jcode-go/jcode/host/internal/config"
	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/volume"
)

// The states of a check, best first.
const (
	// CheckOK means that there is nothing to do.
	CheckOK CheckStatus = "ok"
	// CheckWarn means that something is worth knowing, and jcode works all the same.
	CheckWarn CheckStatus = "warn"
	// CheckFail means that something does not work.
	CheckFail CheckStatus = "fail"
)

// CheckStatus is how a check ended.
type CheckStatus string

// worse is the worse of two.
func (s CheckStatus) worse(other CheckStatus) CheckStatus {
	weight := map[CheckStatus]int{CheckOK: 0, CheckWarn: 1, CheckFail: 2}
	if weight[other] > weight[s] {
		return other
	}
	return s
}

// DoctorCheck is one thing that was looked at.
type DoctorCheck struct {
	// ID is stable within its report.
	ID     string
	Status CheckStatus
	// Detail is one line; Remedy the next command or step, empty when all is well.
	Detail, Remedy string
}

// The groups of reports.
const (
	GroupHost     = "host"
	GroupFiles    = "files"
	GroupNetwork  = "network"
	GroupStore    = "store"
	GroupProvider = "provider"
	GroupChoice   = "choice"
)

// DoctorReport is the health of one part of jcode, or of one provider.
type DoctorReport struct {
	// Group is one of the Group constants; Name is the provider's, else the group's.
	Group, Name string
	Checks      []DoctorCheck
	// Took is how long the checks ran; 0 says that they were cut short.
	Took time.Duration
	// Unused says that no run would take this provider: nobody named it, the
	// settings do not either, and it is not logged in. What it lacks is a warning.
	Unused bool
	// Idle is all there is to know of a provider that is not in use: why it is not
	// logged in. It is empty where the checks are worth reading all the same: the
	// plugin does not start, or a login was there and has expired.
	Idle string
}

// Status is the worst of the report's checks.
func (r DoctorReport) Status() CheckStatus {
	status := CheckOK
	for _, check := range r.Checks {
		status = status.worse(check.Status)
	}
	return status
}

// DoctorOptions say what to look at. The zero value looks at everything.
type DoctorOptions struct {
	// Provider is the only one to look at, beside jcode itself.
	Provider string
	// Offline leaves out whatever could make a request: the providers' own checks.
	Offline bool
	// Limit is how long one provider may take; 0 is DoctorLimit.
	Limit time.Duration
	// TryLock tries the lock of a file in another process and tells whether it is
	// taken. Without it the second try comes from this process.
	TryLock func(ctx context.Context, path string) (busy bool, err error)
	// OnReport is given each report as soon as it and those before it are complete.
	// OnWait is told what is waited for: a provider and what it is doing, and with
	// an empty doing that it is done. Neither is called twice at a time.
	OnReport func(DoctorReport)
	OnWait   func(name, doing string)
}

// DoctorLimit is how long one provider may take, from start to the last check.
const DoctorLimit = 10 * time.Second

// TryLock takes the lock of a file and gives it back. It is what a second process
// does for [DoctorOptions.TryLock].
func TryLock(path string) (busy bool, err error) { return volume.TryLock(path) }

// Doctor looks at jcode itself and at each provider, all at the same time, and
// returns the reports in a fixed order. A failed check is no error. A provider that
// hangs costs its limit, and the others nothing. When ctx ends it returns what it
// has, and the cause.
func (h *Host) Doctor(ctx context.Context, options DoctorOptions) ([]DoctorReport, error) {
	h.afresh = true
	if options.Provider != "" {
		if _, err := discover.Pick(h.discovered(), options.Provider); err != nil {
			return nil, pluginError(options.Provider, err)
		}
	}
	d := &doctor{Host: h, DoctorOptions: options}
	if d.Limit <= 0 {
		d.Limit = DoctorLimit
	}
	if d.TryLock == nil {
		d.TryLock = func(_ context.Context, path string) (bool, error) { return TryLock(path) }
	}
	if d.settings, d.configErr = h.config(nil); d.configErr != nil {
		d.settings, _ = config.Load(config.Sources{}) // the defaults, so that the rest is looked at
	}
	reports := d.all(ctx)
	if ctx.Err() != nil {
		return reports, context.Cause(ctx)
	}
	return reports, nil
}

// doctor is one call of Doctor.
type doctor struct {
	*Host
	DoctorOptions
	settings  *config.Config
	configErr error

	mu sync.Mutex // of what follows, and for the callbacks
	// loggedIn are the providers that said so.
	loggedIn map[string]bool
}

func (d *doctor) all(ctx context.Context) []DoctorReport {
	d.loggedIn = map[string]bool{}
	// The host's own part comes first: starting a plugin removes what crashes left.
	reports := []DoctorReport{d.timed(ctx, GroupHost, "jcode", d.hostChecks)}
	providers := d.askProviders(ctx)
	reports = append(reports,
		d.timed(ctx, GroupFiles, "files and locks", d.fileChecks),
		d.timed(ctx, GroupNetwork, "network", d.networkChecks),
		d.timed(ctx, GroupStore, "plugins", d.storeChecks))
	for _, answer := range providers {
		report := <-answer
		if report.Took > 0 {
			d.show(report)
		}
		reports = append(reports, report)
	}
	if ctx.Err() != nil { // nobody knows who is logged in
		return reports
	}
	return append(reports, d.timed(ctx, GroupChoice, "provider of a run", d.choiceChecks))
}

// askProviders begins to look at every provider, and returns where the reports will
// come, in the order of choice. One after the other is shown: what is read must not
// depend on who was faster.
func (d *doctor) askProviders(ctx context.Context) []chan DoctorReport {
	names := d.askable(d.Provider)
	answers := make([]chan DoctorReport, len(names))
	for i, name := range names {
		answers[i] = make(chan DoctorReport, 1)
		go func() { answers[i] <- d.provider(ctx, name) }()
	}
	return answers
}

func (d *doctor) timed(ctx context.Context, group, name string, look func(context.Context) []DoctorCheck) DoctorReport {
	started := time.Now()
	report := DoctorReport{Group: group, Name: name, Checks: look(ctx)}
	report.Took = time.Since(started)
	d.show(report)
	return report
}

func (d *doctor) show(report DoctorReport) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.OnReport != nil {
		d.OnReport(report)
	}
}

func (d *doctor) waitsFor(name, doing string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.OnWait != nil {
		d.OnWait(name, doing)
	}
}

// The three ways a check ends.
func fine(id, detail string) DoctorCheck {
	return DoctorCheck{ID: id, Status: CheckOK, Detail: detail}
}

func doubtful(id, detail, remedy string) DoctorCheck {
	return DoctorCheck{ID: id, Status: CheckWarn, Detail: detail, Remedy: remedy}
}

func failing(id, detail, remedy string) DoctorCheck {
	return DoctorCheck{ID: id, Status: CheckFail, Detail: detail, Remedy: remedy}
}
