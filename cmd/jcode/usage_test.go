package main

import (
	"testing"
	"time"
)

func TestParseSince(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	tests := map[string]string{
		"7d": "2026-11-19T12:00:00Z", "0d": "2026-11-26T12:00:00Z", "2w": "2026-11-12T12:00:00Z", "90m": "2026-11-26T10:30:00Z",
		"2026-11-01": "2026-11-01T00:00:00Z", "2026-11-01T10:00:00+01:00": "2026-11-01T09:00:00Z",
		"": "", "d": "", "-1d": "", "-5h": "", "yesterday": "", "2026-13-01": "", "99999999d": "",
	}
	for value, want := range tests {
		got, ok := parseSince(value, now)
		if ok != (want != "") || ok && got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%q: %s, %t; want %s", value, got.UTC().Format(time.RFC3339), ok, want)
		}
	}
}

func TestLimitValues(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]int64{"1": 1, "200000": 200000, "200k": 200000, "1.5M": 1500000, "2K": 2000, "0": 0, "1.5": 0, "-3": 0, "k": 0, "1e30": 0, "nan": 0, "": 0} {
		if got, ok := parseTokens(value); ok != (want > 0) || ok && got != want {
			t.Errorf("tokens %q: %d, %t", value, got, ok)
		}
	}
	for value, want := range map[string]float64{"0.5": 0.5, "$2": 2, "3": 3, "0": 0, "-1": 0, "inf": 0, "nan": 0, "x": 0, "": 0} {
		if got, ok := parseDollars(value); ok != (want > 0) || ok && got != want {
			t.Errorf("dollars %q: %v, %t", value, got, ok)
		}
	}
}
