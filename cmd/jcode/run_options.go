package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

// The output formats.
const (
	formatText   = "text"
	formatJSON   = "json"
	formatStream = "stream-json"
)

// runOptions turns flags into options, all but the prompt.
func (c *command) runOptions(flags *cli.Context) (host.RunOptions, error) {
	if err := checkRunFlags(flags); err != nil {
		return host.RunOptions{}, err
	}
	o := host.RunOptions{
		Provider: flags.String("provider"), Model: flags.String("model"), Effort: flags.String("effort"),
		Continue: flags.Bool("continue"), Resume: flags.String("resume"),
		Fork: flags.Bool("fork"), Ephemeral: flags.Bool("ephemeral"), AllProjects: flags.Bool("all-projects"),
		Name: flags.String("name"), SessionID: flags.String("session-id"),
		PermissionMode:         flags.String("permission-mode"),
		PermissionModeExplicit: flags.IsSet("permission-mode"),
		OnDeny:                 flags.String("on-deny"),
		NoInstructions:         flags.Bool("no-instructions"),
		Allow:                  flags.StringSlice("allow"),
		Deny:                   flags.StringSlice("deny"),
		NoAsk:                  flags.Bool("no-ask"),
		PassEnv:                flags.StringSlice("pass-env"),
		Fallback:               splitList(flags.StringSlice("fallback")),
		ModelUnchecked:         flags.Bool("model-unchecked"),
		KeepBackground:         flags.Bool("keep-background"),
		Timeout:                c.timeoutFlag(flags),
	}
	var errs [9]error
	o.WorkingDir, errs[0] = workingDir()
	o.MaxTurns, errs[1] = positiveNumber(flags, "max-turns")
	o.System, errs[2] = textOrFile(flags, "system")
	o.AppendSystem, errs[3] = textOrFile(flags, "append-system")
	o.AddedDirs, o.ReadOnlyDirs, errs[4] = addedDirs(flags.StringSlice("add-dir"))
	o.Settings, errs[5] = pairs("set", "KEY=VALUE", flags.StringSlice("set"))
	o.MaxTokensTotal, errs[6] = tokenCount(flags, "max-tokens-total")
	o.MaxCostUSD, errs[7] = amount(flags, "max-cost-usd")
	errs[8] = checkUsageFile(flags)
	for _, err := range errs {
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

// checkRunFlags refuses values and combinations that make no sense.
func checkRunFlags(flags *cli.Context) error {
	for _, name := range []string{
		"provider", "model", "output-format", "resume", "permission-mode", "on-deny",
		"max-turns", "max-tokens-total", "max-cost-usd", "usage-file", "timeout", "effort", "stdin-grace", "stdin-limit",
		"name", "session-id",
	} {
		if flags.IsSet(name) && strings.TrimSpace(flags.String(name)) == "" {
			return &usageError{what: "flag --" + name, why: "has an empty value"}
		}
	}
	err := errors.Join(
		choice(flags, "output-format", flagValues["output-format"]...),
		choice(flags, "permission-mode", flagValues["permission-mode"]...),
		choice(flags, "on-deny", flagValues["on-deny"]...),
		choice(flags, "color", flagValues["color"]...),
		exclude(flags, "continue", "resume"),
		exclude(flags, "ephemeral", "continue"),
		exclude(flags, "ephemeral", "resume"),
		exclude(flags, "ephemeral", "name"),
		exclude(flags, "stdin", "no-stdin"),
		exclude(flags, "quiet", "verbose"),
	)
	if err != nil {
		return firstOf(err)
	}
	if flags.Bool("fork") && !flags.Bool("continue") && !flags.IsSet("resume") {
		return usagef("jcode run -c --fork PROMPT", "--fork needs -c or -r: there is nothing to copy")
	}
	if flags.Bool("all-projects") && !flags.Bool("continue") && !flags.IsSet("resume") {
		return usagef("jcode run -c --all-projects PROMPT", "--all-projects needs -c or -r: a new session is of this project")
	}
	if flags.Bool("include-partial-messages") && flags.String("output-format") != formatStream {
		return usagef("jcode run -o stream-json --include-partial-messages PROMPT",
			"--include-partial-messages needs -o stream-json")
	}
	if given := flags.StringSlice("fallback"); len(given) > 0 && len(splitList(given)) == 0 {
		return usagef("jcode run --fallback PROVIDER/MODEL PROMPT", "--fallback names nobody; --set fallback= empties the configuration's list")
	}
	if flags.IsSet("timeout") {
		if d, err := parseTime(flags.String("timeout")); err != nil || d <= 0 {
			return &usageError{what: "flag --timeout", why: quote(flags.String("timeout")) + " is no time such as 90s or 10m"}
		}
	}
	return nil
}

// splitList splits values at their commas and drops what is empty.
func splitList(values []string) []string {
	var out []string
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

// firstOf is the first of joined errors: one line is enough to go on.
func firstOf(err error) error {
	var usage *usageError
	if errors.As(err, &usage) {
		return usage
	}
	return err
}

func choice(flags *cli.Context, name string, allowed ...string) error {
	if !flags.IsSet(name) {
		return nil
	}
	return oneOf(name, flags.String(name), allowed...)
}

func exclude(flags *cli.Context, a, b string) error {
	given := func(name string) bool {
		return flags.Bool(name) || flags.IsSet(name) && flags.String(name) != ""
	}
	if !given(a) || !given(b) {
		return nil
	}
	return usagef("", "--%s and --%s exclude each other", a, b)
}

// timeoutFlag is 0 without the flag.
func (c *command) timeoutFlag(flags *cli.Context) time.Duration {
	d, _ := parseTime(flags.String("timeout"))
	return d
}

// parseTime takes what Go takes, and plain seconds.
func parseTime(value string) (time.Duration, error) {
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if !(seconds >= 0 && seconds < 1e9) {
			return 0, strconv.ErrRange
		}
		return time.Duration(seconds * float64(time.Second)), nil
	}
	return time.ParseDuration(value)
}

// parseTokens takes a whole number above zero, or one with k or M (thousands).
func parseTokens(value string) (int64, bool) {
	factor := 1.0
	for unit, f := range map[string]float64{"k": 1e3, "K": 1e3, "M": 1e6} {
		if number, ok := strings.CutSuffix(value, unit); ok {
			value, factor = number, f
		}
	}
	n, err := strconv.ParseFloat(value, 64)
	n *= factor
	return int64(n), err == nil && n >= 1 && n < 1e15 && n == float64(int64(n))
}

// parseDollars takes a sum above zero, also behind a dollar sign.
func parseDollars(value string) (float64, bool) {
	n, err := strconv.ParseFloat(strings.TrimPrefix(value, "$"), 64)
	return n, err == nil && n > 0 && n < 1e9
}

// parseSize takes bytes, or a number with K, M or G.
func parseSize(value string) (int64, error) {
	text := strings.TrimSuffix(strings.ToUpper(value), "B")
	shift := 0
	for i, unit := range []string{"K", "M", "G"} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			text, shift = number, 10*(i+1)
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > (1<<62)>>shift {
		return 0, strconv.ErrRange
	}
	return n << shift, nil
}

func positiveNumber(flags *cli.Context, name string) (int, error) {
	if !flags.IsSet(name) {
		return 0, nil
	}
	n, err := strconv.Atoi(flags.String(name))
	if err != nil || n < 1 {
		return 0, &usageError{what: "flag --" + name, why: quote(flags.String(name)) + " is no number from 1 on"}
	}
	return n, nil
}

// stdinFlags puts flags over the settings for standard input.
func (c *command) stdinFlags(flags *cli.Context, settings *host.Settings) error {
	if value := flags.String("stdin-grace"); value != "" {
		d, err := parseTime(value)
		if err != nil || d <= 0 {
			return &usageError{what: "flag --stdin-grace", why: quote(value) + " is no time such as 500ms or 3s"}
		}
		settings.StdinGrace = d
	}
	if value := flags.String("stdin-limit"); value != "" {
		n, err := parseSize(value)
		if err != nil || n < 1 {
			return &usageError{what: "flag --stdin-limit", why: quote(value) + " is no size such as 65536 or 1M"}
		}
		settings.StdinLimit = n
	}
	return nil
}

// textOrFile is the flag's value, or the file behind "@".
func textOrFile(flags *cli.Context, name string) (string, error) {
	value := flags.String(name)
	path, ok := strings.CutPrefix(value, "@")
	if !ok {
		return value, nil
	}
	return readTextFile(path)
}

// addedDirs reads --add-dir DIR and --add-dir DIR:ro.
func addedDirs(dirs []string) (written, read []string, err error) {
	for _, text := range dirs {
		dir, readOnly := host.SplitAddedDir(text)
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return nil, nil, &usageError{what: "flag --add-dir", why: err.Error()}
		}
		info, err := os.Stat(absolute)
		if err != nil {
			return nil, nil, &usageError{what: "flag --add-dir", why: dir + ": " + rootCause(err)}
		}
		if !info.IsDir() {
			return nil, nil, &usageError{what: "flag --add-dir", why: dir + " is no folder"}
		}
		if readOnly {
			read = append(read, absolute)
			continue
		}
		written = append(written, absolute)
	}
	return written, read, nil
}

// pairs reads flags of a form such as KEY=VALUE; the last one of a key wins.
func pairs(flag, form string, values []string) (map[string]string, error) {
	if len(values) == 0 {
		return nil, nil
	}
	out := make(map[string]string, len(values))
	for _, value := range values {
		key, rest, ok := strings.Cut(value, "=")
		if key = strings.TrimSpace(key); !ok || key == "" {
			return nil, &usageError{what: "flag --" + flag, why: quote(value) + " is not of the form " + form}
		}
		out[key] = rest
	}
	return out, nil
}

// splitModel takes "PROVIDER/ID" apart when PROVIDER is installed. Many models
// have a slash in their own names, so without such a provider it is left alone.
func (c *command) splitModel(ctx context.Context, h *host.Host, o *host.RunOptions) error {
	splitEffort(h, o)
	prefix, model, ok := strings.Cut(o.Model, "/")
	if !ok || o.Provider != "" {
		return nil
	}
	plugins, err := h.Plugins(ctx)
	if err != nil {
		return err
	}
	for _, p := range plugins {
		if p.Name == prefix && model == "" {
			return &host.UsageError{
				Message: "model " + strconv.Quote(o.Model) + ": the model's name is missing",
				Remedy:  "jcode models --provider " + prefix,
			}
		}
		if p.Name == prefix {
			o.Provider, o.Model = prefix, model
			return nil
		}
	}
	return nil
}

// effortLevels are what may stand behind a model's name.
var effortLevels = []string{"minimal", "low", "medium", "high", "xhigh", "max"}

// splitEffort takes "ID:LEVEL" apart, unless an effort was named or a model is really
// called so.
func splitEffort(h *host.Host, o *host.RunOptions) {
	at := strings.LastIndexByte(o.Model, ':')
	if at <= 0 || o.Effort != "" || !slices.Contains(effortLevels, o.Model[at+1:]) {
		return
	}
	for _, list := range h.CachedModels() {
		for _, m := range list.Models {
			if m.ID == o.Model || list.Provider+"/"+m.ID == o.Model {
				return
			}
		}
	}
	o.Model, o.Effort = o.Model[:at], o.Model[at+1:]
}
