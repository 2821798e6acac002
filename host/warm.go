package host

import "context"

// chosen is a provider and why it was chosen; why is empty when it was named.
type chosen struct {
	name, why string
	err       error
}

// Warm begins to choose and start the provider of the next Run, for a caller that
// knows that it will run but still waits for its input. It returns at once. provider
// and settings must be those of that Run. What goes wrong is told by Run.
func (h *Host) Warm(ctx context.Context, provider string, settings map[string]string) {
	c, err := h.config(settings)
	if err != nil || h.warmed != nil {
		return
	}
	warmed := make(chan chosen, 1)
	h.warmed = warmed
	go func() {
		name, why, err := h.choose(ctx, provider, c)
		warmed <- chosen{name: name, why: why, err: err}
		if err != nil {
			return
		}
		if supervisor, err := h.supervisor(name, c); err == nil {
			_, _, _ = supervisor.Provider(ctx)
		}
	}()
}

// chooseWarm is choose, unless Warm has done or begun it.
func (r *run) chooseWarm(ctx context.Context) (name, why string, err error) {
	warmed := r.host.warmed
	if warmed == nil {
		return r.host.choose(ctx, r.Provider, r.config)
	}
	r.host.warmed = nil
	select {
	case c := <-warmed:
		return c.name, c.why, c.err
	case <-ctx.Done():
		return "", "", context.Cause(ctx)
	}
}
