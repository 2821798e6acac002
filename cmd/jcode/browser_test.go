package main

import "testing"

func TestMayOpen(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"https://example.com/authorize?x=1": true,
		"http://localhost:1455/callback":    true,
		"http://127.0.0.1:9876/":            true,
		"http://[::1]:9876/":                true,
		"http://example.com/":               false,
		"http://localhost.example.com/":     false,
		"https://user@example.com/":         false,
		"file:///etc/passwd":                false,
		"javascript:alert(1)":               false,
		"https:///nowhere":                  false,
		"-flag":                             false,
		"":                                  false,
	}
	for address, want := range tests {
		if got := mayOpen(address); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
}
