package shellout_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk/shellout"
)

func TestEnvironment(t *testing.T) {
	t.Parallel()
	const noColor = "NO_COLOR=1"
	tests := []struct {
		name, goos string
		base, drop []string
		set        map[string]string
		want       []string
	}{
		{"nothing", "linux", nil, nil, nil, []string{noColor}},
		{
			"what is kept", "linux",
			[]string{"PATH=/bin", "HOME=/h", "LC_ALL=C", "HTTPS_PROXY=x", "XDG_RUNTIME_DIR=/r", "DISPLAY=:0", "SSH_AUTH_SOCK=/s", "CI=1", "JCODE_HOME=/j", "CURSOR_API_KEY=k", "EMPTY="},
			nil, nil,
			[]string{"PATH=/bin", "HOME=/h", "LC_ALL=C", "HTTPS_PROXY=x", "XDG_RUNTIME_DIR=/r", "DISPLAY=:0", "SSH_AUTH_SOCK=/s", "CI=1", "JCODE_HOME=/j", "CURSOR_API_KEY=k", "EMPTY=", noColor},
		},
		{
			"what is not", "linux",
			[]string{"PLUGIN_MIN_PORT=1", "JCODE_PLUGIN_TOKEN=t", "JCODE_PLUGIN_HOST_PID=1", "JCODE_PROVIDER_PLUGIN=c", "JCODE_GUARD=1", "NODE_OPTIONS=--x", "NODE_CHANNEL_FD=3", "ELECTRON_RUN_AS_NODE=1", "FORCE_COLOR=3", "CLICOLOR_FORCE=1", "A=1"},
			nil, nil,
			[]string{"A=1", noColor},
		},
		{"names alike", "linux", []string{"MY_PLUGIN_X=1", "NODE_OPTIONS2=1", "JCODE_PLUGIN=1"}, nil, nil, []string{"MY_PLUGIN_X=1", "NODE_OPTIONS2=1", "JCODE_PLUGIN=1", noColor}},
		{"dropped", "linux", []string{"GH_TOKEN=1", "ANTHROPIC_API_KEY=2", "ANTHROPIC_MODEL=3", "ANT=4"}, []string{"GH_TOKEN", "ANTHROPIC_*"}, nil, []string{"ANT=4", noColor}},
		{"set", "linux", []string{"A=1", "B=2", "C=3"}, []string{"C"}, map[string]string{"B": "x=y", "Z": "", "C": "back", "NODE_OPTIONS": "mine"}, []string{"A=1", "B=x=y", "C=back", "NODE_OPTIONS=mine", noColor, "Z="}},
		{"colours wanted", "linux", []string{"NO_COLOR=0"}, []string{"NO_COLOR"}, nil, []string{}},
		{"the last counts", "linux", []string{"A=1", "a=2", "A=3"}, nil, nil, []string{"a=2", "A=3", noColor}},
		{"malformed", "linux", []string{"", "=", "A", "=B=1x", "C=1"}, nil, nil, []string{"=B=1x", "C=1", noColor}},
		{"windows", "windows", []string{"Path=1", "PATH=2", "=C:=C:\\x", "node_options=x", "Gh_Token=t"}, []string{"GH_TOKEN"}, map[string]string{"PATH": "3"}, []string{"=C:=C:\\x", noColor, "PATH=3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := shellout.EnvironmentOn(tt.goos, tt.base, tt.drop, tt.set)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEnvironmentLeavesItsArgumentsAlone(t *testing.T) {
	t.Parallel()
	base := append(make([]string, 0, 10), "A=1", "NODE_OPTIONS=x", "B=1")
	_ = shellout.Environment(base, []string{"A"}, map[string]string{"B": "2"})
	if diff := cmp.Diff([]string{"A=1", "NODE_OPTIONS=x", "B=1"}, base); diff != "" {
		t.Error(diff)
	}
}
