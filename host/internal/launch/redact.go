package launch

import (
	"strings"

	"github.com/jcode-go/jcode/host/internal/redact"
	"github.com/jcode-go/jcode/sdk"
)

// newRedactor knows the values of granted variables and of those entries of a
// child's environment that look secret.
func newRedactor(granted sdk.Variables, child []string) redact.Redactor {
	var values []string
	for _, secret := range granted {
		values = append(values, secret.Reveal())
	}
	for _, entry := range child {
		if name, v, _ := strings.Cut(entry, "="); SecretName(name) {
			values = append(values, v)
		}
	}
	return redact.New(values)
}
