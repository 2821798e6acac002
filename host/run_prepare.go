package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jcode-go/jcode/host/internal/agent"
	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/sdk"
)

// prepared is what is read while the plugin starts.
type prepared struct {
	// session is the resumed one, or nil until a new one is opened.
	session      *session.Session
	resumedFrom  string
	instructions []agent.Instruction
	warnings     []string
	// agents are the user's types of subagents, with what is wrong with their files.
	agents        []agent.SubagentType
	agentWarnings []string
	err           error
}

func (p *prepared) close() error {
	if p.session == nil {
		return nil
	}
	return p.session.Close()
}

func (r *run) prepare() prepared {
	var p prepared
	if !r.NoInstructions && r.config.Instructions {
		p.instructions, p.warnings = agent.Instructions(r.host.home, r.WorkingDir)
	}
	p.agents, p.agentWarnings = r.agentTypes()
	if p.err = r.checkName(); p.err != nil {
		return p
	}
	if r.resumes() {
		p.session, p.err = r.resume()
		if p.session != nil {
			p.resumedFrom = firstOf(p.session.ForkedFrom(), p.session.ID())
			if !r.Fork && !r.Ephemeral {
				p.resumedFrom = p.session.ID()
			}
		}
	}
	return p
}

// resume opens the session to go on with: itself, or a copy.
func (r *run) resume() (*session.Session, error) {
	store, project := r.host.sessions(), r.host.scope(r.AllProjects)
	switch {
	case r.Ephemeral:
		return store.Peek(r.Resume, project)
	case r.Fork:
		return store.Fork(r.Resume, project, r.SessionID)
	}
	return store.Resume(r.Resume, project)
}

// openSession begins a new session unless one is resumed. Where nothing can be
// written the run goes on in memory, and says so.
func (r *run) openSession() error {
	if r.prepared.session != nil {
		return r.continueSession()
	}
	header := session.Header{
		ID: r.SessionID, WorkingDir: r.WorkingDir, Version: r.host.options.Version,
		Provider: r.result.Provider, Model: r.Model, Title: title(r.Prompt),
	}
	if !r.Ephemeral {
		opened, err := r.host.sessions().Create(header)
		if err == nil {
			r.prepared.session = opened
			return r.nameSession()
		}
		if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EROFS) {
			return &storageError{err: err}
		}
		r.warnings = append(r.warnings, Warning{Code: "session_ephemeral", Message: "this session is not kept: " + err.Error()})
	}
	opened, err := session.Ephemeral(header)
	r.prepared.session = opened
	return err
}

const titleRunes = 80

// title is the first line of the prompt.
func title(prompt string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(prompt), "\n")
	if runes := []rune(line); len(runes) > titleRunes {
		return string(runes[:titleRunes-1]) + "…"
	}
	return line
}

// input makes the user's message, before anything is sent or stored.
func (r *run) input() (sdk.Message, error) {
	return agent.Input(r.Prompt, r.Piped, r.Attachments, r.info())
}

// info is what the provider can do with the model that the user named.
func (r *run) info() sdk.Info { return infoFor(r.facts.Info, r.Model) }

func infoFor(info sdk.Info, named string) sdk.Info {
	for _, model := range info.DefaultModels {
		if model.ID == named && len(model.InputModalities) > 0 && !slices.Contains(model.InputModalities, "image") {
			info.Capabilities = slices.DeleteFunc(slices.Clone(info.Capabilities), func(c string) bool { return c == sdk.CapabilityImages })
		}
	}
	return info
}

// moveSpool puts the whole of a piped input that was cut into the session's
// folder, where the model may read it, and returns its new path.
func moveSpool(from, folder string) (string, error) {
	to := filepath.Join(folder, "stdin.txt")
	if _, err := os.Lstat(to); err == nil {
		to = filepath.Join(folder, fmt.Sprintf("stdin-%d.txt", time.Now().UnixNano()))
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	if err := os.Rename(from, to); err == nil {
		return to, os.Chmod(to, 0o600)
	}
	if err := copyFile(from, to); err != nil { // another file system
		return "", err
	}
	return to, os.Remove(from)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// movePiped moves the whole of a cut standard input into the session.
func (r *run) movePiped() error {
	if r.Piped == nil || r.Piped.Spool == "" {
		return nil
	}
	path, err := moveSpool(r.Piped.Spool, r.prepared.session.SpoolDir())
	if err != nil {
		return fmt.Errorf("keep standard input: %w", err)
	}
	moved := *r.Piped
	moved.Spool = path
	r.Piped = &moved
	return nil
}
