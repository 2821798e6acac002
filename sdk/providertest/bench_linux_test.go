package providertest_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/scripted"
)

// BenchmarkReady is the time from nothing to the first answered call of a
// stripped plugin, and its memory after a text turn.
func BenchmarkReady(b *testing.B) {
	path := buildScripted(b)
	var rss, pss, private float64
	for b.Loop() {
		p := startScripted(b, path)
		if _, err := p.Client.Info(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := p.Client.Configure(b.Context(), sdk.Config{}); err != nil {
			b.Fatal(err)
		}
		request := scripted.Request(scripted.Turn{Steps: []scripted.Step{{Text: "a few words of text ", Repeat: 200}}})
		if _, err := p.Client.Generate(b.Context(), request, &ignore{}); err != nil {
			b.Fatal(err)
		}
		rss, pss, private = memory(b, p.PID())
		p.Kill()
		b.StartTimer()
	}
	b.ReportMetric(rss, "RSS-MiB")
	b.ReportMetric(pss, "PSS-MiB")
	b.ReportMetric(private, "private-MiB")
}

// memory reads what a process occupies, in MiB.
func memory(b *testing.B, pid int) (rss, pss, private float64) {
	b.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		var name string
		var kib float64
		_, _ = fmt.Sscanf(line, "%s %f", &name, &kib)
		switch name {
		case "Rss:":
			rss = kib / 1024
		case "Pss:":
			pss = kib / 1024
		case "Private_Clean:", "Private_Dirty:":
			private += kib / 1024
		}
	}
	return rss, pss, private
}
