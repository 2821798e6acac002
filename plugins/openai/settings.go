package openai

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

const (
	defaultIdleTimeout  = 5 * time.Minute
	defaultLoginTimeout = 5 * time.Minute
	// longThinking is how much longer a model may be silent at its highest efforts.
	longThinking = 3
)

// settings are what one call needs of the configuration.
type settings struct {
	found
	model string
	idle  time.Duration
	// fault is a setting that cannot be; nil when all can.
	fault error
}

// readSettings reads what the host granted and looks for credentials. It does not
// fail: what is missing is said by the call that needs it.
func readSettings(ctx context.Context, config sdk.Config, home string, now time.Time) settings {
	idle, err := duration(config.Settings, "idle_timeout", defaultIdleTimeout)
	return settings{
		found: placesOf(config, home).search(ctx, now),
		model: firstOf(config.Variables.Get(modelVariable), config.Settings["model"]),
		idle:  idle, fault: err,
	}
}

// duration reads a setting: "90s", or plain seconds; without it, it is otherwise.
func duration(settings map[string]string, name string, otherwise time.Duration) (time.Duration, error) {
	value := strings.TrimSpace(settings[name])
	if value == "" {
		return otherwise, nil
	}
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		value = strconv.FormatFloat(seconds, 'f', -1, 64) + "s"
	}
	if d, err := time.ParseDuration(value); err == nil && d > 0 {
		return d, nil
	}
	return otherwise, &sdk.Error{
		Kind:    sdk.KindConfiguration,
		Message: "the setting plugin." + providerName + "." + name + " is no time to wait: " + httpapi.Excerpt(settings[name]),
		Remedy:  `write it like "90s" or "5m"`,
	}
}

// usable says why no request can be sent with these settings, before anything is.
func (s settings) usable() error {
	if s.fault != nil {
		return s.fault
	}
	if s.credential.secret.IsZero() {
		return s.missing()
	}
	return nil
}

// missing is the error of a search that found nothing to use. Whatever there was
// that cannot be used is the more helpful answer.
func (s settings) missing() error {
	e := &sdk.Error{
		Kind: sdk.KindUnauthenticated, Remedy: loginRemedy,
		Message: "nobody is logged in to OpenAI, and " + keyVariable + " is not set",
	}
	switch {
	case s.why == notParsed:
		e.Message = s.unusable.source + " cannot be parsed; logging in sets it aside and writes a new one"
	case unreadable(s.why):
		e.Message = s.unusable.source + " " + s.why
		e.Remedy = "make " + s.unusable.source + " a file that you can read, or move it away and run: " + loginRemedy
	case s.why != "":
		e.Message = s.unusable.what() + " cannot be used: " + s.why
	case s.keyringLikely():
		e.Message += "; codex may keep its login in the system's keyring, where jcode does not look"
	}
	return e
}

// keyringLikely reports whether Codex's folder is there without its file, as it is
// when codex keeps the login elsewhere.
func (s settings) keyringLikely() bool {
	return slices.ContainsFunc(s.passed, func(p sdk.PassedSource) bool { return p.Reason == notThere && codexLivesIn(p.Source) })
}

// endpoint is where requests go in the mode of a credential.
type endpoint struct {
	httpapi.Base
	// custom says that the user pointed it elsewhere.
	custom bool
}

func (e endpoint) responses() string { return e.URL + "/responses" }
func (e endpoint) models() string    { return e.URL + "/models" }

// target works out where a credential's requests go, and refuses to send a login's
// token to any host but the vendor's own and this machine. A key goes where the
// user points it.
func target(c credential, variables sdk.Variables) (endpoint, error) {
	name, vendor, host := baseVariable, platformBase, platformHost
	if c.mode == modeChatGPT {
		name, vendor, host = chatGPTVariable, chatGPTBase, chatGPTHost
	}
	raw := firstOf(variables.Get(name))
	base, fault := httpapi.ParseBase(firstOf(raw, vendor))
	if fault != "" {
		return endpoint{}, &sdk.Error{Kind: sdk.KindConfiguration, Message: name + " " + fault, Remedy: "unset " + name}
	}
	base.URL = strings.TrimRight(strings.TrimSuffix(base.URL, "/responses"), "/")
	if c.mode == modeKey && strings.Count(base.URL, "/") == 2 {
		base.URL += "/v1" // as every server of this API has it
	}
	if c.oauth && base.Name != host && !httpapi.Loopback(base.Name) {
		return endpoint{}, &sdk.Error{
			Kind:    sdk.KindConfiguration,
			Message: name + " points to " + base.Host + "; a ChatGPT login is sent to OpenAI's own host only",
			Remedy:  "unset " + name + ", or set " + keyVariable + " to a key for that host",
		}
	}
	return endpoint{Base: base, custom: raw != ""}, nil
}

// authPlace is where logging in and renewing happens.
type authPlace struct{ base string }

func (a authPlace) authorize() string  { return a.base + "/oauth/authorize" }
func (a authPlace) token() string      { return a.base + "/oauth/token" }
func (a authPlace) revoke() string     { return a.base + "/oauth/revoke" }
func (a authPlace) userCode() string   { return a.base + "/api/accounts/deviceauth/usercode" }
func (a authPlace) devicePoll() string { return a.base + "/api/accounts/deviceauth/token" }
func (a authPlace) devicePage() string { return a.base + "/codex/device" }
func (a authPlace) deviceBack() string { return a.base + "/deviceauth/callback" }

// authBase reads JCODE_OPENAI_AUTH_URL; empty is the vendor's address. Codes and
// refresh tokens go nowhere but to the vendor and this machine.
func authBase(variables sdk.Variables) (authPlace, error) {
	base, fault := httpapi.ParseBase(firstOf(variables.Get(authVariable), issuer))
	if fault == "" && base.Name != authHost && !httpapi.Loopback(base.Name) {
		fault = "names neither the vendor's host nor this machine, and a login goes nowhere else"
	}
	if fault != "" {
		return authPlace{}, &sdk.Error{
			Kind: sdk.KindConfiguration, Message: authVariable + " " + fault, Remedy: "unset " + authVariable,
		}
	}
	return authPlace{base: base.URL}, nil
}
