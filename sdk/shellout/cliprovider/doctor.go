package cliprovider

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

func baseName(path string) string { return filepath.Base(path) }

// Diagnose checks where the program is, its version, what its help lists, whether
// it is logged in, and what is known to go wrong with this version.
func (p *Provider) Diagnose(ctx context.Context) ([]sdk.Check, error) {
	s := p.setup()
	found, err := s.find(ctx)
	if err != nil {
		e := sdk.AsError(err)
		return []sdk.Check{{ID: "cli", Detail: e.Message, Remedy: e.Remedy}}, ctx.Err()
	}
	where := found.path
	if len(found.prefix) > 0 {
		where += " " + strings.Join(found.prefix, " ")
	}
	if found.why != "" {
		where += ": " + found.why
	}
	checks := []sdk.Check{{ID: "cli", OK: true, Detail: where}}
	version, err := s.version(ctx, found)
	if err != nil {
		return nil, err
	}
	checks = append(checks, s.versionCheck(found, version), s.flagsCheck(found), s.loginCheck(ctx, p, found))
	if s.note != "" {
		checks = append(checks, sdk.Check{ID: "environment", OK: true, Detail: s.note})
	}
	return append(checks, s.traps(found, version)...), ctx.Err()
}

func (s *setup) versionCheck(p program, version string) sdk.Check {
	if version != "" {
		return sdk.Check{ID: "cli_version", OK: true, Detail: version}
	}
	detail := p.name + " does not tell its version"
	if s.probeOff() {
		detail = "not asked: " + probeVariable + "=0"
	}
	return sdk.Check{ID: "cli_version", OK: true, Detail: detail}
}

// flagsCheck tells which of the newer flags are used.
func (s *setup) flagsCheck(p program) sdk.Check {
	check := sdk.Check{ID: "cli_flags", OK: true}
	var seen, missing []string
	for _, flag := range s.cli.Flags {
		if p.help.Has(flag) {
			seen = append(seen, flag)
		} else {
			missing = append(missing, flag)
		}
	}
	switch {
	case s.probeOff():
		check.Detail = probeVariable + "=0: called as it has always been"
	case !p.help.Known():
		check.Detail = p.name + " prints no help: called as it has always been"
	default:
		check.Detail = "its help lists " + orNone(seen) + "; not " + orNone(missing)
	}
	return check
}

func orNone(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, " ")
}

func (s *setup) loginCheck(ctx context.Context, p *Provider, found program) sdk.Check {
	if key := s.key(); key != "" {
		return sdk.Check{ID: "login", OK: true, Detail: key + " is set"}
	}
	login := s.ask(ctx, found)
	if ctx.Err() == nil {
		s.keepLogin(found.path, login, p.now())
	}
	check := sdk.Check{ID: "login", OK: login.State != sdk.AuthMissing, Detail: firstOf(login.Account, login.Detail, string(login.State))}
	if login.State == sdk.AuthOK {
		check.Detail = "logged in"
		if login.Account != "" {
			check.Detail += " as " + login.Account
		}
	}
	if !check.OK {
		check.Remedy = s.cli.remedy(sdk.KindUnauthenticated)
	}
	return check
}

func (s *setup) traps(p program, version string) []sdk.Check {
	var checks []sdk.Check
	for _, trap := range s.cli.Traps {
		if trap.Below != [3]int{} && (version == "" || !shellout.OlderThan(version, trap.Below)) {
			continue
		}
		if trap.When != nil && !trap.When(s.variables, p.help, version) {
			continue
		}
		checks = append(checks, sdk.Check{ID: "known_trouble", OK: trap.Harmless, Detail: trap.Detail, Remedy: trap.Remedy})
	}
	return checks
}
