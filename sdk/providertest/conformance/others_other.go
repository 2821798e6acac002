//go:build !linux

package conformance

// others is not known here.
func others(*session) (count int, known bool) { return 0, false }

func othersEnvironment(*session) string { return "" }
