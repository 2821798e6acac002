package claude

import (
	"context"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/doctor"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// cliAuthStatus tells which login the claude program will use. It may have one
// that only it can see, in a keychain; then the state is unknown, and a probe asks
// the program.
func (p *Provider) cliAuthStatus(ctx context.Context, s settings, probe bool) (sdk.AuthStatus, error) {
	if err := p.admitted(s.credential); err != nil {
		return sdk.AuthStatus{}, err
	}
	status := s.status(p.clock.Now())
	if s.credential.oauth {
		status.Billing = "requests draw on the plan's limits"
	}
	if status.State != sdk.AuthOK {
		status.State, status.Remedy = sdk.AuthUnknown, loginRemedy
		status.Detail = "claude may have a login that only it can see"
	}
	config := p.configuration()
	path, err := programOf(config).Find(config.ChildEnvironment)
	if err != nil {
		status.State = sdk.AuthUnknown
		return explain(status, err), nil
	}
	if probe && s.credential.secret.IsZero() {
		return p.askCLI(ctx, config, path, status), nil
	}
	return status, nil
}

// cliProbe prepares a question to the program itself.
func (p *Provider) cliProbe(config sdk.Config, path string, args ...string) shellout.Command {
	s := cliSettings{environment: config.ChildEnvironment}
	return shellout.Command{Name: "claude", Path: path, Args: args, Environment: childEnvironment(s, credential{}, 0), Ladder: cliLadder}
}

const cliProbeLimit = 10 * time.Second

// statusVersion is the first version whose "auth status" is known to be one.
// Older ones take the words for a prompt, which costs money.
var statusVersion = [3]int{2, 1, 197}

func (p *Provider) askCLI(ctx context.Context, config sdk.Config, path string, status sdk.AuthStatus) sdk.AuthStatus {
	version, err := p.cliVersion(ctx, config, path)
	if err != nil || shellout.OlderThan(version, statusVersion) {
		return status
	}
	ctx, cancel := context.WithTimeout(ctx, cliProbeLimit)
	defer cancel()
	out, err := shellout.Collect(ctx, p.cliProbe(config, path, "auth", "status"), shellout.ProbeOutputLimit)
	var said struct {
		LoggedIn bool   `json:"loggedIn"`
		Method   string `json:"authMethod"`
		Plan     string `json:"subscriptionType"`
		Email    string `json:"email"`
	}
	if err != nil || shellout.Unmarshal(out.Stdout, &said) != nil {
		return status
	}
	status.CheckedAt, status.Source = p.clock.Now(), path
	status.State, status.Detail = sdk.AuthMissing, "claude is not logged in"
	if said.LoggedIn {
		status.State, status.Detail, status.Remedy = sdk.AuthOK, "claude has a login of its own", ""
		status.Method, status.Plan, status.Account = said.Method, said.Plan, said.Email
	}
	return status
}

// cliVersion asks the program for its version. The answer is kept for as long as
// the program stays the same file.
func (p *Provider) cliVersion(ctx context.Context, config sdk.Config, path string) (string, error) {
	text, err := shellout.Probe{Command: p.cliProbe(config, path, "--version"), CacheDir: config.CacheDir}.Text(ctx)
	return shellout.VersionIn(text), err
}

// cliDiagnose checks the program, its version, the login, the permission mode, the
// address, whether it answers, and the clock.
func (p *Provider) cliDiagnose(ctx context.Context, s settings) []sdk.Check {
	config := p.configuration()
	checks := []sdk.Check{{ID: "mode", OK: true, Detail: "runs the claude program; " + directVariable + "=1 talks to the Messages API itself"}}
	path, err := programOf(config).Find(config.ChildEnvironment)
	if err != nil {
		checks = append(checks, doctor.Failed("cli", err))
	} else {
		checks = append(checks, sdk.Check{ID: "cli", OK: true, Detail: path}, p.versionCheck(ctx, config, path))
	}
	checks = append(checks, p.cliLoginCheck(ctx, s, path), permissionCheck(config))
	checks = append(checks, p.fileChecks(ctx)...)
	e, err := parseEndpoint(p.baseURL())
	if err == nil {
		err = e.admits(s.credential)
	}
	if err != nil {
		return append(checks, doctor.Failed("base_url", err))
	}
	return append(checks, p.answers(ctx, e)...)
}

func (p *Provider) versionCheck(ctx context.Context, config sdk.Config, path string) sdk.Check {
	version, err := p.cliVersion(ctx, config, path)
	switch {
	case err != nil:
		return doctor.Failed("cli_version", err)
	case version == "":
		return sdk.Check{ID: "cli_version", Detail: "claude does not tell its version", Remedy: installCommand}
	case outdated(version):
		return doctor.Failed("cli_version", tooOld(version))
	}
	return sdk.Check{ID: "cli_version", OK: true, Detail: version}
}

// cliLoginCheck looks for a login, and asks the program at path when it finds none;
// without a path nobody is asked.
func (p *Provider) cliLoginCheck(ctx context.Context, s settings, path string) sdk.Check {
	c := s.credential
	switch {
	case !c.secret.IsZero():
		return sdk.Check{ID: "credentials", OK: true, Detail: c.what() + "; " + billedInCLI(c)}
	case s.why != "":
		return sdk.Check{ID: "credentials", Detail: s.unusable.what() + " cannot be used: " + s.why, Remedy: loginRemedy}
	}
	said := sdk.AuthStatus{State: sdk.AuthUnknown, Detail: "no login was found; claude may have one that only it can see", Remedy: loginRemedy}
	if path != "" {
		said = p.askCLI(ctx, p.configuration(), path, said)
	}
	return sdk.Check{ID: "credentials", OK: said.State == sdk.AuthOK, Detail: said.Detail, Remedy: said.Remedy}
}

func permissionCheck(config sdk.Config) sdk.Check {
	s := readCLISettings(config, &sdk.Request{}, "")
	if err := s.rootRefusal(os.Geteuid()); err != nil {
		return doctor.Failed("permission_mode", err)
	}
	return sdk.Check{ID: "permission_mode", OK: true, Detail: s.frame.mode}
}

// answers looks whether somebody is at the address, with no credentials.
func (p *Provider) answers(ctx context.Context, e endpoint) []sdk.Check {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, e.base+"/", http.NoBody)
	if err != nil {
		return []sdk.Check{doctor.Failed("reachable", err)}
	}
	response, err := p.client().Do(request)
	if err != nil {
		return []sdk.Check{{ID: "reachable", Detail: e.host + ": " + httpapi.Excerpt(httpapi.Root(err).Error()), Remedy: "check the network and HTTPS_PROXY"}}
	}
	_ = response.Body.Close()
	checks := []sdk.Check{{ID: "reachable", OK: true, Detail: strings.TrimSpace(e.host + " answers")}}
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		checks = append(checks, doctor.Clock(p.clock.Now().Sub(date)))
	}
	return checks
}
