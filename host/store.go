package host

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/install"
	"github.com/jcode-go/jcode/host/internal/launch"
)

// What installing says and asks, as package install has it.
type (
	// InstallRequest is one plugin to install.
	InstallRequest = install.Request
	// InstallResult is what a change of the installed plugins did.
	InstallResult = install.Result
	// InstallConsent is what the user is asked to agree to.
	InstallConsent = install.Consent
	// InstallAsk is one thing that a plugin asks for.
	InstallAsk = install.Ask
	// InstallDecision is what the user said.
	InstallDecision = install.Decision
	// InstallProgress is how far a download or build is.
	InstallProgress = install.Progress
	// PluginUpdate is what the source of an installed plugin has.
	PluginUpdate = install.Update
	// PluginChange is what a rollback changes for one plugin.
	PluginChange = install.Change
	// PluginGeneration is one state of the installed plugins.
	PluginGeneration = install.Generation
	// PluginEntry is all that is known of an installed plugin.
	PluginEntry = install.Entry
	// PluginVerification is the outcome of comparing a plugin with the lock file.
	PluginVerification = install.Verification
	// PluginFinding is something that is not as it should be in the store.
	PluginFinding = install.Finding
)

// InstallSources is the help on what a source can be.
const InstallSources = install.Sources

// CheckPluginKey says what is wrong with a minisign public key.
func CheckPluginKey(key string) error { return install.CheckKey(key) }

// InstallUI is how a change of the installed plugins talks to the user. Every field
// may be nil; without Ask nothing that needs consent is done.
type InstallUI struct {
	Ask      func(context.Context, InstallConsent) (InstallDecision, error)
	Progress func(InstallProgress)
	// Step is told each step before it is taken.
	Step func(name string)
}

func (h *Host) store() install.Store { return install.At(h.home) }

func (h *Host) installer(ui InstallUI) *install.Installer {
	return &install.Installer{
		Store: h.store(), Dir: h.options.WorkingDir, Environ: h.options.Environ,
		HostVersion: h.options.Version, HostProtocols: launch.Protocols(),
		Others: slices.DeleteFunc(slices.Clone(h.discovered()), func(p discover.Plugin) bool {
			return p.Source == discover.SourceInstalled || p.Name == ""
		}),
		Ask: ui.Ask, Progress: ui.Progress, Step: ui.Step, Smoke: h.smoke,
	}
}

// smoke starts a plugin that is about to be installed: in a home of its own, with
// nothing of the user's environment, to see that it answers.
func (h *Host) smoke(ctx context.Context, row discover.Plugin, home string) error {
	process, err := launch.Start(ctx, row, launch.Options{
		Home: home, Environ: barren(h.options.Environ), HostVersion: h.options.Version, WorkingDir: home,
	})
	if err != nil {
		return err
	}
	h.keepSandbox(row.Name, process.Facts())
	process.Stop(ctx)
	return nil
}

// barren keeps of an environment what a program cannot start without.
func barren(environ []string) []string {
	var kept []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if slices.Contains([]string{"PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "USERPROFILE", "TEMP", "TMP"}, strings.ToUpper(name)) {
			kept = append(kept, entry)
		}
	}
	return kept
}

// InstallPlugin installs a plugin. What it needs of the user it asks through ui.
func (h *Host) InstallPlugin(ctx context.Context, r InstallRequest, ui InstallUI) (InstallResult, error) {
	return h.installer(ui).Install(ctx, r)
}

// UpgradePlugin replaces an installed plugin by the newest version that it may have.
func (h *Host) UpgradePlugin(ctx context.Context, name string, r InstallRequest, ui InstallUI) (InstallResult, error) {
	return h.installer(ui).Upgrade(ctx, name, r)
}

// OutdatedPlugins asks the sources of the named installed plugins, or of all, what
// they have, and keeps the answer for the listing.
func (h *Host) OutdatedPlugins(ctx context.Context, names ...string) ([]PluginUpdate, error) {
	updates, err := h.installer(InstallUI{}).Outdated(ctx, names...)
	for _, u := range updates {
		if u.Reason == "" {
			h.keepUpdate(u)
		}
	}
	return updates, err
}

// UninstallPlugin removes a plugin; with purge also its older versions and its own
// folders.
func (h *Host) UninstallPlugin(ctx context.Context, name string, purge bool) (InstallResult, error) {
	return h.installer(InstallUI{}).Uninstall(ctx, name, h.home, purge)
}

// RollbackPlugins goes back to an earlier state: see [install.Installer.Rollback].
func (h *Host) RollbackPlugins(ctx context.Context, name string, generation int, ui InstallUI) ([]PluginChange, InstallResult, error) {
	return h.installer(ui).Rollback(ctx, name, generation)
}

// PluginGenerations are the states that can be gone back to, newest first, and the
// number of the one that counts.
func (h *Host) PluginGenerations() ([]PluginGeneration, int, error) { return h.store().Generations() }

// PinPlugin sets whether upgrades pass a plugin by.
func (h *Host) PinPlugin(ctx context.Context, name string, pinned bool) (InstallResult, error) {
	return h.installer(InstallUI{}).Pin(ctx, name, pinned)
}

// EnablePlugin sets whether the plugins of a name are launched.
func (h *Host) EnablePlugin(ctx context.Context, name string, enabled bool) (InstallResult, error) {
	return h.installer(InstallUI{}).Enable(ctx, name, enabled)
}

// VerifyPlugins hashes the named installed plugins, or all, and compares them with
// the lock file.
func (h *Host) VerifyPlugins(names ...string) ([]PluginVerification, error) {
	return h.installer(InstallUI{}).Verify(names...)
}

// CheckPlugins looks the store over, and with repair puts right what it can.
func (h *Host) CheckPlugins(ctx context.Context, repair bool) ([]PluginFinding, error) {
	return h.installer(InstallUI{}).Check(ctx, repair)
}

// InstalledPlugins returns all that is known of the installed plugins, by name.
func (h *Host) InstalledPlugins() ([]PluginEntry, error) {
	entries, _, err := h.store().Entries()
	return entries, err
}

// PluginLogs returns the files in which a plugin's log lies, oldest first, or its
// crash reports. A name that is unknown and has no logs is a [PluginError].
func (h *Host) PluginLogs(name string, crashes bool) ([]string, error) {
	pattern := name + ".jsonl"
	files, _ := filepath.Glob(filepath.Join(h.home, "logs", name+".[0-9].jsonl"))
	slices.Reverse(files) // the highest number is the oldest
	if crashes {
		pattern, files = name+"-crash-*.txt", nil
	}
	found, _ := filepath.Glob(filepath.Join(h.home, "logs", pattern))
	files = append(files, found...)
	if len(files) > 0 {
		return files, nil
	}
	if _, err := discover.Pick(h.discovered(), name); err != nil {
		return nil, pluginError(name, err)
	}
	return nil, nil
}

// lease keeps the files of an installed plugin while this host lives.
func (h *Host) lease(row discover.Plugin) {
	if row.Source != discover.SourceInstalled {
		return
	}
	if _, err := os.Stat(row.TreeRoot); err == nil {
		h.leases = append(h.leases, h.store().Lease(row.LockedTree))
	}
}
