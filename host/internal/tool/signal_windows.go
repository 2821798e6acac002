package tool

import "syscall"

// signalName is the system's word for a signal.
func signalName(sig syscall.Signal) string { return sig.String() }
