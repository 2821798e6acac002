//go:build linux || darwin

package plugin

import (
	"os"
	"syscall"
)

// killChildren kills every descendant of this process, also those in sessions
// of their own. Guardians of sdk/guard are left alone, with what is below them:
// they end their trees themselves when this process is gone, and a killed one
// could not.
func killChildren() {
	if childless() {
		return
	}
	// What forks meanwhile is found by the next round; a fork bomb is not worth
	// more rounds than this.
	for range 5 {
		victims := descendants(os.Getpid())
		if len(victims) == 0 {
			return
		}
		for _, pid := range victims {
			_ = syscall.Kill(pid, syscall.SIGKILL) // gone already
		}
	}
}

// descendants are the living ones, without guardians' trees.
func descendants(root int) []int {
	children := make(map[int][]int)
	for _, p := range processes() {
		children[p.parent] = append(children[p.parent], p.pid)
	}
	var found []int
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		for _, pid := range children[queue[0]] {
			if !isGuardian(pid) {
				found = append(found, pid)
				queue = append(queue, pid)
			}
		}
	}
	return found
}

// process is one living process.
type process struct{ pid, parent int }
