//go:build !linux

package main

import "os"

// foreground reports whether the program may read from its terminal. It is told only
// on Linux.
func foreground(*os.File) bool { return true }

// forgetTyped drops what was typed and not read yet, on Linux.
func forgetTyped(*os.File) {}
