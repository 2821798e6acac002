package plugin

import (
	"os/exec"
	"testing"
)

// TestChildless must not reap the children that it looks for. It is not parallel:
// other tests start processes.
func TestChildless(t *testing.T) {
	child := exec.Command("sleep", "100")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if childless() {
		t.Error("a running child is not seen")
	}
	_ = child.Process.Kill()
	if childless() {
		t.Error("a child that nobody waited for is not seen")
	}
	if err := child.Wait(); err == nil || child.ProcessState == nil {
		t.Errorf("the child was reaped: %v", err)
	}
}
