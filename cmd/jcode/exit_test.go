package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	provider := func(k sdk.Kind) error { return fmt.Errorf("ask: %w", &sdk.Error{Kind: k, Message: "m"}) }
	tests := map[string]struct {
		err     error
		exit    int
		code    string
		subtype string
	}{
		"usage":                {usagef("", "x"), 2, "usage", "error_during_execution"},
		"host usage":           {&host.UsageError{Message: "x"}, 2, "usage", "error_during_execution"},
		"no session":           {&host.SessionNotFoundError{Ref: "x"}, 2, "session_not_found", "error_during_execution"},
		"locked session":       {&host.SessionLockedError{ID: "x"}, 2, "session_locked", "error_during_execution"},
		"session name":         {&host.SessionNameError{Name: "x", Reason: "y"}, 2, "session_name", "error_during_execution"},
		"job still running":    {&host.JobTimeoutError{ID: "job-1"}, 124, "timeout", "error_timeout"},
		"configuration":        {&host.ConfigError{Message: "x"}, 3, "configuration", "error_during_execution"},
		"file":                 {&fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}, 3, "file", "error_during_execution"},
		"no login":             {&host.NoProviderError{Found: []string{"a"}}, 4, "login_required", "error_auth"},
		"unauthenticated":      {provider(sdk.KindUnauthenticated), 4, "unauthenticated", "error_auth"},
		"permission denied":    {provider(sdk.KindPermissionDenied), 4, "permission_denied", "error_auth"},
		"interaction required": {provider(sdk.KindInteractionRequired), 4, "interaction_required", "error_auth"},
		"billing":              {provider(sdk.KindBilling), 5, "billing", "error_provider"},
		"rate limited":         {provider(sdk.KindRateLimited), 5, "rate_limited", "error_provider"},
		"overloaded":           {provider(sdk.KindOverloaded), 5, "overloaded", "error_provider"},
		"network":              {provider(sdk.KindNetwork), 5, "network", "error_provider"},
		"model not found":      {provider(sdk.KindModelNotFound), 2, "model_not_found", "error_during_execution"},
		"cli missing":          {provider(sdk.KindCLIMissing), 3, "cli_missing", "error_during_execution"},
		"cli outdated":         {provider(sdk.KindCLIOutdated), 3, "cli_outdated", "error_during_execution"},
		"provider settings":    {provider(sdk.KindConfiguration), 3, "configuration", "error_during_execution"},
		"context too long":     {provider(sdk.KindContextTooLong), 7, "context_too_long", "error_during_execution"},
		"invalid request":      {provider(sdk.KindInvalidRequest), 1, "invalid_request", "error_during_execution"},
		"policy":               {provider(sdk.KindPolicyRefused), 1, "policy_refused", "error_during_execution"},
		"provider broken":      {provider(sdk.KindInternal), 1, "internal", "error_during_execution"},
		"unknown kind":         {provider(sdk.Kind(99)), 1, "internal", "error_during_execution"},
		"denied":               {&host.DeniedError{}, 6, "denied", "error_permission"},
		"turns":                {&host.LimitError{Limit: "max_turns", Message: "x"}, 7, "max_turns", "error_max_turns"},
		"all tokens":           {&host.LimitError{Limit: "max_tokens_total", Message: "x"}, 7, "max_tokens_total", "error_max_tokens_total"},
		"cost":                 {&host.LimitError{Limit: "max_cost_usd", Message: "x"}, 7, "max_cost_usd", "error_max_budget_usd"},
		"loop":                 {&host.LimitError{Limit: "loop", Message: "x"}, 7, "loop", "error_loop"},
		"tokens":               {&host.LimitError{Limit: "max_tokens", Message: "x"}, 7, "max_tokens", "error_during_execution"},
		"context":              {&host.LimitError{Limit: "context", Message: "x"}, 7, "context", "error_during_execution"},
		"plugin":               {&host.PluginError{}, 8, "plugin", "error_plugin"},
		"plugin over provider": {&host.PluginError{Err: provider(sdk.KindNetwork)}, 8, "plugin", "error_plugin"},
		"plugin refuses":       {&host.PluginError{Err: provider(sdk.KindConfiguration)}, 3, "configuration", "error_during_execution"},
		"timeout":              {fmt.Errorf("run: %w", &host.TimeoutError{}), 124, "timeout", "error_timeout"},
		"refusal":              {&host.RefusalError{}, 1, "refusal", "error_during_execution"},
		"interrupted":          {&signalError{syscall.SIGINT}, 130, "cancelled", "cancelled"},
		"terminated":           {errors.Join(&signalError{syscall.SIGTERM}, provider(sdk.KindCancelled)), 143, "cancelled", "cancelled"},
		"hung up":              {&signalError{syscall.SIGHUP}, 129, "cancelled", "cancelled"},
		"cancelled":            {context.Canceled, 130, "cancelled", "cancelled"},
		"reader gone":          {fmt.Errorf("run: %w", errReaderGone), 141, "reader_gone", "cancelled"},
		"panic":                {&panicError{value: "x"}, 1, "internal", "error_during_execution"},
		"anything":             {errors.New("x"), 1, "internal", "error_during_execution"},
	}
	published := errorCodes(t)
	for name, test := range tests {
		delete(published, test.code)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := explain(test.err)
			var line bytes.Buffer
			if err := writeLine(&line, newResult(host.RunResult{}, f, nil)); err != nil {
				t.Fatal(err)
			}
			checkStream(t, line.Bytes()) // its schema names every code
			if f.exit != test.exit || f.code != test.code || f.subtype() != test.subtype {
				t.Errorf("got %d %s %s, want %d %s %s", f.exit, f.code, f.subtype(), test.exit, test.code, test.subtype)
			}
			if !f.silent && f.message == "" {
				t.Error("no message")
			}
		})
	}
	for code := range published {
		t.Errorf("the schema has an error code that no case here has: %s", code)
	}
	if explain(nil) != nil {
		t.Error("no error must stay none")
	}
}

// errorCodes are those of the published schema.
func errorCodes(t *testing.T) map[string]bool {
	t.Helper()
	var schema struct {
		Defs struct {
			Error struct {
				Properties struct {
					Code struct {
						Enum []string `json:"enum"`
					} `json:"code"`
				} `json:"properties"`
			} `json:"error"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(eventsSchema), &schema); err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, code := range schema.Defs.Error.Properties.Code.Enum {
		codes[code] = true
	}
	if len(codes) == 0 {
		t.Fatal("the schema names no error code")
	}
	return codes
}

// Every kind of provider error has a line in the table.
func TestEveryKindHasAnExitCode(t *testing.T) {
	t.Parallel()
	if len(kindExits) != len(sdk.Kinds()) {
		t.Fatalf("%d exit codes for %d kinds", len(kindExits), len(sdk.Kinds()))
	}
	for _, kind := range sdk.Kinds() {
		if kindExits[kind] == exitOK {
			t.Errorf("%s would be success", kind)
		}
	}
}

func TestHintsComeFromTheError(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"provider": {&sdk.Error{Message: "x", Remedy: "jcode login"}, "jcode login"},
		"choice":   {&host.NoProviderError{Found: []string{"acme"}}, "jcode login --provider acme"},
		"session":  {&host.SessionLockedError{ID: "s"}, "jcode run -r s --fork"},
		"usage":    {usagef("jcode run x", "bad"), "jcode run x"},
	} {
		if got := explain(test.err).hint; got != test.want {
			t.Errorf("%s: hint %q, want %q", name, got, test.want)
		}
	}
}
