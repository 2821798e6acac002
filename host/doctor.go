package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/launch"
	"github.com/jcode-go/jcode/sdk"
)

// Doctor checks the host and then each plugin, or only the named one. A failed
// check is a row, not an error.
func (h *Host) Doctor(ctx context.Context, provider string) ([]DoctorReport, error) {
	started := time.Now()
	reports := []DoctorReport{{Name: "jcode", Checks: h.ownChecks()}}
	reports[0].Took = time.Since(started)
	if provider != "" {
		if _, err := discover.Pick(h.discovered(), provider); err != nil {
			return reports, pluginError(provider, err)
		}
	}
	unused := h.unused()
	return append(reports, each(h, provider, func(name string) DoctorReport {
		report := h.pluginReport(ctx, name)
		report.Unused = provider == "" && unused[name]
		return report
	})...), nil
}

// unused are the experimental providers that the user's settings do not name: what
// they lack is no fault of this installation.
func (h *Host) unused() map[string]bool {
	c, err := h.config(nil)
	unused := map[string]bool{}
	for _, row := range h.usable() {
		named := err == nil && (c.Provider == row.Name || slices.Contains(c.Providers, row.Name))
		unused[row.Name] = row.Experimental && !named
	}
	return unused
}

func (h *Host) ownChecks() []sdk.Check {
	checks := []sdk.Check{
		{ID: "version", OK: true, Detail: fmt.Sprintf("jcode %s, %s/%s, plugin protocol %s", h.options.Version, runtime.GOOS, runtime.GOARCH, discover.FormatProtocols(launch.Protocols()))},
		h.homeCheck(), h.configCheck(), h.sessionsCheck(),
	}
	return append(checks, h.pluginChecks()...)
}

func (h *Host) homeCheck() sdk.Check {
	check := sdk.Check{ID: "home", OK: true, Detail: h.home}
	info, err := os.Stat(h.home)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		check.Detail += ": not there yet; made when it is needed"
	case err != nil:
		check.OK, check.Detail, check.Remedy = false, err.Error(), "set JCODE_HOME to a folder of yours"
	case !info.IsDir():
		check.OK, check.Detail, check.Remedy = false, h.home+" is no folder", "set JCODE_HOME to a folder of yours"
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		check.OK, check.Remedy = false, "chmod 700 "+h.home
		check.Detail += fmt.Sprintf(": mode %04o, others can look into it", info.Mode().Perm())
	}
	return check
}

func (h *Host) configCheck() sdk.Check {
	check := sdk.Check{ID: "config", OK: true, Detail: h.ConfigPath()}
	c, err := h.config(nil)
	switch {
	case err != nil:
		check.OK, check.Detail, check.Remedy = false, err.Error(), "correct it, or: jcode config edit"
		if remedies := Remedies(err); len(remedies) > 0 {
			check.Remedy = remedies[0]
		}
	case len(c.Warnings) > 0:
		check.OK, check.Detail, check.Remedy = false, c.Warnings[0], "correct it, or: jcode config edit"
	}
	return check
}

// sessionsCheck tries to write, for nothing else tells.
func (h *Host) sessionsCheck() sdk.Check {
	folder := h.sessionsFolder()
	check := sdk.Check{ID: "sessions", OK: true, Detail: folder}
	if _, err := os.Stat(h.home); errors.Is(err, fs.ErrNotExist) {
		check.Detail += ": not there yet; made by the first run"
		return check
	}
	err := os.MkdirAll(folder, 0o700)
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(folder, ".doctor-*"); err == nil {
			err = errors.Join(probe.Close(), os.Remove(probe.Name()))
		}
	}
	if err != nil {
		check.OK, check.Detail = false, err.Error()
		check.Remedy = "make " + folder + " writable; runs are not kept otherwise"
	}
	return check
}

func (h *Host) pluginChecks() []sdk.Check {
	rows := h.discovered()
	if len(rows) == 0 {
		return []sdk.Check{{ID: "plugins", Detail: "no provider plugin was found", Remedy: "jcode run --plugin NAME=PATH, or reinstall jcode"}}
	}
	var checks []sdk.Check
	for _, row := range rows {
		if row.Status == discover.StatusShadowed {
			continue
		}
		check := sdk.Check{ID: "plugin " + row.Name, OK: row.Status == discover.StatusOK, Remedy: row.Remedy}
		check.Detail = fmt.Sprintf("%s %s, %s, %s", row.Version, row.Path, row.Source, row.Trust)
		if !check.OK {
			check.Detail = string(row.Status) + ": " + row.Reason
		}
		checks = append(checks, check)
	}
	return checks
}

// pluginReport starts a plugin and has it check itself.
func (h *Host) pluginReport(ctx context.Context, name string) DoctorReport {
	started := time.Now()
	report := DoctorReport{Name: name}
	provider, facts, err := h.provider(ctx, name)
	if err == nil {
		report.Checks = append(report.Checks, sdk.Check{
			ID: "start", OK: true,
			Detail: fmt.Sprintf("version %s, protocol %d, sha256 %s, verified %t", facts.Version, facts.Protocol, facts.SHA256, facts.Verified),
		})
		var own []sdk.Check
		own, err = provider.Diagnose(ctx)
		report.Checks = append(report.Checks, own...)
	}
	if err != nil {
		failed := sdk.Check{ID: "answer", Detail: err.Error()}
		if remedies := Remedies(err); len(remedies) > 0 {
			failed.Remedy = remedies[0]
		}
		report.Checks = append(report.Checks, failed)
	}
	report.Took = time.Since(started)
	return report
}
