package host

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/jcode-go/jcode/host/internal/launch"
)

// TestNoExecStore: a home on a file system that forbids execution is named as the
// reason, and nothing is installed.
func TestNoExecStore(t *testing.T) {
	home := t.TempDir()
	if err := unix.Mount("tmpfs", home, "tmpfs", unix.MS_NOEXEC, "size=200m"); err != nil {
		t.Skip("nothing can be mounted here: ", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(home, unix.MNT_DETACH) })
	h := testHost(t, nil)
	options := h.options
	options.Home = home
	h, err := Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	_, err = h.InstallPlugin(t.Context(), InstallRequest{Source: pluginFolder(t, "acme", "1.0.0")}, agree())
	var plugin *PluginError
	if !errors.As(err, &plugin) || plugin.Reason != launch.ReasonNoExecMount || !strings.Contains(plugin.Remedy, "noexec") {
		t.Errorf("%v", err)
	}
	if rows, _ := again(t, h).Plugins(t.Context()); len(rows) != 0 {
		t.Errorf("%+v", rows)
	}
}
