package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

// usageFile is what --usage-file writes: what a run used, however it ended.
type usageFile struct {
	Schema       int                   `json:"schema"`
	SessionID    string                `json:"session_id"`
	Provider     string                `json:"provider"`
	Model        string                `json:"model"`
	Subtype      string                `json:"subtype"`
	ExitCode     int                   `json:"exit_code"`
	Turns        int                   `json:"num_turns"`
	DurationMS   int64                 `json:"duration_ms"`
	APIDuration  int64                 `json:"duration_api_ms"`
	Usage        *apiUsage             `json:"usage"`
	ModelUsage   map[string]modelUsage `json:"modelUsage"`
	TotalCostUSD *float64              `json:"total_cost_usd"`
	CostSource   string                `json:"cost_source"`
}

// checkUsageFile finds out before the run that its usage could not be written.
func checkUsageFile(flags *cli.Context) error {
	path := flags.String("usage-file")
	if path == "" {
		return nil
	}
	info, err := os.Stat(filepath.Dir(path))
	switch {
	case err != nil:
		return &usageError{what: "flag --usage-file", why: filepath.Dir(path) + ": " + rootCause(err)}
	case !info.IsDir():
		return &usageError{what: "flag --usage-file", why: filepath.Dir(path) + " is no folder"}
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return &usageError{what: "flag --usage-file", why: path + " is a folder"}
	}
	return nil
}

// tellUsage says what a run used, as far as it was asked to.
func (c *command) tellUsage(flags *cli.Context, result host.RunResult, f *failure) error {
	if flags.Bool("usage") {
		_, _ = io.WriteString(c.err, programName+": "+usageLineOf(result)+"\n")
	}
	path := flags.String("usage-file")
	if path == "" {
		return nil
	}
	r := newResult(result, f, nil)
	line, err := encodeLine(usageFile{
		1, r.SessionID, r.Provider, r.Model, r.Subtype, r.ExitCode, r.Turns, r.DurationMS, r.APIDurationMS,
		r.Usage, r.ModelUsage, r.TotalCostUSD, r.CostSource,
	})
	if err == nil {
		err = replaceFile(path, line)
	}
	if err != nil {
		return fmt.Errorf("write usage file: %w", err)
	}
	return nil
}

// usageLineOf is one line for people.
func usageLineOf(result host.RunResult) string {
	u := result.Usage
	in := fmt.Sprintf("%d tokens in", u.InputTokens+u.CacheReadTokens+u.CacheWriteTokens)
	if u.CacheReadTokens > 0 {
		in += fmt.Sprintf(" (%d from the cache)", u.CacheReadTokens)
	}
	return strings.Join([]string{
		"usage: " + plural(result.Turns, "turn"), in, fmt.Sprintf("%d out", u.OutputTokens),
		costText(u.CostUSD, result.CostSource), shortDuration(result.Duration),
	}, ", ")
}

// costText is a cost for people; nil is unknown, never $0.
func costText(cost *float64, source string) string {
	switch {
	case cost == nil:
		return "cost unknown"
	case source == host.CostEstimated:
		return fmt.Sprintf("$%.4f (estimated)", *cost)
	}
	return fmt.Sprintf("$%.4f", *cost)
}

// replaceFile writes a file whole: a reader sees the old one or the new one.
func replaceFile(path string, data []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// tokenCount takes a number of tokens, or one with k or M.
func tokenCount(flags *cli.Context, name string) (int64, error) {
	if !flags.IsSet(name) {
		return 0, nil
	}
	n, ok := parseTokens(flags.String(name))
	if !ok {
		return 0, &usageError{what: "flag --" + name, why: quote(flags.String(name)) + " is no number of tokens such as 200000 or 200k"}
	}
	return n, nil
}

// amount takes a sum of money above zero.
func amount(flags *cli.Context, name string) (float64, error) {
	if !flags.IsSet(name) {
		return 0, nil
	}
	value, ok := parseDollars(flags.String(name))
	if !ok {
		return 0, &usageError{what: "flag --" + name, why: quote(flags.String(name)) + " is no sum in dollars such as 0.50"}
	}
	return value, nil
}
