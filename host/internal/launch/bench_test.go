package launch

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// benchPlugin is a plugin that was really built, stripped and locked, when
// JCODE_TEST_BIN names the folder of `make build`; else it is this test binary.
func benchPlugin(b *testing.B) discover.Plugin {
	b.Helper()
	if bin := os.Getenv("JCODE_TEST_BIN"); bin != "" {
		for _, p := range discover.List(discover.Options{Executable: filepath.Join(bin, "jcode"), HostProtocols: Protocols()}) {
			if p.Status == discover.StatusOK {
				return p
			}
		}
	}
	p := bundled(testPlugin(b, "good"))
	p.LockedSHA256 = digestOf(b, p.Path)
	p.LockedBlocks = blocksOf(b, p.Path, p.LockedSHA256)
	return p
}

// BenchmarkStart measures from nothing to the first answer and the configuration,
// and from there to nothing: medians in milliseconds.
func BenchmarkStart(b *testing.B) {
	locked := benchPlugin(b)
	unlocked := locked
	unlocked.LockedSHA256, unlocked.LockedBlocks = "", ""
	named := unlocked
	named.Source = discover.SourceFlag
	installed := locked
	installed.Source, installed.Kind, installed.Manifest.Programs.Run = discover.SourceInstalled, discover.KindHTTP, nil
	installed.TreeRoot = filepath.Dir(installed.Path)
	cases := []struct {
		name   string
		plugin discover.Plugin
		change func(*Options)
	}{
		{"no_hash", unlocked, func(o *Options) { o.SkipHash = true }},
		{"hash_beside_the_start", unlocked, func(*Options) {}},
		{"hash_before_the_start", locked, func(o *Options) { o.HashAlways = true }},
		{"hashed_within_a_day", locked, func(*Options) {}},
		{"guarded_hash_beside", named, func(*Options) {}},
		{"installed_hash_and_sandbox", installed, func(*Options) {}},
		{"mtls_hash_before", locked, func(o *Options) { o.Transport = TransportMTLS }},
	}
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			o := testOptions(b)
			c.change(&o)
			var ready, stop []time.Duration
			for b.Loop() {
				begin := time.Now()
				process, err := Start(b.Context(), c.plugin, o)
				if err != nil {
					b.Fatal(err)
				}
				stands := time.Now()
				process.Stop(context.WithoutCancel(b.Context()))
				ready, stop = append(ready, stands.Sub(begin)), append(stop, time.Since(stands))
			}
			// The best tells what the work costs on a machine that does nothing else.
			b.ReportMetric(median(ready), "ready_ms")
			b.ReportMetric(best(ready), "best_ready_ms")
			b.ReportMetric(median(stop), "stop_ms")
			b.ReportMetric(best(stop), "best_stop_ms")
		})
	}
}

func median(times []time.Duration) float64 {
	slices.Sort(times)
	return milliseconds(times[len(times)/2])
}

func best(times []time.Duration) float64 { return milliseconds(slices.Min(times)) }

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// BenchmarkRoundTrip is a call that asks for nothing.
func BenchmarkRoundTrip(b *testing.B) {
	process := launched(b, benchPlugin(b), testOptions(b))
	for b.Loop() {
		if _, err := process.Provider().Info(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
