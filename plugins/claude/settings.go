package claude

import (
	"strconv"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// The variables that the plugin reads. Its manifest declares them.
const (
	directVariable = "JCODE_USE_DIRECT_API"
	keyVariable    = "ANTHROPIC_API_KEY"
	tokenVariable  = "ANTHROPIC_AUTH_TOKEN" //nolint:gosec // a name, not a token
	modelVariable  = "JCODE_CLAUDE_CLI_MODEL"
)

const (
	loginRemedy        = "jcode login --provider claude"
	directRemedy       = "set " + directVariable + "=1 and " + keyVariable
	defaultIdleTimeout = 5 * time.Minute
)

// settings are what one call needs of the configuration.
type settings struct {
	direct     bool
	credential credential
	passed     []sdk.PassedSource
	model      string
	idle       time.Duration
}

// readSettings reads what the host granted. It does not fail: what is missing is
// said by the call that needs it.
func readSettings(config sdk.Config) settings {
	s := settings{direct: truth(config.Variables.Get(directVariable)), idle: idleTimeout(config)}
	s.credential, s.passed = findCredential(config.Variables)
	s.model = firstOf(config.Variables.Get(modelVariable), config.Settings["model"], defaultModel)
	return s
}

func truth(value string) bool {
	value = strings.TrimSpace(value)
	return value == "1" || strings.EqualFold(value, "true")
}

func firstOf(values ...string) string {
	for _, value := range values {
		if value = strings.TrimSpace(value); value != "" {
			return value
		}
	}
	return ""
}

// idleTimeout is how long the vendor may send nothing at all: a duration such as
// "90s", or plain seconds.
func idleTimeout(config sdk.Config) time.Duration {
	value := strings.TrimSpace(config.Settings["idle_timeout"])
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if d, err := time.ParseDuration(value); err == nil && d > 0 {
		return d
	}
	return defaultIdleTimeout
}

// sources is the order in which credentials are looked for.
var sources = []credential{
	{
		source: keyVariable, method: "api_key",
		billing: "requests are billed to the API key's account",
	},
	{
		source: tokenVariable, method: "auth_token", bearer: true,
		billing: "requests are billed by the gateway that the token is for",
	},
}

// findCredential returns the first source that holds something, and why those
// before it were passed over. An empty variable counts as unset.
func findCredential(variables sdk.Variables) (credential, []sdk.PassedSource) {
	var passed []sdk.PassedSource
	for _, found := range sources {
		value := strings.TrimSpace(variables.Get(found.source))
		if value != "" {
			found.secret = sdk.NewSecret(value)
			return found, passed
		}
		passed = append(passed, sdk.PassedSource{Source: found.source, Reason: "not set"})
	}
	return credential{}, passed
}

// usable says why no request can be sent with these settings, before anything
// is.
func (s settings) usable() error {
	if !s.direct {
		return &sdk.Error{
			Kind:    sdk.KindConfiguration,
			Message: "running the claude program is not in this version; only the Messages API is",
			Remedy:  directRemedy,
		}
	}
	if s.credential.secret.IsZero() {
		return &sdk.Error{
			Kind:    sdk.KindUnauthenticated,
			Message: "neither " + keyVariable + " nor " + tokenVariable + " is set",
			Remedy:  loginRemedy,
		}
	}
	if !headerSafe(s.credential.secret.Reveal()) {
		return &sdk.Error{
			Kind: sdk.KindConfiguration, Message: s.credential.source + " holds characters that no key has",
			Remedy: "copy the key again",
		}
	}
	return nil
}

func headerSafe(value string) bool {
	for i := range len(value) {
		if value[i] <= ' ' || value[i] >= 0x7f {
			return false
		}
	}
	return true
}
