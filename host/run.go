package host

import "context"

// Run runs one prompt to its end: the model is asked, its tool calls are run,
// and so on until it is done. The result is filled in as far as the run came,
// also beside an error. Cancelling ctx ends the run within 250 ms; its cause is
// wrapped by the error.
func (h *Host) Run(ctx context.Context, options RunOptions) (RunResult, error) {
	return h.run(ctx, options)
}

// Close ends what the host still runs.
func (h *Host) Close() error { return h.close() }
