package host

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/session"
)

// checkSession checks the name and id of the session before anything is started.
// That another session has the name is seen later, when it is clear which session
// this one is.
func (r *run) checkSession() error {
	if r.SessionID == "" {
		return nil
	}
	id, ok := session.ParseUUID(r.SessionID)
	if !ok {
		return &UsageError{Message: fmt.Sprintf("session id %q: must be a UUID", r.SessionID)}
	}
	r.SessionID = id
	free, err := r.host.sessions().Free(id)
	if err == nil && !free {
		err = &UsageError{Message: fmt.Sprintf("session id %s: there is such a session already", id), Remedy: "jcode run -r " + id}
	}
	return err
}

// checkName refuses a name that another session has, before anything is begun for
// this one. Whether that other session is the resumed one shows when it is named.
func (r *run) checkName() error {
	if r.Name == "" || r.resumes() && !r.Fork {
		return nil
	}
	return r.host.sessions().CheckName(r.Name, r.host.project(), "")
}

func (r *run) nameSession() error {
	if r.Name == "" {
		return nil
	}
	_, err := r.host.sessions().SetName(r.prepared.session.ID(), "", r.Name)
	return err
}

// continueSession takes the name and whom to ask into a session that goes on.
func (r *run) continueSession() error {
	if err := r.prepared.session.Choose(r.result.Provider, r.Model); err != nil {
		return &storageError{err: err}
	}
	return r.nameSession()
}

// resumeProvider asks the provider again that a resumed session asked last, unless
// the user names one for this run: with --provider, --set or a variable.
func (r *run) resumeProvider(ctx context.Context, ready <-chan struct{}) error {
	if !r.resumes() || r.providerNamed() {
		return nil
	}
	select {
	case <-ready:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if r.prepared.session == nil {
		return r.prepared.err
	}
	name, _ := r.prepared.session.Choice()
	usable := slices.ContainsFunc(r.host.usable(), func(row discover.Plugin) bool { return row.Name == name })
	switch {
	case usable:
		r.Provider = name
	case name != "":
		r.warnings = append(r.warnings, Warning{
			Code: "session_provider", Message: fmt.Sprintf("the session's provider %s is not there; another one goes on", name),
		})
	}
	return nil
}

func (r *run) providerNamed() bool {
	origin := r.config.Origin("provider")
	return r.Provider != "" || strings.HasPrefix(origin, "environment ") || origin == "--set"
}

// resumeModel asks the model again that a resumed session asked last, if its
// provider is the same and the user names no other.
func (r *run) resumeModel() {
	if r.prepared.session == nil || r.Model != "" || r.config.Origin("model") == "--set" {
		return
	}
	if provider, model := r.prepared.session.Choice(); provider == r.result.Provider {
		r.Model = model
	}
}
