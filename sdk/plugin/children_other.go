//go:build !linux && !darwin

package plugin

// killChildren leaves it to the host: on Windows its job object ends them,
// elsewhere its signal to the plugin's session.
func killChildren() {}
