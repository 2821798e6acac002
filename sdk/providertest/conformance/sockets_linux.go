package conformance

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// sockets are the network sockets that a process holds open, as the kernel writes
// them: protocol, own and other address.
func sockets(pid int) []string {
	folder := "/proc/" + strconv.Itoa(pid)
	entries, err := os.ReadDir(folder + "/fd")
	if err != nil {
		return nil
	}
	own := map[string]bool{}
	for _, entry := range entries {
		target, err := os.Readlink(folder + "/fd/" + entry.Name())
		if inode, ok := strings.CutPrefix(target, "socket:["); ok && err == nil {
			own[strings.TrimSuffix(inode, "]")] = true
		}
	}
	var found []string
	for _, protocol := range []string{"tcp", "tcp6", "udp", "udp6"} {
		table, err := os.ReadFile(folder + "/net/" + protocol)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(table)) {
			if fields := strings.Fields(line); len(fields) > 9 && own[fields[9]] {
				found = append(found, fmt.Sprintf("%s %s to %s", protocol, fields[1], fields[2]))
			}
		}
	}
	return found
}

// environmentOf is the environment that a process was started with.
func environmentOf(pid int) (environ string, known bool) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	return string(data), err == nil
}
