// Package permission decides what tool calls may do. A mode sets the frame;
// within mode auto, shell commands are parsed and a set of dangerous ones is
// refused. It guards against accidents and careless models. It is no sandbox:
// a program that the model writes and runs can do what the user can.
package permission

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/tool"
)

// Mode is how much tools may do without asking.
type Mode string

// The modes, from the strictest on. ModeAuto is the default.
const (
	// ModeReadOnly allows looking only.
	ModeReadOnly Mode = "read-only"
	// ModeEdit also allows writing inside the working folder and added ones.
	ModeEdit Mode = "edit"
	// ModeAuto also allows shell commands, but for dangerous ones.
	ModeAuto Mode = "auto"
	// ModeBypass allows everything.
	ModeBypass Mode = "bypass"
)

// Modes are all modes, from the strictest on.
var Modes = []Mode{ModeReadOnly, ModeEdit, ModeAuto, ModeBypass}

// ParseMode reads a mode as the user wrote it; empty is ModeAuto.
func ParseMode(text string) (Mode, error) {
	if text == "" {
		return ModeAuto, nil
	}
	if mode := Mode(text); slices.Contains(Modes, mode) {
		return mode, nil
	}
	return "", fmt.Errorf("unknown permission mode %q: use read-only, edit, auto or bypass", text)
}

// Options is what a policy goes by. All paths are absolute.
type Options struct {
	Mode Mode
	// WorkingDir and AddedDirs are the roots: where tools may write.
	WorkingDir string
	AddedDirs  []string
	// Home is JCODE_HOME, UserHome the user's home folder; either may be empty.
	Home, UserHome string
	// TempDirs are folders where commands may write too. Nil means the
	// system's temporary folder and /tmp.
	TempDirs []string
	// CredentialFiles are files and folders of other programs that hold
	// credentials. Nothing reads them but in mode bypass.
	CredentialFiles []string
	// ReadOnlyDirs are folders that nothing may write to, except in those of
	// AddedDirs inside them.
	ReadOnlyDirs []string
	// Allow and Deny are rules. What a deny rule is about is refused in every mode;
	// what an allow rule is about is allowed, as far as rules can (see coverage).
	Allow, Deny []Rule
	// ProcessNames and ProcessIDs are those of the host and its plugins, which
	// no command may kill. The host's own are always among them.
	ProcessNames []string
	ProcessIDs   []int
}

// Policy is an Authorizer. Only Remember changes it. It is safe for concurrent use.
type Policy struct {
	mode        Mode
	workingDir  string
	roots       []string
	temps       []string
	protected   []string
	credentials []string
	readOnly    []string
	rules       *rules
	home        string
	userHome    string
	names       []string
	pids        []int
}

// New makes a policy. It fails when the mode is unknown or the working folder
// is missing.
func New(options Options) (*Policy, error) {
	mode, err := ParseMode(string(options.Mode))
	if err != nil {
		return nil, err
	}
	if !filepath.IsAbs(options.WorkingDir) {
		return nil, errors.New("the working folder is not an absolute path")
	}
	p := &Policy{
		mode: mode, workingDir: options.WorkingDir,
		roots:    realPaths(append([]string{options.WorkingDir}, options.AddedDirs...)),
		temps:    realPaths(tempDirs(options.TempDirs)),
		home:     options.Home,
		userHome: options.UserHome,
		names:    append([]string{"jcode", filepath.Base(os.Args[0])}, options.ProcessNames...),
		pids:     append([]int{os.Getpid(), os.Getppid()}, options.ProcessIDs...),
	}
	p.readOnly = realPaths(options.ReadOnlyDirs)
	p.rules = newRules(options.Allow, options.Deny, options.UserHome)
	p.protected = realPaths(p.protectedPaths())
	p.credentials = realPaths(p.credentialPaths(options.CredentialFiles))
	return p, nil
}

// Mode is the policy's mode.
func (p *Policy) Mode() Mode { return p.mode }

func tempDirs(given []string) []string {
	if given != nil {
		return given
	}
	return []string{os.TempDir(), filepath.FromSlash("/tmp"), filepath.FromSlash("/var/tmp")}
}

// realPaths resolves paths and leaves out those that are empty or relative.
func realPaths(paths []string) []string {
	var all []string
	for _, path := range paths {
		if !filepath.IsAbs(path) {
			continue
		}
		real, err := tool.RealPath(filepath.Clean(path))
		if err != nil {
			real = filepath.Clean(path)
		}
		if !slices.Contains(all, real) {
			all = append(all, real)
		}
	}
	return all
}

// verdict is what the policy thinks of an access; an empty reason allows it.
type verdict struct {
	reason string
	// final says that nobody may allow it all the same.
	final bool
}

// Authorize decides on one access. A refusal is a *tool.DeniedError.
func (p *Policy) Authorize(_ context.Context, access tool.Access) error {
	v := p.judge(access)
	if v.reason == "" {
		return nil
	}
	denied := &tool.DeniedError{Access: access, Reason: v.reason, Final: v.final}
	if !v.final {
		denied.Rules = p.proposal(access)
	}
	return denied
}

// judge asks the rules that deny, the mode, and the rules that allow.
func (p *Policy) judge(access tool.Access) verdict {
	if reason := p.deniedReason(access); reason != "" {
		return verdict{reason, true}
	}
	if p.mode == ModeBypass {
		return verdict{}
	}
	switch access.Operation {
	case tool.OperationRead:
		return verdict{p.readReason(access.Path), true}
	case tool.OperationWrite:
		return p.writeVerdict(access)
	case tool.OperationExecute:
		return p.executeVerdict(access)
	}
	return verdict{fmt.Sprintf("the operation %q is unknown", access.Operation), true}
}

func (p *Policy) readReason(path string) string {
	if p.isCredential(path) {
		return fmt.Sprintf("%s holds credentials; no tool reads it", path)
	}
	return ""
}

// writeVerdict is for the tools that write files. No rule opens a protected place.
func (p *Policy) writeVerdict(access tool.Access) verdict {
	path := access.Path
	switch {
	case p.isCredential(path):
		return verdict{fmt.Sprintf("%s holds credentials; no tool writes it", path), true}
	case p.isProtected(path):
		return verdict{fmt.Sprintf("%s is in a protected folder", path), p.isOwn(path)}
	case p.rules.allowsWrite(access.Tool, path):
		return verdict{}
	case p.mode == ModeReadOnly:
		return verdict{reason: "permission mode read-only allows no writing; mode edit would"}
	case !p.inRoots(path):
		return verdict{reason: fmt.Sprintf("%s is outside of the working folder (%s); add its folder to allow it", path, strings.Join(p.roots, ", "))}
	}
	return verdict{}
}

// isOwn reports whether a path is in jcode's own folder: whoever writes there can
// give jcode other rules.
func (p *Policy) isOwn(path string) bool {
	if p.home == "" {
		return false
	}
	home, err := tool.RealPath(p.home)
	return err == nil && within(home, path)
}
