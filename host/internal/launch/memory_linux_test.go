package launch

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
)

// BenchmarkMemory reports what one idle plugin costs, in MiB: its proportional and
// its resident set.
func BenchmarkMemory(b *testing.B) {
	p := benchPlugin(b)
	var pss, rss int
	for b.Loop() {
		process := launched(b, p, testOptions(b))
		if _, err := process.Provider().Info(b.Context()); err != nil {
			b.Fatal(err)
		}
		pss, rss = memoryOf(b, process.Facts().PID)
		process.Stop(b.Context())
	}
	b.ReportMetric(float64(pss)/1024, "pss_mib")
	b.ReportMetric(float64(rss)/1024, "rss_mib")
}

// memoryOf returns PSS and RSS in KiB.
func memoryOf(tb testing.TB, pid int) (pss, rss int) {
	tb.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		tb.Skip(err)
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "Pss:") {
			_, _ = fmt.Sscanf(line, "Pss: %d kB", &pss)
		}
		if strings.HasPrefix(line, "Rss:") {
			_, _ = fmt.Sscanf(line, "Rss: %d kB", &rss)
		}
	}
	return pss, rss
}
