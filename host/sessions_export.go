package host

import (
	"context"
	"fmt"
	"io"

	"github.com/jcode-go/jcode/host/internal/launch"
	"github.com/jcode-go/jcode/host/internal/session"
)

// ExportFormat is a form that a session can be exported in.
type ExportFormat string

// The export formats.
const (
	ExportMarkdown ExportFormat = "md"
	ExportJSON     ExportFormat = "json"
	ExportHTML     ExportFormat = "html"
)

// ExportFormats are all of them.
var ExportFormats = []ExportFormat{ExportMarkdown, ExportJSON, ExportHTML}

// ExportOptions say how a session is exported.
type ExportOptions struct {
	Format ExportFormat
	// Redact replaces what looks like a secret, secret variables of the
	// environment, and the home folder; RedactEmails also addresses.
	Redact, RedactEmails bool
}

// ExportSession writes one session to w.
func (h *Host) ExportSession(ctx context.Context, w io.Writer, ref SessionRef, options ExportOptions) error {
	write := map[ExportFormat]func(*Session, io.Writer) error{
		ExportMarkdown: (*Session).WriteMarkdown, ExportJSON: (*Session).WriteJSON, ExportHTML: (*Session).WriteHTML,
	}[options.Format]
	if write == nil {
		return &UsageError{Message: fmt.Sprintf("export format %q: must be one of %v", options.Format, ExportFormats)}
	}
	read, err := h.Session(ctx, ref)
	if err != nil {
		return err
	}
	if options.Redact || options.RedactEmails {
		read = read.Redacted(session.RedactOptions{
			Secrets: h.secretValues(), UserHome: h.userHome(), Emails: options.RedactEmails,
		})
	}
	if err := write(read, w); err != nil {
		return fmt.Errorf("export session %s: %w", read.ID, err)
	}
	return nil
}

// secretValues are the values of variables whose names say that they are secret.
func (h *Host) secretValues() []string {
	var values []string
	for name, value := range h.env {
		if launch.SecretName(name) {
			values = append(values, value)
		}
	}
	return values
}

// ImportSession makes a session of this project of what ExportSession wrote as JSON,
// and returns its id.
func (h *Host) ImportSession(r io.Reader) (string, error) {
	return h.sessions().Import(r, h.options.WorkingDir, h.options.Version)
}
