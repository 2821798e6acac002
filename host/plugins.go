package host

import (
	"context"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// Plugin is one provider plugin as discovery sees it, launched or not.
type Plugin struct {
	Name    string
	Version string
	// Protocol is the range of protocol versions that it speaks, "1" or "1-2".
	Protocol string
	// Source is where it was found: "flag", "path", "installed", "bundled".
	Source string
	// Path is the program.
	Path string
	// Status is "ok", "broken", "shadowed" or "unverified"; Reason says why.
	Status string
	Reason string
	// SHA256 is the program's hash; empty when it was not computed.
	SHA256 string
	// Rank orders providers when the user names none, lowest first.
	Rank int
	// Environment are the variables that it declares.
	Environment []string
	// RunsCLI says that it runs a vendor's program.
	RunsCLI bool
}

// ProviderModels are the models of one provider, or why there are none.
type ProviderModels struct {
	Provider string
	Models   []sdk.Model
	Err      error
}

// ProviderAuth is what one provider knows of its credentials, or why not.
type ProviderAuth struct {
	Provider string
	Status   sdk.AuthStatus
	Methods  []sdk.LoginMethod
	Err      error
}

// DoctorReport is the health of jcode, or of one plugin.
type DoctorReport struct {
	// Name is "jcode", or the provider's.
	Name   string
	Checks []sdk.Check
	// Took is how long the checks ran.
	Took time.Duration
}

// Plugins lists every plugin that discovery finds, broken and shadowed ones
// included. It launches nothing.
func (h *Host) Plugins(ctx context.Context) ([]Plugin, error) { return h.listPlugins(ctx) }

// Models returns the models of one provider, or of all when provider is empty.
// A provider that fails is one row with Err; only a named one makes the call
// fail.
func (h *Host) Models(ctx context.Context, provider string) ([]ProviderModels, error) {
	return h.listModels(ctx, provider)
}

// AuthStatus returns the login state of one provider, or of all when provider is
// empty. With probe the vendors are asked. Failures are as in [Host.Models].
func (h *Host) AuthStatus(ctx context.Context, provider string, probe bool) ([]ProviderAuth, error) {
	return h.authStatus(ctx, provider, probe)
}

// LoginMethods returns the ways to log in to provider, best first.
func (h *Host) LoginMethods(ctx context.Context, provider string) ([]sdk.LoginMethod, error) {
	return h.loginMethods(ctx, provider)
}

// Login logs in to provider, which asks through ui, and returns the account.
func (h *Host) Login(ctx context.Context, provider string, request sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	return h.login(ctx, provider, request, ui)
}

// Logout removes the credentials that Login stored for provider.
func (h *Host) Logout(ctx context.Context, provider string) ([]sdk.RemovedCredential, error) {
	return h.logout(ctx, provider)
}

// Doctor checks the host and then each plugin, or only the named one. A failed
// check is a row, not an error.
func (h *Host) Doctor(ctx context.Context, provider string) ([]DoctorReport, error) {
	return h.doctor(ctx, provider)
}
