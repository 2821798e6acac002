package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func checkOf(t *testing.T, reports []DoctorReport, report, id string) DoctorCheck {
	t.Helper()
	for _, r := range reports {
		for _, check := range r.Checks {
			if r.Name == report && check.ID == id {
				return check
			}
		}
	}
	t.Fatalf("no check %s of %s in %+v", id, report, reports)
	return DoctorCheck{}
}

// health asks the doctor of a host with these plugins.
func health(t *testing.T, options DoctorOptions, environ []string, plugins ...string) (*Host, []DoctorReport) {
	t.Helper()
	h := testHost(t, environ, plugins...)
	options.Limit = max(options.Limit, time.Minute) // the machine may be busy
	reports, err := h.Doctor(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	return h, reports
}

func TestDoctorFindsNothing(t *testing.T) {
	t.Parallel()
	asked := 0
	h, reports := health(t, DoctorOptions{TryLock: func(_ context.Context, path string) (bool, error) {
		asked++
		return TryLock(path)
	}}, []string{"HTTPS_PROXY=http://me:hunter2@proxy.test:1", "https_proxy=", "SSL_CERT_FILE=", "SSL_CERT_DIR="}, "acme")
	for _, report := range reports {
		if report.Status() == CheckFail {
			t.Errorf("%+v", report)
		}
		for _, check := range report.Checks {
			if strings.Contains(check.Detail, "hunter2") {
				t.Errorf("a password is shown: %+v", check)
			}
		}
	}
	if asked != 2 {
		t.Errorf("another process was asked %d times for the lock", asked)
	}
	if check := checkOf(t, reports, "network", "proxy"); check.Detail != "HTTPS_PROXY=http://proxy.test:1 (with a login)" {
		t.Errorf("%+v", check)
	}
	if check := checkOf(t, reports, "acme", "login"); !strings.Contains(check.Detail, "ok, from ACME_KEY") {
		t.Errorf("%+v", check)
	}
	if check := checkOf(t, reports, "provider of a run", "provider"); check.Detail != "acme, the first that is logged in" {
		t.Errorf("%+v", check)
	}
	left, _ := filepath.Glob(filepath.Join(h.Home(), "*.doctor*"))
	if hidden, _ := filepath.Glob(filepath.Join(h.Home(), "*", ".doctor*")); len(left)+len(hidden) > 0 {
		t.Errorf("left behind: %v %v", left, hidden)
	}
}

func TestDoctorFindings(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing there")
	}
	notPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(notPEM, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := testHost(t, []string{"HTTPS_PROXY=ftp://x", "JCODE_SHELL=/no/shell", "SSL_CERT_FILE=" + notPEM}, "acme", "sick", "sick-out", "zeta-bare", "zeta-out")
	if err := os.MkdirAll(filepath.Join(h.Home(), "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{"": 0o755, "data": 0o755} {
		if err := os.Chmod(filepath.Join(h.Home(), path), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(h.Home(), "run", "1-00000000"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.ConfigPath(), []byte("unknown_key = 1\nprovider = \"nobody\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lie := func(context.Context, string) (bool, error) { return false, nil }
	reports, err := h.Doctor(t.Context(), DoctorOptions{Limit: time.Minute, TryLock: lie})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		report, id string
		status     CheckStatus
		detail     string
		remedy     string
	}{
		{"jcode", "home", CheckFail, "mode 0755", "chmod 700 " + h.Home()},
		{"jcode", "config", CheckWarn, "unknown_key", "correct it, or: jcode config edit"},
		{"jcode", "run_folders", CheckOK, "1 left by crashes", ""},
		{"jcode", "shell", CheckFail, "JCODE_SHELL", "install bash, or set JCODE_SHELL"},
		{"files and locks", "lock", CheckFail, "does not keep others out", "set JCODE_HOME to a folder on a local disk"},
		{"files and locks", "modes", CheckFail, "mode 0755", "chmod go-rwx " + filepath.Join(h.Home(), "data")},
		{"network", "proxy", CheckFail, `scheme "ftp"`, "correct HTTPS_PROXY, as in http://proxy.example:3128"},
		{"network", "certificates", CheckFail, "no certificate", "correct or unset SSL_CERT_FILE"},
		{"sick", "own", CheckFail, "a fault", "mend it"},     // it is logged in, so a run would take it
		{"sick-out", "own", CheckWarn, "a fault", "mend it"}, // nobody uses it
		{"zeta-out", "login", CheckWarn, "missing: no key", "jcode login --provider zeta-out"},
		{"zeta-bare", "login", CheckWarn, "unknown: its program is missing", "install its program"}, // no login mends that
		{"provider of a run", "provider", CheckFail, "nobody", "jcode plugins list"},
	}
	for _, test := range tests {
		check := checkOf(t, reports, test.report, test.id)
		if check.Status != test.status || !strings.Contains(check.Detail, test.detail) || check.Remedy != test.remedy {
			t.Errorf("%s/%s: %+v", test.report, test.id, check)
		}
	}
}

func TestDoctorNamesWhoHangs(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "hang", "zeta")
	var done, doing []string
	reports, err := h.Doctor(t.Context(), DoctorOptions{
		Limit:    5 * time.Second,
		OnReport: func(r DoctorReport) { done = append(done, r.Name) },
		OnWait: func(name, what string) {
			if name == "hang" {
				doing = append(doing, what)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	check := checkOf(t, reports, "hang", "answer")
	if check.Status != CheckFail || check.Detail != "no answer within 5s while checking itself" || check.Remedy != "jcode plugins logs hang" {
		t.Errorf("%+v", check)
	}
	// The faster one waits for its turn: what is read is the same each time.
	if want := []string{"jcode", "files and locks", "network", "plugins", "hang", "zeta", "provider of a run"}; !slices.Equal(done, want) || len(reports) != len(want) {
		t.Errorf("printed in the order %v", done)
	}
	if checkOf(t, reports, "zeta", "own").Status != CheckOK {
		t.Error("one that hangs costs the others their checks")
	}
	if got := strings.Join(doing, ","); got != "starting,looking for a login,checking itself," {
		t.Errorf("was waited for while %s", got)
	}
}

func TestDoctorKnowsWhoIsIdle(t *testing.T) {
	t.Parallel()
	_, reports := health(t, DoctorOptions{}, nil, "acme", "acme-out", "zeta-bare", "zeta-old", "zeta-used-out")
	want := map[string]string{"acme-out": "no key", "zeta-bare": "its program is missing", "zeta-used-out": "no key"}
	for _, report := range reports {
		if report.Idle != want[report.Name] {
			t.Errorf("%s: idle %q, want %q", report.Name, report.Idle, want[report.Name])
		}
	}
	_, reports = health(t, DoctorOptions{Offline: true}, []string{"JCODE_PROVIDER=zeta-used-out"}, "zeta-used-out")
	for _, report := range reports {
		if report.Idle != "" {
			t.Errorf("%s is set, and idle: %q", report.Name, report.Idle)
		}
	}
}

func TestDoctorOffline(t *testing.T) {
	t.Parallel()
	_, reports := health(t, DoctorOptions{Offline: true, Provider: "sick"}, nil, "acme", "sick")
	for _, report := range reports {
		for _, check := range report.Checks {
			if report.Name == "acme" || check.ID == "own" {
				t.Errorf("%s was asked: %+v", report.Name, check)
			}
		}
	}
	if check := checkOf(t, reports, "sick", "self_check"); check.Detail != "not asked: --offline" {
		t.Errorf("%+v", check)
	}
}

func TestDoctorIsInterrupted(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "hang")
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	_, err := h.Doctor(ctx, DoctorOptions{Limit: time.Hour, OnWait: func(_, doing string) {
		if doing == "checking itself" {
			cancel(stop)
		}
	}})
	if !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}

func TestProxyAddress(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"proxy:3128": "http://proxy:3128", "http://p": "http://p", "socks5://p:1": "socks5://p:1",
		"http://u:pw@p:1": "http://p:1 (with a login)", "http://": "", "ftp://p": "", "http://u:p w@": "", "::": "",
	}
	for value, want := range tests {
		got, err := proxyAddress(value)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q gave %q, %v", value, got, err)
		}
	}
}
