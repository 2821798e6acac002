package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jcode-go/jcode/sdk"
)

func TestKindOf(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want sdk.Kind
	}{
		"nil":             {nil, sdk.KindInternal},
		"other":           {errors.New("x"), sdk.KindInternal},
		"cancelled":       {fmt.Errorf("x: %w", context.Canceled), sdk.KindCancelled},
		"deadline":        {context.DeadlineExceeded, sdk.KindNetwork},
		"error":           {&sdk.Error{Kind: sdk.KindBilling}, sdk.KindBilling},
		"wrapped":         {fmt.Errorf("x: %w", &sdk.Error{Kind: sdk.KindBilling}), sdk.KindBilling},
		"error of cancel": {&sdk.Error{Kind: sdk.KindNetwork, Err: context.Canceled}, sdk.KindNetwork},
	}
	for name, test := range tests {
		if got := sdk.KindOf(test.err); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAsError(t *testing.T) {
	t.Parallel()
	if sdk.AsError(nil) != nil {
		t.Error("nil became an error")
	}
	inner := &sdk.Error{Kind: sdk.KindBilling}
	if sdk.AsError(fmt.Errorf("x: %w", inner)) != inner {
		t.Error("the error in the chain was not found")
	}
	if e := sdk.AsError(context.Canceled); e.Kind != sdk.KindCancelled || !errors.Is(e, context.Canceled) {
		t.Errorf("got %#v", e)
	}
}

func TestKindNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i, kind := range sdk.Kinds() {
		if int(kind) != i || kind.String() == "" || seen[kind.String()] {
			t.Errorf("kind %d is %v %q", i, int(kind), kind)
		}
		seen[kind.String()] = true
	}
	for _, kind := range []sdk.Kind{-1, sdk.Kind(len(sdk.Kinds()))} {
		if kind.String() != "internal" {
			t.Errorf("unknown kind %d is %q", int(kind), kind)
		}
	}
	if len(sdk.Kinds()) != int(sdk.KindConfiguration)+1 {
		t.Error("a kind has no name")
	}
}

func TestInfoHas(t *testing.T) {
	t.Parallel()
	info := sdk.Info{Capabilities: []string{sdk.CapabilityTools}}
	if !info.Has(sdk.CapabilityTools) || info.Has(sdk.CapabilityImages) {
		t.Error("Has is wrong")
	}
}

// TestDefaults are what a small plugin gets without writing them.
func TestDefaults(t *testing.T) {
	t.Parallel()
	var d sdk.Defaults
	_, err := d.Login(t.Context(), sdk.LoginRequest{}, nil)
	if sdk.KindOf(err) != sdk.KindInvalidRequest {
		t.Errorf("login: %v", err)
	}
	removed, err1 := d.Logout(t.Context())
	models, err2 := d.ListModels(t.Context())
	checks, err3 := d.Diagnose(t.Context())
	if errors.Join(err1, err2, err3, d.Drain(t.Context()), d.Configure(t.Context(), sdk.Config{})) != nil || removed != nil || models != nil || checks != nil {
		t.Error("a default did something")
	}
}
