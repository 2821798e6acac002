package claude

import (
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

const (
	vendorBase    = "https://api.anthropic.com"
	baseVariable  = "ANTHROPIC_BASE_URL"
	baseURLRemedy = "set " + baseVariable + " to the https address of the Messages API, or unset it"
)

// endpoint is where the API is.
type endpoint struct {
	// base has no trailing slash and no /v1.
	base string
	host string // with the port
	name string // without
	// custom says that the user pointed it elsewhere.
	custom bool
}

func (e endpoint) messages() string { return e.base + "/v1/messages" }
func (e endpoint) models() string   { return e.base + "/v1/models" }

// parseEndpoint reads the base URL; empty is the vendor's. It accepts a base with
// and without /v1, and plain http to this machine only, since the key would
// cross the network in the clear.
func parseEndpoint(raw string) (endpoint, error) {
	raw = strings.TrimSpace(raw)
	custom := raw != ""
	if !custom {
		raw = vendorBase
	}
	base, fault := httpapi.ParseBase(raw)
	if fault != "" {
		return endpoint{}, badBase(fault)
	}
	url := strings.TrimRight(strings.TrimSuffix(base.URL, "/v1"), "/")
	return endpoint{base: url, host: base.Host, name: base.Name, custom: custom}, nil
}

func badBase(fault string) error {
	return &sdk.Error{
		Kind: sdk.KindConfiguration, Message: baseVariable + " " + fault, Remedy: baseURLRemedy,
	}
}
