package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/agnivade/levenshtein"
)

// Settings are the values of a configuration.
type Settings struct {
	Provider       string
	Providers      []string
	Model          string
	PermissionMode string
	OnDeny         string
	MaxTurns       int
	MaxTokensTotal int64
	MaxCostUSD     float64
	LoopGuard      bool
	Timeout        time.Duration
	IdleTimeout    time.Duration
	Instructions   bool
	BashTimeout    time.Duration
	BashMaxTimeout time.Duration
	// BashTimeoutAction is one of TimeoutActions.
	BashTimeoutAction string
	StdinGrace        time.Duration
	StdinLimit        int64
	PassEnv           []string
	AddDirs           []string
	// LogFile is absolute or begins with "~/"; LogLevel is one of LogLevels or empty.
	LogFile, LogLevel string
	// Ask is one of AskModes.
	Ask string
	// Allow and Deny are the rules of all layers.
	Allow, Deny []RuleText
	// Fallback are "provider/model" or "provider", best first.
	Fallback []string
	// Compaction shortens long conversations, at CompactionThreshold of the
	// model's context.
	Compaction          bool
	CompactionThreshold float64
}

// setting is one known key.
type setting struct {
	key      string
	kind     kind
	standard string
	env      string
	help     string
	check    func(any) error
	assign   func(*Settings, any)
}

// PermissionModes, OnDenyModes, AskModes and TimeoutActions are the values of those
// settings.
var (
	TimeoutActions  = []string{"background", "kill"}
	PermissionModes = []string{"read-only", "edit", "auto", "bypass"}
	OnDenyModes     = []string{"continue", "report", "fail"}
	AskModes        = []string{"auto", "never"}
)

// schema is every known key. Provider settings, plugin.NAME.KEY, are free.
var schema = []setting{
	{"provider", kindString, "", "JCODE_PROVIDER", "provider to use when none is named", providerName, func(s *Settings, v any) { s.Provider, _ = v.(string) }},
	{"providers", kindList, "", "", "providers to choose from, best first", nil, func(s *Settings, v any) { s.Providers, _ = v.([]string) }},
	{"model", kindString, "", "", "model to use when none is named", nil, func(s *Settings, v any) { s.Model, _ = v.(string) }},
	{"permission_mode", kindString, "auto", "", "what tools may do: " + strings.Join(PermissionModes, ", "), oneOf(PermissionModes), func(s *Settings, v any) { s.PermissionMode, _ = v.(string) }},
	{"on_deny", kindString, "continue", "", "after a denied call: " + strings.Join(OnDenyModes, ", "), oneOf(OnDenyModes), func(s *Settings, v any) { s.OnDeny, _ = v.(string) }},
	{"max_turns", kindCount, "0", "", "most calls of the model in one run; 0 is no limit", nil, func(s *Settings, v any) { n, _ := v.(int64); s.MaxTurns = int(n) }},
	{"max_tokens_total", kindCount, "0", "", "most tokens of one run, subagents included; 0 is no limit", nil, func(s *Settings, v any) { s.MaxTokensTotal, _ = v.(int64) }},
	{"max_cost_usd", kindAmount, "0", "", "most US dollars of one run, subagents included; 0 is no limit", nil, func(s *Settings, v any) { s.MaxCostUSD, _ = v.(float64) }},
	{"loop_guard", kindBool, "true", "", "end a run that repeats one call with one result", nil, func(s *Settings, v any) { s.LoopGuard, _ = v.(bool) }},
	{"timeout", kindDuration, "0s", "", "longest time of one run; 0 is no limit", nil, func(s *Settings, v any) { s.Timeout, _ = v.(time.Duration) }},
	{"idle_timeout", kindDuration, "5m0s", "", "give up when the provider is silent for so long", positive, func(s *Settings, v any) { s.IdleTimeout, _ = v.(time.Duration) }},
	{"instructions", kindBool, "true", "", "read AGENTS.md files", nil, func(s *Settings, v any) { s.Instructions, _ = v.(bool) }},
	{"bash.timeout", kindDuration, "2m0s", "", "time of a shell command that names none", positive, func(s *Settings, v any) { s.BashTimeout, _ = v.(time.Duration) }},
	{"bash.max_timeout", kindDuration, "10m0s", "", "most that a shell command may ask for", positive, func(s *Settings, v any) { s.BashMaxTimeout, _ = v.(time.Duration) }},
	{"bash.timeout_action", kindString, "background", "", "after the timeout of a shell command: " + strings.Join(TimeoutActions, ", "), oneOf(TimeoutActions), func(s *Settings, v any) { s.BashTimeoutAction, _ = v.(string) }},
	{"stdin.grace", kindDuration, "3s", "", "wait for a silent pipe beside a prompt", nil, func(s *Settings, v any) { s.StdinGrace, _ = v.(time.Duration) }},
	{"stdin.limit", kindBytes, "262144", "", "bytes of piped input that go to the model", nil, func(s *Settings, v any) { s.StdinLimit, _ = v.(int64) }},
	{"pass_env", kindList, "", "", "variables that shell commands see though they look secret", nil, func(s *Settings, v any) { s.PassEnv, _ = v.([]string) }},
	{"log_file", kindString, "", "JCODE_LOG", "append what jcode does, never what is said, to this file", logPath, func(s *Settings, v any) { s.LogFile, _ = v.(string) }},
	{"log_level", kindString, "", "JCODE_LOG_LEVEL", "how much is logged: " + strings.Join(LogLevels, ", "), oneOfOrNone(LogLevels), func(s *Settings, v any) { s.LogLevel, _ = v.(string) }},
	{"add_dirs", kindList, "", "", "further folders that tools may write to", nil, func(s *Settings, v any) { s.AddDirs, _ = v.([]string) }},
	{"ask", kindString, "auto", "", "ask on a terminal before a call is refused: " + strings.Join(AskModes, ", "), oneOf(AskModes), func(s *Settings, v any) { s.Ask, _ = v.(string) }},
	{keyAllow, kindRules, "", "", "calls that are allowed, as rules such as bash(git *)", permissionRules, nil},
	{keyDeny, kindRules, "", "", "calls that are refused, as rules such as write(src/**)", permissionRules, nil},
	{"fallback", kindList, "", "", "provider/model to go on with when the first is overloaded or at a limit, best first", nil, func(s *Settings, v any) { s.Fallback, _ = v.([]string) }},
	{"compaction.enabled", kindBool, "true", "", "shorten a conversation before it is too long for the model", nil, func(s *Settings, v any) { s.Compaction, _ = v.(bool) }},
	{"compaction.threshold", kindShare, "0.8", "", "share of the model's context at which that happens", nil, func(s *Settings, v any) { s.CompactionThreshold, _ = v.(float64) }},
}

func oneOf(choices []string) func(any) error {
	return func(value any) error {
		text, _ := value.(string)
		if slices.Contains(choices, text) {
			return nil
		}
		return fmt.Errorf("%q is none of %s", text, strings.Join(choices, ", "))
	}
}

func positive(value any) error {
	if d, ok := value.(time.Duration); ok && d <= 0 {
		return errors.New("must be more than 0")
	}
	return nil
}

// Patterns are compiled when they are needed: most starts of the program need none.
var (
	namePattern       = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9-]{1,31}$`) })
	pluginKeyPattern  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`) })
	errNoProviderName = errors.New("is no provider's name (lower-case letters, digits and -)")
)

func providerName(value any) error {
	if text, _ := value.(string); text != "" && !namePattern().MatchString(text) {
		return fmt.Errorf("%q %w", text, errNoProviderName)
	}
	return nil
}

// lookup returns the setting of key. Every plugin.NAME.KEY is one.
func lookup(key string) (setting, bool) {
	for _, known := range schema {
		if known.key == key {
			return known, true
		}
	}
	if name, rest, ok := pluginKey(key); ok {
		return setting{key: key, kind: kindString, help: "setting " + rest + " of provider " + name}, true
	}
	return setting{}, false
}

// pluginKey splits plugin.NAME.KEY.
func pluginKey(key string) (name, rest string, ok bool) {
	rest, ok = strings.CutPrefix(key, "plugin.")
	if !ok {
		return "", "", false
	}
	name, rest, ok = strings.Cut(rest, ".")
	return name, rest, ok && namePattern().MatchString(name) && pluginKeyPattern().MatchString(rest)
}

// UnknownKeyError says that there is no such setting.
type UnknownKeyError struct {
	Key string
	// Nearest are known keys that it may be a slip of.
	Nearest []string
}

// Error names the nearest keys.
func (e *UnknownKeyError) Error() string {
	if len(e.Nearest) == 0 {
		return fmt.Sprintf("no setting %q", e.Key)
	}
	return fmt.Sprintf("no setting %q; did you mean %s?", e.Key, strings.Join(e.Nearest, " or "))
}

// Hint is the command that lists all keys.
func (e *UnknownKeyError) Hint() string { return "jcode config list" }

func unknown(key string) *UnknownKeyError {
	e := &UnknownKeyError{Key: key}
	best := 3
	for _, known := range schema {
		d := levenshtein.ComputeDistance(key, known.key)
		if _, last, ok := strings.Cut(known.key, "."); ok {
			d = min(d, levenshtein.ComputeDistance(key, last)+1)
		}
		switch {
		case d < best:
			best, e.Nearest = d, []string{known.key}
		case d == best && best < 3:
			e.Nearest = append(e.Nearest, known.key)
		}
	}
	return e
}
