package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/launch"
	"github.com/jcode-go/jcode/sdk"
)

// storeChecks look at the plugins that were found and at the store. They start
// nothing.
func (d *doctor) storeChecks(ctx context.Context) []DoctorCheck {
	rows := d.discovered()
	if len(rows) == 0 {
		return []DoctorCheck{failing("found", "no provider plugin was found", "jcode run --plugin NAME=PATH, or reinstall jcode")}
	}
	var checks []DoctorCheck
	for _, row := range rows {
		checks = append(checks, rowCheck(row))
		for _, warning := range row.Warnings {
			checks = append(checks, doubtful(row.Name+".manifest", warning, ""))
		}
	}
	findings, err := d.CheckPlugins(ctx, false)
	if err != nil {
		return append(checks, failing("store", err.Error(), "jcode plugins doctor"))
	}
	if len(findings) == 0 {
		return append(checks, fine("store", "nothing is damaged"))
	}
	for _, f := range findings {
		check := failing("store", f.Object+": "+f.Detail, firstOf(f.Remedy, "jcode plugins doctor --repair"))
		if f.Harmless {
			check.Status = CheckWarn
		}
		checks = append(checks, check)
	}
	return checks
}

func rowCheck(row discover.Plugin) DoctorCheck {
	where := strings.Join([]string{firstOf(row.Version, "no version"), row.Path, string(row.Source), row.Trust}, ", ")
	switch row.Status {
	case discover.StatusOK:
		return fine(row.Name, where)
	case discover.StatusShadowed, discover.StatusDisabled:
		return fine(row.Name, fmt.Sprintf("%s: %s (%s)", row.Status, row.Reason, where))
	case discover.StatusBroken, discover.StatusBlocked:
	}
	return failing(row.Name, fmt.Sprintf("%s: %s", row.Status, row.Reason), row.Remedy)
}

// provider starts a plugin, asks it for its login, and has it check itself.
func (d *doctor) provider(ctx context.Context, name string) DoctorReport {
	started := time.Now()
	limited, cancel := context.WithTimeout(ctx, d.Limit)
	defer cancel()
	v := &visit{doctor: d, name: name, report: DoctorReport{Group: GroupProvider, Name: name}}
	v.visit(limited)
	d.waitsFor(name, "")
	if ctx.Err() != nil { // what was left open says nothing
		return v.report
	}
	if v.over || limited.Err() != nil {
		v.add(failing("answer", fmt.Sprintf("no answer within %s while %s", d.Limit, v.doing), "jcode plugins logs "+name))
	}
	v.report.Took = time.Since(started)
	v.forgive()
	return v.report
}

// visit is the look at one provider. It is done by one goroutine.
type visit struct {
	*doctor
	name, doing string
	report      DoctorReport
	// own is where the checks begin that only matter to who uses the provider.
	own  int
	auth sdk.AuthStatus
	// over says that the limit ended a call.
	over bool
}

func (v *visit) add(checks ...DoctorCheck) { v.report.Checks = append(v.report.Checks, checks...) }

func (v *visit) begin(doing string) {
	v.doing = doing
	v.waitsFor(v.name, doing)
}

func (v *visit) visit(ctx context.Context) {
	v.begin("starting")
	started := time.Now()
	supervisor, err := v.supervisor(v.name, v.settings)
	if err != nil {
		v.fail(ctx, "start", err)
		return
	}
	provider, facts, err := supervisor.Provider(ctx)
	if err != nil {
		v.fail(ctx, "start", err)
		return
	}
	v.add(
		fine("start", fmt.Sprintf("answered after %d ms, version %s, protocol %d, %s", time.Since(started).Milliseconds(), facts.Version, facts.Protocol, facts.Transport)),
		digestCheck(facts), sandboxOf(facts),
	)
	v.own = len(v.report.Checks)
	v.begin("looking for a login")
	status, err := provider.AuthStatus(ctx, false)
	if err != nil {
		v.fail(ctx, "login", err)
		return
	}
	v.seeAuth(status)
	if v.Offline {
		v.add(fine("self_check", "not asked: --offline"))
		return
	}
	v.begin("checking itself")
	checks, err := provider.Diagnose(ctx)
	for _, check := range checks {
		made := fine(check.ID, check.Detail)
		if !check.OK {
			made = failing(check.ID, check.Detail, check.Remedy)
		}
		v.add(made)
	}
	if err != nil {
		v.fail(ctx, "self_check", err)
	}
}

// fail adds what went wrong, unless it is that the time is over: which the plugin,
// who has the same deadline, may notice first.
func (v *visit) fail(ctx context.Context, id string, err error) {
	v.over = ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || sdk.KindOf(err) == sdk.KindCancelled
	if v.over {
		return
	}
	v.add(failing(id, err.Error(), firstOf(firstOf(Remedies(err)...), "jcode plugins logs "+v.name)))
}

func digestCheck(facts launch.Facts) DoctorCheck {
	if !facts.Verified {
		return fine("hash", "sha256 "+shortDigest(facts.SHA256)+", which nothing is compared with (your own path)")
	}
	how := "the bytes that run"
	if !facts.ByDescriptor {
		how = "verified by path"
	}
	return fine("hash", "sha256 "+shortDigest(facts.SHA256)+" is what the lock file says, "+how)
}

// shortDigest leaves room for the rest of the line; `plugins info` has all of it.
func shortDigest(digest string) string {
	if len(digest) > 12 {
		return digest[:12] + "…"
	}
	return digest
}

func sandboxOf(facts launch.Facts) DoctorCheck {
	text := facts.Sandbox.State + " (" + facts.Sandbox.Detail + ")"
	if facts.Sandbox.State == launch.SandboxUnproven {
		return doubtful("sandbox", text, "jcode plugins info "+facts.Name)
	}
	return fine("sandbox", text)
}

func (v *visit) seeAuth(status sdk.AuthStatus) {
	v.keepAuth(v.name, status)
	v.auth = status
	v.mu.Lock()
	v.loggedIn[v.name] = status.State == sdk.AuthOK
	v.mu.Unlock()
	v.add(authCheck(v.name, status))
}

func authCheck(name string, status sdk.AuthStatus) DoctorCheck {
	detail := string(status.State)
	for _, part := range []struct{ before, text string }{{" as ", status.Account}, {", from ", status.Source}, {": ", status.Detail}} {
		if part.text != "" {
			detail += part.before + part.text
		}
	}
	if !status.ExpiresAt.IsZero() {
		detail += ", until " + status.ExpiresAt.Local().Format(time.RFC3339)
	}
	switch status.State {
	case sdk.AuthOK:
		return fine("login", detail)
	case sdk.AuthUnknown:
		// A missing program mends itself by no login: the provider knows what does.
		return doubtful("login", detail, firstOf(status.Remedy, "jcode auth status --probe --provider "+name))
	case sdk.AuthExpired, sdk.AuthMissing:
	}
	return failing("login", detail, firstOf(status.Remedy, "jcode login --provider "+name))
}

// forgive turns into warnings what a provider lacks that nobody uses. One that does
// not start is broken whoever uses it.
func (v *visit) forgive() {
	named := v.name == v.Provider || v.settings.Provider == v.name || slices.Contains(v.settings.Providers, v.name)
	if v.report.Unused = !named && v.auth.State != sdk.AuthOK; !v.report.Unused || v.own == 0 {
		return
	}
	for i := v.own; i < len(v.report.Checks); i++ {
		if check := &v.report.Checks[i]; check.Status == CheckFail && check.ID != "answer" {
			check.Status = CheckWarn
		}
	}
	switch v.auth.State {
	case sdk.AuthMissing, sdk.AuthUnknown:
		if v.report.Status() != CheckFail {
			v.report.Idle = firstOf(v.auth.Detail, string(v.auth.State))
		}
	case sdk.AuthOK, sdk.AuthExpired:
	}
}

// choiceChecks say which provider a run would take.
func (d *doctor) choiceChecks(context.Context) []DoctorCheck {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.Provider != "" {
		return []DoctorCheck{fine("provider", d.Provider+", which you named")}
	}
	if name := d.settings.Provider; name != "" {
		origin := d.settings.Origin("provider")
		if _, err := discover.Pick(d.discovered(), name); err != nil {
			err = pluginError(name, err)
			return []DoctorCheck{failing("provider", name+" ("+origin+"): "+err.Error(), "jcode plugins list")}
		}
		return []DoctorCheck{fine("provider", name+" ("+origin+")")}
	}
	for _, name := range d.candidates(d.settings) {
		if d.loggedIn[name] {
			return []DoctorCheck{fine("provider", name+", the first that is logged in")}
		}
	}
	return []DoctorCheck{failing("provider", "none is logged in", "jcode login")}
}
