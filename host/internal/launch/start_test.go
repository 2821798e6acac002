package launch

import (
	"testing"

	"github.com/jcode-go/jcode/sdk"
)

func request(model string) *sdk.Request { return &sdk.Request{Model: model} }

func TestStart(t *testing.T) {
	t.Parallel()
	process := launched(t, bundled(testPlugin(t, "good")), testOptions(t))
	facts := process.Facts()
	if facts.Name != "good" || facts.Version != "1.2.3" || facts.Protocol != 1 || len(facts.SHA256) != 64 || facts.PID == 0 {
		t.Errorf("facts %+v", facts)
	}
}
