package claude

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// The variables that the plugin reads. Its manifest declares them.
const (
	directVariable = "JCODE_USE_DIRECT_API"
	keyVariable    = "ANTHROPIC_API_KEY"
	tokenVariable  = "ANTHROPIC_AUTH_TOKEN"    //nolint:gosec // a name, not a token
	oauthVariable  = "CLAUDE_CODE_OAUTH_TOKEN" //nolint:gosec // a name, not a token
	modelVariable  = "JCODE_CLAUDE_CLI_MODEL"

	authVariable      = "JCODE_CLAUDE_AUTH_URL"
	configDirVariable = "CLAUDE_CONFIG_DIR"
	dataVariable      = "XDG_DATA_HOME"
)

const (
	loginRemedy        = "jcode login --provider claude"
	defaultIdleTimeout = 5 * time.Minute
)

// settings are what one call needs of the configuration.
type settings struct {
	direct bool
	found
	model string
	idle  time.Duration
}

// readSettings reads what the host granted and looks for credentials. It does not
// fail: what is missing is said by the call that needs it.
func readSettings(ctx context.Context, config sdk.Config, home string, now time.Time) settings {
	s := settings{direct: direct(config), idle: idleTimeout(config)}
	order := cliSources
	if s.direct || truth(config.Settings[useKeySetting]) {
		order = directSources
	}
	s.found = placesOf(config, home).search(ctx, order, now)
	s.model = namedModel(config)
	return s
}

// namedModel is the model that is used when a request names none.
func namedModel(config sdk.Config) string {
	return firstOf(config.Variables.Get(modelVariable), config.Settings["model"], defaultModel)
}

// direct reports whether requests go to the API, not to the claude program.
func direct(config sdk.Config) bool { return truth(config.Variables.Get(directVariable)) }

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

// usable says why no request can be sent with these settings, before anything
// is.
func (s settings) usable() error {
	if s.credential.secret.IsZero() {
		return s.missing()
	}
	if !httpapi.HeaderSafe(s.credential.secret.Reveal()) {
		return &sdk.Error{
			Kind: sdk.KindConfiguration, Message: s.credential.source + " holds characters that no key has",
			Remedy: "copy the key again",
		}
	}
	return nil
}

// missing is the error of a search that found nothing to use. Whatever there was
// that cannot be used is the more helpful answer.
func (s settings) missing() error {
	e := &sdk.Error{
		Kind: sdk.KindUnauthenticated, Remedy: loginRemedy,
		Message: "nobody is logged in to Claude, and neither " + keyVariable + " nor " + tokenVariable + " is set",
	}
	if s.why == "" && s.broken != "" {
		e.Message = s.broken + "; " + e.Message
	}
	if s.why == "" {
		return e
	}
	e.Message = s.unusable.what() + " cannot be used: " + s.why
	switch s.unusable.origin {
	case fromClaudeCode:
		e.Message += "; it is Claude Code's, which renews it when you run claude, or log in here"
	case fromOpenCode:
		e.Message += "; it is OpenCode's, which alone may renew it, or log in here"
	case fromVariable:
		e.Message += "; set it anew, or log in here"
	case fromOwnFile:
	}
	return e
}
