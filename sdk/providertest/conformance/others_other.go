//go:build !linux

package conformance

// others is not known here.
func others(*session) (count int, known bool) { return 0, false }

func othersEnvironment(*session) string { return "" }

func endAll(*session) {}

// sockets are not known here.
func sockets(int) []string { return nil }

// environmentOf is not known here.
func environmentOf(int) (string, bool) { return "", false }
