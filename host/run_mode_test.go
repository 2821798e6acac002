package host

import (
	"testing"

	"github.com/jcode-go/jcode/host/internal/agent"
)

// What the provider and the model are told of the permission mode, and the user
// too, is what holds: a provider's program that runs its tools itself has a mode of
// its own as long as the user has chosen none.
func TestPermissionModeThatIsTold(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		plugin, configured string
		options            RunOptions
		// want is what the provider is asked for, whether by a flag, and what the
		// model is told; started is what the user is.
		want, started string
		warned        bool
	}{
		"host tools":                 {"acme", "", RunOptions{}, "auto/false/Permission mode: auto", "auto", false},
		"host tools, configured":     {"acme", "edit", RunOptions{}, "edit/false/Permission mode: edit", "edit", false},
		"host tools, flag":           {"acme", "edit", RunOptions{PermissionMode: "bypass", PermissionModeExplicit: true}, "bypass/true/Permission mode: bypass", "bypass", false},
		"native tools":               {"native-modes", "", RunOptions{}, "/false/", "provider", false},
		"native tools, configured":   {"native-modes", "edit", RunOptions{}, "edit/false/", "provider", false},
		"native tools, flag":         {"native-modes", "", RunOptions{PermissionMode: "edit", PermissionModeExplicit: true}, "edit/true/Permission mode: edit", "edit", false},
		"native tools, one setting":  {"native-modes", "", RunOptions{Settings: map[string]string{"permission_mode": "read-only"}}, "read-only/false/", "provider", false},
		"native tools without modes": {"native", "", RunOptions{}, "/false/", "provider", false},
		"likewise, configured":       {"native", "edit", RunOptions{}, "edit/false/", "provider", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := testHost(t, nil, tt.plugin)
			if tt.configured != "" {
				if err := h.ConfigSet("permission_mode", tt.configured); err != nil {
					t.Fatal(err)
				}
			}
			tt.options.Prompt, tt.options.Provider = "mode", tt.plugin
			started, warned := "", false
			tt.options.OnEvent = func(event Event) error {
				switch e := event.(type) {
				case agent.RunStarted:
					started = e.PermissionMode
				case agent.Warning:
					warned = warned || e.Code == "permission_mode"
				}
				return nil
			}
			result, err := h.Run(t.Context(), tt.options)
			if err != nil || result.Text != tt.want || started != tt.started || warned != tt.warned {
				t.Errorf("%q, started %q, warned %t, %v", result.Text, started, warned, err)
			}
		})
	}
}
