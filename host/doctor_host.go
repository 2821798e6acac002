package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/launch"
	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/host/internal/volume"
	"github.com/jcode-go/jcode/sdk/guard"
)

// hostChecks look at jcode itself.
func (d *doctor) hostChecks(ctx context.Context) []DoctorCheck {
	return append([]DoctorCheck{
		fine("version", fmt.Sprintf("jcode %s, %s/%s, plugin protocol %s", d.options.Version, runtime.GOOS, runtime.GOARCH, discover.FormatProtocols(launch.Protocols()))),
		d.homeCheck(), d.configCheck(), d.sessionsCheck(), d.leftoverCheck(), d.clockCheck(),
		sandboxCheck(),
	}, d.shellChecks(ctx)...)
}

const homeRemedy = "set JCODE_HOME to a folder of yours"

// homeCheck makes the folder, as any other command would.
func (d *doctor) homeCheck() DoctorCheck {
	if err := os.MkdirAll(d.home, 0o700); err != nil {
		return failing("home", err.Error(), homeRemedy)
	}
	info, err := os.Stat(d.home)
	switch {
	case err != nil:
		return failing("home", err.Error(), homeRemedy)
	case !info.IsDir():
		return failing("home", d.home+" is no folder", homeRemedy)
	case volume.Foreign(info):
		return failing("home", d.home+" belongs to another user", homeRemedy)
	case volume.OthersMay(info):
		return failing("home", fmt.Sprintf("%s: mode %04o, others can look into it", d.home, info.Mode().Perm()), "chmod 700 "+d.home)
	}
	return fine("home", d.home+" is private")
}

func (d *doctor) configCheck() DoctorCheck {
	path := d.ConfigPath()
	switch {
	case d.configErr != nil:
		return failing("config", d.configErr.Error(), firstOf(firstOf(Remedies(d.configErr)...), "correct it, or: jcode config edit"))
	case len(d.settings.Warnings) > 0:
		return doubtful("config", d.settings.Warnings[0], "correct it, or: jcode config edit")
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fine("config", path+": none, the defaults hold")
	}
	return fine("config", path+" is valid")
}

// sessionsCheck tries to write, for nothing else tells.
func (d *doctor) sessionsCheck() DoctorCheck {
	folder := d.sessionsFolder()
	err := os.MkdirAll(folder, 0o700)
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(folder, ".doctor-*"); err == nil {
			err = errors.Join(probe.Close(), os.Remove(probe.Name()))
		}
	}
	if err != nil {
		return failing("sessions", err.Error(), "make "+folder+" writable; runs are not kept otherwise")
	}
	return fine("sessions", folder+" can be written")
}

// leftoverCheck counts what crashes left. The next start of a plugin, which may be
// that of this doctor, removes it.
func (d *doctor) leftoverCheck() DoctorCheck {
	base, used, dead, err := launch.Leftovers(d.home, d.options.Environ)
	if err != nil {
		return failing("run_folders", err.Error(), homeRemedy)
	}
	detail := fmt.Sprintf("%s: %d in use, %d left by crashes", base, used, dead)
	if dead > 0 {
		detail += ", which the next start of a plugin removes"
	}
	return fine("run_folders", detail)
}

// clockSlack is how much older than the program itself a sound clock may be: files
// come from other time zones and machines.
const clockSlack = 48 * time.Hour

// clockCheck finds a clock that was never set. The providers compare it with their
// vendors' own.
func (d *doctor) clockCheck() DoctorCheck {
	now := time.Now()
	if info, err := os.Stat(d.options.Executable); err == nil && now.Before(info.ModTime().Add(-clockSlack)) {
		return failing("clock", now.Format(time.RFC3339)+" is before this program was made: certificates and logins go wrong", "set the clock of this machine")
	}
	return fine("clock", now.Format(time.RFC3339))
}

func sandboxCheck() DoctorCheck {
	abi, err := launch.LandlockVersion()
	switch {
	case err == nil:
		return fine("sandbox", abi+": installed plugins that run no vendor's program are walled off")
	case runtime.GOOS == "linux":
		return doubtful("sandbox", err.Error()+": installed plugins can read your files", "a kernel from 5.13 on, with landlock among its lsm= modules")
	}
	return fine("sandbox", runtime.GOOS+" has none: installed plugins can read your files")
}

// shellTime is how long an empty command may take.
const shellTime = 5 * time.Second

// shellChecks run an empty command, which needs the shell and a guardian.
func (d *doctor) shellChecks(ctx context.Context) []DoctorCheck {
	limited, cancel := context.WithTimeout(ctx, shellTime)
	defer cancel()
	path, err := tool.ProbeShell(limited, d.env["JCODE_SHELL"], d.options.Environ)
	if path == "" && err != nil {
		return []DoctorCheck{failing("shell", err.Error(), "install bash, or set JCODE_SHELL"), guardianCheck(nil)}
	}
	return []DoctorCheck{fine("shell", path), guardianCheck(err)}
}

func guardianCheck(err error) DoctorCheck {
	coverage := guard.Coverage()
	switch {
	case err != nil:
		return failing("guardian", "an empty command does not run: "+err.Error(), "allow jcode to start itself and the shell")
	case coverage == guard.ProcessGroupOnly && runtime.GOOS == "linux":
		return doubtful("guardian", "kills the process group only: there is no /proc", "mount /proc")
	}
	return fine("guardian", "kills, with jcode's end, "+coverage)
}

// spaceLow and spaceNone are when a disk is worth a word, and when a run would fail.
const (
	spaceLow  = 512 << 20
	spaceNone = 16 << 20
)

// fileChecks look at the file system that jcode's folder lies on.
func (d *doctor) fileChecks(ctx context.Context) []DoctorCheck {
	facts, err := volume.Of(d.home)
	checks := []DoctorCheck{spaceCheck(d.home, facts, err)}
	lock := fine("lock", "a second process is kept out")
	if err := volume.Locks(ctx, d.home, d.TryLock); err != nil {
		lock = failing("lock", err.Error()+": runs at the same time could log each other out", "set JCODE_HOME to a folder on a local disk")
	}
	rename := fine("rename", "a file is replaced in one step")
	if err := volume.Replaces(d.home); err != nil {
		rename = failing("rename", err.Error(), "set JCODE_HOME to a folder on a local disk")
	}
	system := fine("file_system", firstOf(facts.Kind, "local"))
	if facts.Network {
		system = doubtful("file_system", facts.Kind+" may be shared with other machines, whose locks and renames need not hold here", "set JCODE_HOME to a folder on a local disk")
	}
	return append(checks, system, lock, rename, d.modesCheck())
}

func spaceCheck(home string, facts volume.Facts, err error) DoctorCheck {
	free := fmt.Sprintf("%d MB are free", facts.Free>>20)
	switch {
	case err != nil:
		return failing("space", err.Error(), homeRemedy)
	case facts.Free < 0:
		return fine("space", "this system does not tell")
	case facts.Free < spaceNone:
		return failing("space", free, "make room where "+home+" lies")
	case facts.Free < spaceLow:
		return doubtful("space", free, "make room where "+home+" lies")
	}
	return fine("space", free)
}

// modesCheck looks at what holds secrets: in jcode's own folder, and, where the
// providers do not do it themselves, the files that they declare.
func (d *doctor) modesCheck() DoctorCheck {
	secret, _ := filepath.Glob(filepath.Join(d.home, "data", "*"))
	secret = append(secret, filepath.Join(d.home, "auth.json"), filepath.Join(d.home, "data"), filepath.Join(d.home, "logs"))
	if d.Offline {
		secret = append(secret, d.credentialFiles()...)
	}
	for _, path := range secret {
		info, err := os.Stat(path)
		own := strings.HasPrefix(path, d.home+string(filepath.Separator))
		if err == nil && (own || info.Mode().IsRegular()) && volume.OthersMay(info) {
			return failing("modes", fmt.Sprintf("%s: mode %04o, others can look into it", path, info.Mode().Perm()), "chmod go-rwx "+path)
		}
	}
	return fine("modes", "what holds secrets is private")
}
