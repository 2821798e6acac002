//go:build unix

package plugin_test

import (
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/internal/spawn"
)

// BenchmarkDelta is the cost of one text delta from a plugin process to the
// host's Emit: wall time, and the processor time of both processes.
func BenchmarkDelta(b *testing.B) {
	p := start(b, spawn.Options{})
	count := 0
	stream := &collector{emit: func(sdk.Event) error { count++; return nil }}
	if _, err := p.Client.Generate(b.Context(), ask("1000"), stream); err != nil {
		b.Fatal(err)
	}
	count = 0
	before := processTime(b, syscall.RUSAGE_SELF)
	b.ReportAllocs()
	b.ResetTimer()
	if _, err := p.Client.Generate(b.Context(), ask(strconv.Itoa(b.N)), stream); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	b.ReportMetric(float64(processTime(b, syscall.RUSAGE_SELF)-before)/float64(b.N), "host-cpu-ns/op")
	if count != b.N {
		b.Fatalf("%d deltas of %d", count, b.N)
	}
	others := processTime(b, syscall.RUSAGE_CHILDREN)
	p.Kill()
	b.ReportMetric(float64(processTime(b, syscall.RUSAGE_CHILDREN)-others)/float64(b.N), "plugin-cpu-ns/op")
}

func processTime(b *testing.B, who int) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(who, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkSpawn is the time from nothing to the first answered call.
func BenchmarkSpawn(b *testing.B) {
	for name, autoMTLS := range map[string]bool{"token": false, "AutoMTLS": true} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p := start(b, spawn.Options{AutoMTLS: autoMTLS})
				if _, err := p.Client.Info(b.Context()); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				p.Kill()
				b.StartTimer()
			}
		})
	}
}
