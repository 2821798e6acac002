package host

import (
	"context"

	"github.com/jcode-go/jcode/sdk"
)

// chosen is a provider and why it was chosen; why is empty when it was named.
type chosen struct {
	name, why string
	// auth is what the provider said when it was asked for the choice; nil if it was
	// not asked.
	auth *sdk.AuthStatus
}

// warmed is what Warm came to.
type warmed struct {
	chosen
	err error
}

// Warm begins to choose and start the provider of the next Run, for a caller that
// knows that it will run but still waits for its input. It returns at once. provider
// and settings must be those of that Run. What goes wrong is told by Run.
func (h *Host) Warm(ctx context.Context, provider string, settings map[string]string) {
	c, err := h.config(settings)
	if err != nil || h.warmed != nil {
		return
	}
	done := make(chan warmed, 1)
	h.warmed = done
	go func() {
		found, err := h.choose(ctx, provider, c)
		done <- warmed{chosen: found, err: err}
		if err != nil {
			return
		}
		if supervisor, err := h.supervisor(found.name, c); err == nil {
			_, _, _ = supervisor.Provider(ctx)
		}
	}()
}

// chooseWarm is choose, unless Warm has done or begun it.
func (r *run) chooseWarm(ctx context.Context) (chosen, error) {
	done := r.host.warmed
	if done == nil {
		return r.host.choose(ctx, r.Provider, r.config)
	}
	r.host.warmed = nil
	select {
	case w := <-done:
		return w.chosen, w.err
	case <-ctx.Done():
		return chosen{}, context.Cause(ctx)
	}
}
