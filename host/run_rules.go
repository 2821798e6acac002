package host

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/config"
	"github.com/jcode-go/jcode/host/internal/permission"
	"github.com/jcode-go/jcode/sdk"
)

// SplitAddedDir reads DIR or DIR:ro, the second of which may only be read. A colon
// behind a drive's letter is part of the folder.
func SplitAddedDir(text string) (dir string, readOnly bool) {
	dir, readOnly = strings.CutSuffix(text, ":ro")
	if !readOnly || dir == "" || runtime.GOOS == "windows" && len(dir) == 1 {
		return text, false
	}
	return dir, true
}

// addDirs are the folders of the configuration and the flags.
func (r *run) addDirs(configured []string) {
	var written []string
	for _, text := range configured {
		dir, readOnly := SplitAddedDir(text)
		if readOnly {
			r.ReadOnlyDirs = append(r.ReadOnlyDirs, dir)
			continue
		}
		written = append(written, dir)
	}
	r.AddedDirs = r.absolute(slices.Concat(written, r.AddedDirs))
	r.ReadOnlyDirs = r.absolute(r.ReadOnlyDirs)
}

// ruleSet are the permission rules of a run.
type ruleSet struct{ allow, deny []permission.Rule }

// readRules reads the rules of the flags and the configuration. Those of the session
// come later.
func (r *run) readRules() error {
	for _, flag := range []struct {
		name  string
		texts []string
		into  *[]permission.Rule
	}{{"--allow", r.Allow, &r.rules.allow}, {"--deny", r.Deny, &r.rules.deny}} {
		parsed, err := permission.ParseRules(flag.texts, r.WorkingDir)
		if err != nil {
			return &UsageError{Message: "flag " + flag.name, Err: err}
		}
		*flag.into = parsed
	}
	allow, err := configured(r.config.Allow)
	if err != nil {
		return err
	}
	deny, err := configured(r.config.Deny)
	r.rules.allow, r.rules.deny = append(allow, r.rules.allow...), append(deny, r.rules.deny...)
	return err
}

// configured are the rules of the configuration, which has checked them.
func configured(texts []config.RuleText) ([]permission.Rule, error) {
	var all []permission.Rule
	for _, text := range texts {
		parsed, err := permission.ParseRules([]string{text.Text}, text.Dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", text.Origin, err)
		}
		all = append(all, parsed...)
	}
	return all, nil
}

// policy is the permission policy of the run, its session's rules included.
func (r *run) policy() (*permission.Policy, error) {
	allow := r.rules.allow
	if !r.host.options.Clean {
		kept, warnings := sessionRules(r.prepared.session)
		allow = slices.Concat(allow, kept)
		r.warnings = append(r.warnings, warnings...)
	}
	policy, err := permission.New(permission.Options{
		Mode: permission.Mode(r.PermissionMode), WorkingDir: r.WorkingDir, AddedDirs: r.AddedDirs, ReadOnlyDirs: r.ReadOnlyDirs,
		Home: r.host.home, UserHome: r.host.userHome(), Allow: allow, Deny: r.rules.deny,
		CredentialFiles: r.host.credentialFiles(), ProcessNames: r.host.processNames(),
	})
	if err != nil {
		return nil, &UsageError{Message: "working folder", Err: err}
	}
	return policy, nil
}

// warnOfRules tells when rules of the configuration cannot hold, because the
// provider's program runs the tools itself.
func (r *run) warnOfRules(info sdk.Info) {
	if hostTools(info) || len(r.config.Deny) == 0 {
		return
	}
	r.warnings = append(r.warnings, Warning{Code: "permission_rules", Message: fmt.Sprintf(
		"permissions.deny (%s) cannot be enforced on provider %s, whose program runs its tools by rules of its own",
		r.config.Origin("permissions.deny"), r.result.Provider,
	)})
}
