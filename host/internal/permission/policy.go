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
	// ProcessNames and ProcessIDs are those of the host and its plugins, which
	// no command may kill. The host's own are always among them.
	ProcessNames []string
	ProcessIDs   []int
}

// Policy is an Authorizer. It does not change, and is safe for concurrent use.
type Policy struct {
	mode        Mode
	roots       []string
	temps       []string
	protected   []string
	credentials []string
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
		mode:     mode,
		roots:    realPaths(append([]string{options.WorkingDir}, options.AddedDirs...)),
		temps:    realPaths(tempDirs(options.TempDirs)),
		home:     options.Home,
		userHome: options.UserHome,
		names:    append([]string{"jcode", filepath.Base(os.Args[0])}, options.ProcessNames...),
		pids:     append([]int{os.Getpid(), os.Getppid()}, options.ProcessIDs...),
	}
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

// Authorize decides on one access. A refusal is a *tool.DeniedError.
func (p *Policy) Authorize(_ context.Context, access tool.Access) error {
	if p.mode == ModeBypass {
		return nil
	}
	reason := ""
	switch access.Operation {
	case tool.OperationRead:
		reason = p.readReason(access.Path)
	case tool.OperationWrite:
		reason = p.writeReason(access.Path)
	case tool.OperationExecute:
		reason = p.executeReason(access)
	default:
		reason = fmt.Sprintf("the operation %q is unknown", access.Operation)
	}
	if reason == "" {
		return nil
	}
	return &tool.DeniedError{Access: access, Reason: reason}
}

func (p *Policy) readReason(path string) string {
	if p.isCredential(path) {
		return fmt.Sprintf("%s holds credentials; no tool reads it", path)
	}
	return ""
}

// writeReason is for the tools that write files.
func (p *Policy) writeReason(path string) string {
	if p.mode == ModeReadOnly {
		return "permission mode read-only allows no writing; mode edit would"
	}
	if p.isCredential(path) {
		return fmt.Sprintf("%s holds credentials; no tool writes it", path)
	}
	if p.isProtected(path) {
		return fmt.Sprintf("%s is in a protected folder", path)
	}
	if !p.inRoots(path) {
		return fmt.Sprintf("%s is outside of the working folder (%s); add its folder to allow it", path, strings.Join(p.roots, ", "))
	}
	return ""
}

func (p *Policy) executeReason(access tool.Access) string {
	if p.mode != ModeAuto {
		return fmt.Sprintf("permission mode %s allows no shell commands; mode auto would", p.mode)
	}
	if reason := p.commandReason(access.Command, access.Dir); reason != "" {
		return reason + "; only permission mode bypass would allow it"
	}
	return ""
}
