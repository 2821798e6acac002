package sdk_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
)

const hidden = "sk-very-secret"

// holders are the ways in which a secret sits in other values.
func holders() map[string]any {
	secret := sdk.NewSecret(hidden)
	type inner struct{ unexported sdk.Secret }
	type outer struct {
		Exported sdk.Secret
		Pointer  *sdk.Secret
		Inner    inner
		inner    *inner
		Any      any
	}
	return map[string]any{
		"bare":              secret,
		"pointer":           &secret,
		"struct":            outer{Exported: secret, Pointer: &secret, Inner: inner{secret}, inner: &inner{secret}, Any: secret},
		"pointer to struct": &outer{Exported: secret, Pointer: &secret, Inner: inner{secret}, Any: &secret},
		"slice":             []sdk.Secret{secret},
		"map":               map[string]sdk.Secret{"k": secret},
		"map key":           map[sdk.Secret]int{secret: 1},
		"variables":         sdk.Variables{"K": secret},
		"config":            sdk.Config{Variables: sdk.Variables{"K": secret}},
		"login":             sdk.LoginRequest{APIKey: secret},
		"error":             &sdk.Error{Message: fmt.Sprint(secret), Err: fmt.Errorf("wrap %v", secret)},
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10.3s", "%-20v", "%b", "%o", "%e", "%c", "%U", "%T"}
	for name, holder := range holders() {
		for _, verb := range verbs {
			if text := fmt.Sprintf(verb, holder); leaks(text) {
				t.Errorf("%s with %s: %s", name, verb, text)
			}
		}
		if text := fmt.Sprint(holder) + fmt.Sprintln(holder); leaks(text) {
			t.Errorf("%s printed: %s", name, text)
		}
		if text := logged(holder); leaks(text) {
			t.Errorf("%s logged: %s", name, text)
		}
		if data, err := json.Marshal(holder); err == nil && leaks(string(data)) {
			t.Errorf("%s as JSON: %s", name, data)
		}
		if data, err := xml.Marshal(holder); err == nil && leaks(string(data)) {
			t.Errorf("%s as XML: %s", name, data)
		}
	}
}

// leaks also finds the secret in hexadecimal.
func leaks(text string) bool {
	return strings.Contains(text, hidden) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", hidden))
}

func logged(value any) string {
	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).With("with", value).WithGroup("g").Info("message", "value", value, slog.Group("h", "v", value))
	}
	return out.String()
}

func TestSecret(t *testing.T) {
	t.Parallel()
	secret, zero := sdk.NewSecret(hidden), sdk.Secret{}
	if secret.Reveal() != hidden || zero.Reveal() != "" {
		t.Error("reveal does not")
	}
	if secret.IsZero() || !zero.IsZero() || !sdk.NewSecret("").IsZero() {
		t.Error("zero is not zero")
	}
	if !secret.Equal(sdk.NewSecret(hidden)) || secret.Equal(zero) || secret.Equal(sdk.NewSecret("other")) || !zero.Equal(sdk.Secret{}) {
		t.Error("equal is not equal")
	}
	if fmt.Sprint(secret) != "[redacted]" || fmt.Sprint(zero) != "" {
		t.Errorf("printed as %v and %q", secret, fmt.Sprint(zero))
	}
	variables := sdk.Variables{"K": secret}
	if variables.Get("K") != hidden || variables.Get("other") != "" || !variables.Secret("other").IsZero() {
		t.Error("variables do not give what they hold")
	}
}

func TestError(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial tcp")
	tests := map[string]struct {
		err  *sdk.Error
		text string
	}{
		"all":          {&sdk.Error{Op: "generate", Message: "overloaded", Err: cause}, "generate: overloaded: dial tcp"},
		"message":      {&sdk.Error{Message: "overloaded"}, "overloaded"},
		"only a cause": {&sdk.Error{Err: cause}, "dial tcp"},
		"only a kind":  {&sdk.Error{Kind: sdk.KindBilling}, "billing"},
	}
	for name, test := range tests {
		if test.err.Error() != test.text {
			t.Errorf("%s: %q", name, test.err)
		}
		if test.err.Err != nil && !errors.Is(test.err, cause) {
			t.Errorf("%s does not unwrap", name)
		}
	}
}
