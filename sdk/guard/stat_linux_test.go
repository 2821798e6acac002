package guard

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
)

func TestParseStat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     stat
		ok       bool
	}{
		{"plain", "12 (sh) S 1 12 12 0 -1", stat{'S', 1, 12}, true},
		{"odd name", "12 (a) R 9 9 (b)) Z 3 4 5 0", stat{'Z', 3, 5}, true},
		{"cut", "12 (sh) S 1", stat{}, false},
		{"empty", "", stat{}, false},
		{"no number", "12 (sh) S x 12 y 0", stat{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := parseStat([]byte(tt.in))
			if ok != tt.ok || (ok && got != tt.want) {
				t.Errorf("%+v, %v; want %+v, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("12 (sh) S 1 12 12 0 -1"))
	f.Add([]byte(")"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, ok := parseStat(b); ok && s.state == 0 && len(b) == 0 {
			t.Error("a process out of nothing")
		}
	})
}

// The slow way, for kernels without lists of children, finds the same.
func TestChildrenByStat(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("/bin/sh", "-c", "read -r line")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	if !slices.Contains(childrenByStat(os.Getpid()), pid) || !slices.Contains(children(os.Getpid()), pid) {
		t.Errorf("child %d is not found", pid)
	}
	if s, ok := readStat(strconv.Itoa(pid)); !ok || s.parent != os.Getpid() {
		t.Errorf("stat of the child: %+v", s)
	}
	_ = in.Close()
	_ = cmd.Wait()
}
