package host

import (
	"context"

	"github.com/jcode-go/jcode/host/internal/author"
	"github.com/jcode-go/jcode/host/internal/discover"
)

// What making and building plugins says and asks, as package author has it.
type (
	// NewPluginRequest is a module to make; name, kind, SDK, module and folder are
	// the caller's to set.
	NewPluginRequest = author.Request
	// NewPluginResult is a module that was made.
	NewPluginResult = author.Made
	// AuthorError says why a plugin could not be made or built; its Kind says what
	// sort of reason that is, its Output what the compiler said.
	AuthorError = author.Error
)

// NewPlugin makes the module of a new plugin: see [author.New].
func (h *Host) NewPlugin(ctx context.Context, r NewPluginRequest) (NewPluginResult, error) {
	r.WorkingDir, r.HostVersion, r.Environ = h.options.WorkingDir, h.options.Version, h.options.Environ
	r.Bundled = nil
	for _, row := range h.discovered() {
		if row.Source == discover.SourceBundled && row.Name != "" {
			r.Bundled = append(r.Bundled, row.Name)
		}
	}
	return author.New(ctx, r)
}

// AttachPrefix in the place of a program's path names the file of a plugin that runs
// already and waits for a host: --plugin acme=attach:FILE.
const AttachPrefix = discover.AttachPrefix
